import { describe, expect, it } from 'vitest';
import { sandboxProbes, targetProbes } from '../../../cli/up/default-probes.ts';
import { probeOf } from '../../../probes/registry.ts';
import { parseDurationMs, type Spec, specSchema } from '../../../probes/spec.ts';

const URL = 'https://cdn.example.net/v.m3u8';

const specs: [string, Spec][] = [
  ['the sandbox with a browser', sandboxProbes(true)],
  ['the sandbox without one', sandboxProbes(false)],
  ['a real target with a browser', targetProbes(URL, true)],
  ['a real target without one', targetProbes(URL, false)],
];

describe.each(specs)('the default probes of %s', (_what, spec) => {
  it('are what a user could have written', () => {
    expect(specSchema.safeParse(spec).error).toBeUndefined();
    const names = new Set(spec.targets.map(({ name }) => name));
    expect(spec.probes.length).toBeGreaterThan(0);
    for (const probe of spec.probes) {
      expect(probeOf(probe.type)?.params.safeParse(probe.params).success).toBe(true);
      for (const target of probe.targets) expect(names).toContain(target);
    }
  });

  it('use a browser only where there is one', () => {
    expect(spec.probes.some(({ type }) => type === 'video-start')).toBe(_what.endsWith('with a browser'));
  });
});

describe('the default probes', () => {
  it('of the sandbox run light ones every 2 s, uploads every 10 s and the browser every 30 s', () => {
    const every = Object.fromEntries(
      sandboxProbes(true).probes.map((probe) => [probe.type, parseDurationMs(probe.every)]),
    );
    expect(every).toEqual({ http: 2000, playback: 2000, upload: 10_000, 'video-start': 30_000 });
  });

  it('upload nothing to a real target', () => {
    expect(targetProbes(URL, true).probes.map(({ type }) => type)).toEqual([
      'http',
      'playback',
      'video-start',
    ]);
  });
});
