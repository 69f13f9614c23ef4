import { describe, expect, it } from 'vitest';
import { parseAgentConfig } from '../../../agent/config.ts';
import { parseAnchor } from '../../../agent/control/anchors.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import { LABELS } from '../fixtures.ts';

describe('parseAnchor', () => {
  it.each([
    ['https://www.example.net', 'https:', 'www.example.net', 443],
    ['https://www.example.net:8443/', 'https:', 'www.example.net', 8443],
    ['http://192.0.2.7', 'http:', '192.0.2.7', 80],
    ['tcp://192.0.2.7:80', 'http:', '192.0.2.7', 80],
    ['tcp://dns.example.net:853', 'http:', 'dns.example.net', 853],
    ['tcp://[2001:db8::1]:53', 'http:', '[2001:db8::1]', 53],
  ])('reads %s', (text, protocol, hostname, port) => {
    expect(parseAnchor(text)).toEqual({ name: text, endpoint: { protocol, hostname, port } });
  });

  it.each([
    '',
    'www.example.net',
    'tcp://192.0.2.7',
    'udp://192.0.2.7:53',
    'https://me:pw@example.net',
    'file:///etc',
  ])('refuses %j', (text) => {
    expect(parseAnchor(text)).toBeUndefined();
  });
});

describe('the anchors of a configuration', () => {
  const config = (anchors: readonly string[]) =>
    parseAgentConfig({
      id: 'agent-1',
      labels: LABELS,
      collectors: ['ws://127.0.0.1:7077'],
      dataDir: '/nowhere',
      anchors,
    });

  it('are none unless told', () => {
    expect(config([]).anchors).toEqual([]);
  });

  it('are refused by their place when one is not an anchor', () => {
    expect(() => config(['https://a.example', 'a.example'])).toThrow(/anchors\.1: use https:\/\/host/);
  });

  it('are refused past CONTROL_LIMITS.anchors', () => {
    const many = Array.from({ length: CONTROL_LIMITS.anchors.value + 1 }, (_, n) => `https://a${n}.example`);
    expect(config(many.slice(1)).anchors).toHaveLength(CONTROL_LIMITS.anchors.value);
    expect(() => config(many)).toThrow('anchors');
  });
});
