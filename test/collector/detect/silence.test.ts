import { describe, expect, it } from 'vitest';
import type { FleetAgent } from '../../../collector/detect/observation.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import { SilenceWatch } from '../../../collector/detect/silence.ts';

const TICK = 2000;

function fleet(...silent: readonly string[]): FleetAgent[] {
  return ['eu-west', 'us-east'].flatMap((region) =>
    [1, 2, 3].map((i): FleetAgent => {
      const id = `${region}-${i}`;
      return { id, region, state: silent.includes(id) ? 'silent' : 'connected' };
    }),
  );
}

/** A watch that has seen the whole fleet connected, past its grace. */
function watching(): { watch: SilenceWatch; nowMs: number } {
  const watch = new SilenceWatch(DETECT_DEFAULTS);
  let nowMs = 0;
  for (; nowMs <= DETECT_DEFAULTS.silenceGraceMs; nowMs += TICK) watch.update(nowMs, fleet());
  return { watch, nowMs };
}

describe('the watch for silence', () => {
  it('finds two agents of a region that fall silent, once it has lasted two ticks', () => {
    const { watch, nowMs } = watching();
    const silent = fleet('eu-west-1', 'eu-west-3');
    expect(watch.update(nowMs, silent).size).toBe(0);
    expect([...watch.update(nowMs + TICK, silent)]).toEqual([['eu-west', ['eu-west-1', 'eu-west-3']]]);
  });

  it('takes one silent agent of a region for no evidence, nor one each of two regions', () => {
    const { watch, nowMs } = watching();
    for (let i = 0; i < 10; i += 1)
      expect(watch.update(nowMs + i * TICK, fleet('eu-west-1', 'us-east-1')).size).toBe(0);
  });

  describe('in a region of twenty, where some agent is always down', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `eu-west-${i}`);
    const large = (silent: readonly string[]): FleetAgent[] =>
      ids.map((id) => ({ id, region: 'eu-west', state: silent.includes(id) ? 'silent' : 'connected' }));
    const mostSilent = (fallenMs: readonly number[]): number => {
      const watch = new SilenceWatch(DETECT_DEFAULTS);
      let most = 0;
      const endMs = DETECT_DEFAULTS.silenceGraceMs + 2_000_000;
      for (let nowMs = 0; nowMs < endMs; nowMs += TICK) {
        const silent = ids.filter((_, i) => nowMs > DETECT_DEFAULTS.silenceGraceMs + (fallenMs[i] ?? endMs));
        most = Math.max(most, watch.update(nowMs, large(silent)).size);
      }
      return most;
    };

    it('takes a few that fell silent at different times for no evidence', () => {
      expect(mostSilent([0, 300_000, 600_000, 900_000, 1_200_000])).toBe(0);
    });

    it('nor two at the same time', () => {
      expect(mostSilent([0, 0])).toBe(0);
    });

    it('takes three at the same time for evidence, and half of them whenever it was', () => {
      expect(mostSilent([0, 20_000, 40_000])).toBe(1);
      expect(mostSilent(Array.from({ length: 10 }, (_, i) => i * 120_000))).toBe(1);
    });
  });

  it('takes agents that said goodbye for no silence', () => {
    const { watch, nowMs } = watching();
    const stopped = fleet().map((agent): FleetAgent => ({ ...agent, state: 'stopped' }));
    for (let i = 0; i < 5; i += 1) expect(watch.update(nowMs + i * TICK, stopped).size).toBe(0);
  });

  it('says nothing about agents that it never heard: they may be long gone', () => {
    const watch = new SilenceWatch(DETECT_DEFAULTS);
    for (let nowMs = 0; nowMs < 100_000; nowMs += TICK)
      expect(watch.update(nowMs, fleet('eu-west-1', 'eu-west-2')).size).toBe(0);
  });

  it('gives agents time to find a collector that has just come up', () => {
    const watch = new SilenceWatch(DETECT_DEFAULTS);
    watch.update(0, fleet());
    for (let nowMs = TICK; nowMs < DETECT_DEFAULTS.silenceGraceMs; nowMs += TICK)
      expect(watch.update(nowMs, fleet('eu-west-1', 'eu-west-2')).size).toBe(0);
  });

  it('ends when the agents are heard again for two ticks, not for one', () => {
    const { watch, nowMs } = watching();
    const silent = fleet('eu-west-1', 'eu-west-2', 'eu-west-3');
    watch.update(nowMs, silent);
    watch.update(nowMs + TICK, silent);
    expect(watch.update(nowMs + 2 * TICK, fleet()).size).toBe(1);
    expect(watch.update(nowMs + 3 * TICK, silent).size).toBe(1);
    expect(watch.update(nowMs + 4 * TICK, fleet()).size).toBe(1);
    expect(watch.update(nowMs + 5 * TICK, fleet()).size).toBe(0);
  });

  it('keeps a silence that was known before a restart, until the agents are heard', () => {
    const watch = new SilenceWatch(DETECT_DEFAULTS);
    watch.remember(['eu-west-1', 'eu-west-2'], 'eu-west');
    const silent = fleet('eu-west-1', 'eu-west-2');
    let nowMs = 0;
    for (; nowMs < 60_000; nowMs += TICK) expect(watch.update(nowMs, silent).size).toBe(1);
    watch.update(nowMs, fleet());
    expect(watch.update(nowMs + TICK, fleet()).size).toBe(0);
  });
});
