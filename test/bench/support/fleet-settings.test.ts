import { describe, expect, it } from 'vitest';
import { fleetSettings } from './fleet-settings.ts';

describe('the settings of the fleet benchmarks', () => {
  it('are the promised size when nothing is said', () => {
    const promised = { agents: 10_000, ratePerS: 1000, seconds: undefined, engine: 'server' };
    expect(fleetSettings({})).toEqual(promised);
    expect(fleetSettings({ OUTRIDER_BENCH_SECONDS: '' })).toEqual(promised);
  });

  it('can be made smaller for a trial', () => {
    const env = { OUTRIDER_BENCH_AGENTS: '500', OUTRIDER_BENCH_RATE: '50', OUTRIDER_BENCH_SECONDS: '10' };
    expect(fleetSettings({ ...env, OUTRIDER_BENCH_ENGINE: 'embedded' })).toEqual({
      ...{ agents: 500, ratePerS: 50, seconds: 10 },
      engine: 'embedded',
    });
  });

  it.each([
    ['OUTRIDER_BENCH_AGENTS', '0'],
    ['OUTRIDER_BENCH_RATE', '1.5'],
    ['OUTRIDER_BENCH_SECONDS', 'long'],
    ['OUTRIDER_BENCH_ENGINE', 'sqlite'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => fleetSettings({ [name]: value })).toThrow(name);
  });
});
