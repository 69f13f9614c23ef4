import { describe, expect, it } from 'vitest';
import { ingestSettings } from './ingest-settings.ts';

describe('the settings of the ingest benchmark', () => {
  it('are the promised size when nothing is said', () => {
    const promised = { agents: 1000, regions: 30, perAgent: 400, rounds: 3 };
    expect(ingestSettings({})).toEqual(promised);
    expect(ingestSettings({ OUTRIDER_BENCH_ROUNDS: '' })).toEqual(promised);
  });

  it('can be made smaller for a trial', () => {
    expect(ingestSettings({ OUTRIDER_BENCH_ROUNDS: '1', OUTRIDER_BENCH_PER_AGENT: '50' })).toMatchObject({
      rounds: 1,
      perAgent: 50,
    });
  });

  it.each([
    ['OUTRIDER_BENCH_ROUNDS', '0'],
    ['OUTRIDER_BENCH_ROUNDS', 'many'],
    ['OUTRIDER_BENCH_PER_AGENT', '60'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => ingestSettings({ [name]: value })).toThrow(name);
  });
});
