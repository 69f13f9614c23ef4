import { describe, expect, it } from 'vitest';
import type { AgentDeps } from '../../agent/agent-deps.ts';
import { allowedProbes, probeTypesOf } from '../../agent/capabilities.ts';
import { PROBES } from '../../probes/registry.ts';

const withBrowser = { browser: {} } as unknown as AgentDeps;
const withOwn = { own: { capabilities: ['own:sign-in', 'exec:disk', 'own:feed'] } } as unknown as AgentDeps;

describe('the probes that an agent has', () => {
  it('are all, or those that its configuration names', () => {
    expect(allowedProbes(PROBES, [])).toEqual(PROBES);
    expect(Object.keys(allowedProbes(PROBES, ['http', 'no-such']))).toEqual(['http']);
  });
});

describe('what an agent tells of its probes', () => {
  it('has those of the browser only where there is one', () => {
    expect(probeTypesOf(PROBES, withBrowser)).toContain('video-start');
    const light = probeTypesOf(PROBES, {});
    expect(light).toContain('http');
    for (const type of light) expect(PROBES[type]?.lane).toBe('light');
  });

  it('has own probes by name, and none where the owner signed nothing off', () => {
    const told = probeTypesOf(PROBES, withOwn).filter((type) => /^(own|exec)/.test(type));
    expect(told.sort()).toEqual(['exec', 'exec:disk', 'own', 'own:feed', 'own:sign-in']);
    expect(probeTypesOf(PROBES, {}).filter((type) => /^(own|exec)/.test(type))).toEqual([]);
  });
});
