import { describe, expect, it } from 'vitest';
import { AgentConfigError, parseAgentConfig } from '../../agent/config.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';

const LEAST = {
  id: 'eu-west-1',
  labels: { region: 'eu-west' },
  collectors: ['ws://127.0.0.1:7077'],
  dataDir: '/var/lib/outrider',
};

describe('parseAgentConfig', () => {
  it('needs a name, a region, a collector and a directory, and fills in the rest', () => {
    const config = parseAgentConfig(LEAST);
    expect(config.labels.network).toBe('datacenter');
    expect(config.network).toEqual({ policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] });
    expect(config.browser).toBeUndefined();
    expect(config.lightConcurrency).toBe(AGENT_LIMITS.lightConcurrency.value);
    expect(config.spool.bytesMax).toBe(AGENT_LIMITS.spoolBytes.value);
  });

  it('keeps what it is given', () => {
    const network = { policy: { allow: ['127.0.0.0/8'] }, connectTo: { 'a.test:80': '127.0.0.1:8080' } };
    const config = parseAgentConfig({ ...LEAST, network, browser: { path: '/usr/bin/chromium' } });
    expect(config.network.policy.allow).toEqual(['127.0.0.0/8']);
    expect(config.network.connectTo).toEqual({ 'a.test:80': '127.0.0.1:8080' });
    expect(config.browser?.path).toBe('/usr/bin/chromium');
  });

  it.each([
    ['a missing region', { labels: {} }, 'labels.region'],
    ['an unknown key', { colectors: [] }, 'colectors'],
    ['a name that is none', { id: 'eu west' }, 'id'],
    ['no collector', { collectors: [] }, 'collectors'],
    ['a collector that is no address', { collectors: ['localhost'] }, 'collectors.0'],
    ['a collector of another kind', { collectors: ['ftp://host/'] }, 'collectors.0'],
    ['a number that is none', { lightConcurrency: '4' }, 'lightConcurrency'],
    ['an unknown kind of network', { labels: { region: 'x', network: 'satellite' } }, 'labels.network'],
  ])('refuses %s and names the key', (_case, change, key) => {
    expect(() => parseAgentConfig({ ...LEAST, ...change })).toThrow(AgentConfigError);
    expect(() => parseAgentConfig({ ...LEAST, ...change })).toThrow(key);
  });
});
