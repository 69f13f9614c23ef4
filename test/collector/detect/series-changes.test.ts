import { describe, expect, it } from 'vitest';
import { HourOfWeek } from '../../../collector/detect/hour-of-week.ts';
import {
  driftOptions,
  type SeriesChange,
  SeriesChanges,
  type SeriesChangesOptions,
} from '../../../collector/detect/series-changes.ts';
import { labelledSeries } from '../../../collector/detect/synthetic-series.ts';

const steady = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => value * (1 + 0.001 * ((i * 7) % 5)));

function changesOf(
  values: readonly (number | undefined)[],
  options: SeriesChangesOptions = {},
): SeriesChange[] {
  const series = new SeriesChanges(options);
  return values.flatMap((value) => series.take(value) ?? []);
}

describe('the changes of a series', () => {
  it('say when the alarm was raised, where it began, which way it went and between which levels', () => {
    const [up, down, ...others] = changesOf([...steady(100, 50), ...steady(130, 50), ...steady(100, 50)]);
    expect(others).toEqual([]);
    expect(up).toMatchObject({ onset: 50, direction: 'up' });
    expect(up?.index).toBeGreaterThanOrEqual(55);
    expect(up?.index).toBeLessThanOrEqual(57);
    expect([up?.before, up?.after].map((level) => Math.round(level as number))).toEqual([100, 130]);
    expect(down).toMatchObject({ onset: 100, direction: 'down' });
    expect(up?.evidence).toBeGreaterThan(1);
  });

  it('are the same in seconds, milliseconds and microseconds', () => {
    const { values } = labelledSeries({ seed: 3, samples: 4000 });
    const found = (scale: number) =>
      changesOf(values.map((value) => (value > 0 ? value * scale : undefined))).map(({ index }) => index);
    expect(found(1).length).toBeGreaterThan(5);
    expect(found(1 / 1024)).toEqual(found(1));
    expect(found(1024)).toEqual(found(1));
  });

  it('leave the end of an excursion out when it comes soon: it is one event', () => {
    expect(changesOf([...steady(100, 50), ...steady(130, 15), ...steady(100, 50)])).toHaveLength(1);
  });

  it('go up and down by value where higher is better too, and failures are the worst there as well', () => {
    const fails = Array.from({ length: 40 }, () => undefined);
    const changes = changesOf([...steady(900, 50), ...steady(700, 50), ...fails], {
      better: 'higher',
      minEffect: { abs: 10, rel: 0.1 },
    });
    expect(changes.map(({ direction, onset }) => [onset, direction])).toEqual([
      [50, 'down'],
      [100, 'down'],
    ]);
    expect(changes[1]?.after).toBeUndefined();
    expect(Math.round(changes[1]?.before as number)).toBe(701);
  });

  it('take what is no finite number for a failure', () => {
    const absent = [undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const replaced = (value: number | undefined) =>
      changesOf([...steady(100, 50), ...Array.from({ length: 30 }, () => value), ...steady(100, 50)]);
    for (const value of absent) expect(replaced(value)).toEqual(replaced(undefined));
    expect(replaced(undefined).map(({ onset }) => onset)).toEqual([50, 80]);
  });

  it('depend on the minimum effect', () => {
    const values = [...steady(100, 50), ...steady(110, 50)];
    expect(changesOf(values, { minEffect: { abs: 30, rel: 0.5 } })).toEqual([]);
    expect(changesOf(values)).toHaveLength(1);
  });

  it('are the same each time, and count the samples', () => {
    const { values } = labelledSeries({ seed: 3, samples: 2000 });
    expect(changesOf(values)).toEqual(changesOf(values));
    const series = new SeriesChanges();
    expect(series.samples).toBe(0);
    series.take(1);
    series.take(undefined);
    expect(series.samples).toBe(2);
  });

  it('of synthetic traces are found: nine in ten of the labelled, and next to nothing else', () => {
    let found = 0;
    let labels = 0;
    let alarms = 0;
    for (const seed of [1, 2, 3, 4, 5]) {
      const { changes, values } = labelledSeries({ seed, samples: 6000 });
      const said = changesOf(values.map((value) => (value > 0 ? value : undefined)));
      labels += changes.length;
      alarms += said.length;
      found += changes.filter((at) => said.some(({ index }) => index >= at && index <= at + 15)).length;
    }
    expect(found / labels).toBeGreaterThan(0.85);
    expect(found / alarms).toBeGreaterThan(0.95);
  });
});

describe('a drift', () => {
  /** A steady level, then slower by a fifty-thousandth of itself each sample. */
  const ramp = Array.from(
    { length: 5000 },
    (_, i) => 100 * (1 + 0.001 * ((i * 7) % 5) + 0.0002 * Math.max(0, i - 2000)),
  );

  it('is too slow to be a change, and is told by the slow copy long before it is large', () => {
    expect(changesOf(ramp)).toEqual([]);
    const [drift] = changesOf(ramp, driftOptions());
    expect(drift?.direction).toBe('up');
    expect(drift?.onset).toBeGreaterThanOrEqual(2000);
    expect(drift?.index).toBeLessThan(2300);
  });

  it('counts from the first sample of its first block', () => {
    const [drift] = changesOf([...steady(100, 400), ...steady(101, 400)], driftOptions());
    expect(drift?.onset).toBe(400);
  });

  it('asks for half of the effect, whichever way is better', () => {
    expect(driftOptions({ minEffect: { abs: 10, rel: 0.1 }, better: 'higher' })).toMatchObject({
      minEffect: { abs: 5, rel: 0.05 },
      better: 'higher',
    });
    const [drift] = changesOf(
      ramp.map((value) => 20_000 / value),
      driftOptions({ better: 'higher' }),
    );
    expect(drift?.direction).toBe('down');
  });
});

describe('a season', () => {
  const HOUR_MS = 3_600_000;
  /** Six samples an hour for six weeks; half as slow again from 8 to 20 UTC. */
  const weeks = Array.from({ length: 6 * 168 * 6 }, (_, i) => {
    const atMs = Date.UTC(2026, 0, 5) + (i * HOUR_MS) / 6;
    const hour = new Date(atMs).getUTCHours();
    return { atMs, value: (hour >= 8 && hour < 20 ? 150 : 100) * (1 + 0.004 * ((i * 7) % 5)) };
  });
  const indexesWith = (season: HourOfWeek | undefined) => {
    const series = new SeriesChanges(season ? { season } : {});
    return weeks.flatMap(({ atMs, value }) => series.take(value, atMs)?.index ?? []);
  };

  it('that is known after three weeks is no change any longer', () => {
    const without = indexesWith(undefined);
    expect(without.length).toBeGreaterThan(80);
    const late = indexesWith(new HourOfWeek()).filter((index) => index > 4 * 168 * 6);
    expect(late).toEqual([]);
  });

  it('hides no fault', () => {
    const series = new SeriesChanges({ season: new HourOfWeek() });
    for (const { atMs, value } of weeks) series.take(value, atMs);
    const last = weeks.at(-1)?.atMs ?? 0;
    const found = Array.from({ length: 20 }, (_, i) => series.take(140, last + ((i + 1) * HOUR_MS) / 6));
    const [change] = found.flatMap((one) => one ?? []);
    expect(change?.direction).toBe('up');
    expect(change?.after).toBeGreaterThan(130);
    expect(change?.after).toBeLessThan(150);
  });

  it('needs times', () => {
    const season = new HourOfWeek();
    const series = new SeriesChanges({ season });
    for (const { value } of weeks) series.take(value);
    expect(season.ready).toBe(false);
  });
});
