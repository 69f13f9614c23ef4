import { describe, expect, it } from 'vitest';
import {
  canonicalHost,
  endpointOf,
  formatHostPort,
  HOST_LIMITS,
  parseHostPort,
} from '../../../probes/net/host-port.ts';

describe('canonicalHost', () => {
  it('is the same asked again, beyond what is remembered, and of what is too long to be', () => {
    const { remembered, rememberedChars } = HOST_LIMITS;
    for (const round of [1, 2])
      for (let i = 0; i < remembered.value + 10; i += 1)
        expect(canonicalHost(`Host-${i}.Example`), `round ${round}`).toBe(`host-${i}.example`);
    const long = `${'A.'.repeat(rememberedChars.value)}example`;
    for (const _ of [1, 2]) expect(canonicalHost(long)).toBe(long.toLowerCase());
    for (const _ of [1, 2]) expect(canonicalHost('a b')).toBeUndefined();
  });

  it.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[0:0:0:0:0:0:0:1]', '::1'],
    ['::ffff:127.0.0.1', '::ffff:7f00:1'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('reads %s as %s', (text, host) => {
    expect(canonicalHost(text)).toBe(host);
  });

  it.each([
    '',
    ' ',
    '.',
    'a b',
    'a/b',
    'a@b',
    'a?b',
    'a#b',
    'a\\b',
    'a:80',
    '[::1]:80',
    '1.2.3.4.5',
    '256.1.1.1',
    '[fe80::1%25eth0]',
  ])('finds no host in %j', (text) => {
    expect(canonicalHost(text)).toBeUndefined();
  });
});

describe('parseHostPort', () => {
  it.each([
    ['video.test:80', { host: 'video.test', port: 80 }],
    [' Video.Test:443 ', { host: 'video.test', port: 443 }],
    ['127.0.0.1:65535', { host: '127.0.0.1', port: 65_535 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
  ])('reads %s', (text, expected) => {
    const parsed = parseHostPort(text);
    expect(parsed).toEqual(expected);
    expect(parsed && parseHostPort(formatHostPort(parsed))).toEqual(expected);
  });

  it.each([
    'video.test',
    'video.test:',
    ':80',
    'video.test:0',
    'video.test:65536',
    '::1:80',
    'a:b',
    'http://a:80',
    '',
  ])('refuses %j', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});

describe('endpointOf', () => {
  it('fills in the default port of the scheme', () => {
    expect(endpointOf(new URL('http://a.test/x'))).toEqual({
      protocol: 'http:',
      hostname: 'a.test',
      port: 80,
    });
    expect(endpointOf(new URL('https://a.test/x'))).toEqual({
      protocol: 'https:',
      hostname: 'a.test',
      port: 443,
    });
    expect(endpointOf(new URL('https://[::1]:8443/'))).toEqual({
      protocol: 'https:',
      hostname: '[::1]',
      port: 8443,
    });
  });

  it.each(['ftp://a.test/', 'file:///etc/passwd', 'data:,x', 'ws://a.test/'])('has none for %s', (text) => {
    expect(endpointOf(new URL(text))).toBeUndefined();
  });
});
