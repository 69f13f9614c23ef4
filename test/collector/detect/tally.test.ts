import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../collector/detect/baseline.ts';
import { FAILURE_METRIC, type RunVote, type Series } from '../../../collector/detect/series.ts';
import { commonExcess, tallyRound } from '../../../collector/detect/tally.ts';
import { seriesOf } from './observations.ts';

const FAILED: Reading = { excess: Number.POSITIVE_INFINITY, tolerance: 0 };
const ttfb = (excess: number): RunVote => ({
  scheduledMs: 0,
  failed: false,
  readings: new Map([['ttfb_ms', { excess, tolerance: 100 }]]),
});
const failed: RunVote = {
  scheduledMs: 0,
  failed: true,
  readings: new Map([
    ['ttfb_ms', FAILED],
    [FAILURE_METRIC, { excess: 1, tolerance: 0.5 }],
  ]),
};

/** A round in which each region's agents have the given runs. */
function roundOf(regions: Readonly<Record<string, readonly RunVote[]>>) {
  const heard = new Map<Series, RunVote[]>();
  for (const [region, runs] of Object.entries(regions))
    for (const [i, run] of runs.entries()) heard.set(seriesOf({ region, agent: `${region}-${i}` }), [run]);
  return { startMs: 0, heard };
}

/** Regional votes and raw votes on a metric, summed by region. */
function sums(round: ReturnType<typeof roundOf>, metric = 'ttfb_ms'): Record<string, [number, number]> {
  const result: Record<string, [number, number]> = {};
  for (const { series, vote } of tallyRound(round).cells.filter(({ cell }) => cell.metric === metric)) {
    const sum = result[series.region] ?? [0, 0];
    result[series.region] = [sum[0] + vote.y, sum[1] + vote.raw];
  }
  return result;
}

describe('the tally of a round', () => {
  it('gives a region its votes while the others are well', () => {
    const round = roundOf({ a: [ttfb(400), ttfb(390)], b: [ttfb(0), ttfb(3)], c: [ttfb(-2), ttfb(1)] });
    expect(sums(round)).toEqual({ a: [2, 2], b: [0, 0], c: [0, 0] });
  });

  it('gives no region a vote for what all of them share, but keeps the raw vote', () => {
    const round = roundOf({
      a: [ttfb(400), ttfb(390)],
      b: [ttfb(380), ttfb(400)],
      c: [ttfb(410), ttfb(395)],
    });
    expect(sums(round)).toEqual({ a: [0, 2], b: [0, 2], c: [0, 2] });
  });

  it('gives a region its vote for what goes beyond what is shared', () => {
    const round = roundOf({
      a: [ttfb(900), ttfb(880)],
      b: [ttfb(200), ttfb(210)],
      c: [ttfb(190), ttfb(220)],
    });
    expect(sums(round)).toEqual({ a: [2, 2], b: [0, 2], c: [0, 2] });
  });

  it('gives two regions of three their votes: the third is well, so nothing is shared', () => {
    const round = roundOf({ a: [ttfb(400), ttfb(400)], b: [ttfb(400), ttfb(400)], c: [ttfb(0), ttfb(0)] });
    expect(sums(round)).toEqual({ a: [2, 2], b: [2, 2], c: [0, 0] });
  });

  it('knows nothing shared where only one region is heard', () => {
    expect(sums(roundOf({ a: [ttfb(400), ttfb(400)] }))).toEqual({ a: [2, 2] });
  });

  it('takes failures everywhere for shared, in latency and in failures', () => {
    const round = roundOf({ a: [failed, failed], b: [failed, failed], c: [failed, failed] });
    expect(sums(round)).toEqual({ a: [0, 2], b: [0, 2], c: [0, 2] });
    expect(sums(round, FAILURE_METRIC)).toEqual({ a: [0, 2], b: [0, 2], c: [0, 2] });
  });

  it('counts a series that ran twice in a round once, by the mean', () => {
    const heard = new Map([[seriesOf(), [ttfb(400), ttfb(0)]]]);
    const tally = tallyRound({ startMs: 0, heard });
    expect(tally.cells).toHaveLength(1);
    expect(tally.cells[0]?.vote.raw).toBe(0.5);
    expect(tally.runs[0]?.vote.raw).toBe(0.5);
  });

  it('counts a run as exceeding when any of its metrics does', () => {
    const run: RunVote = {
      scheduledMs: 0,
      failed: false,
      readings: new Map([
        ['ttfb_ms', { excess: 400, tolerance: 100 }],
        ['http_total_ms', { excess: 10, tolerance: 100 }],
      ]),
    };
    expect(tallyRound({ startMs: 0, heard: new Map([[seriesOf(), [run]]]) }).runs[0]?.vote.raw).toBe(1);
  });

  it('has no vote of a series that was heard without one', () => {
    const tally = tallyRound({ startMs: 0, heard: new Map([[seriesOf(), []]]) });
    expect(tally).toEqual({ cells: [], runs: [] });
  });
});

describe('what regions share', () => {
  it('is the lower median of the others, and never below nothing', () => {
    const common = commonExcess([
      { region: 'a', excess: -50 },
      { region: 'a', excess: -40 },
      { region: 'b', excess: 300 },
      { region: 'b', excess: 310 },
      { region: 'c', excess: 200 },
      { region: 'c', excess: 210 },
    ]);
    expect(Object.fromEntries(common)).toEqual({ a: 200, b: 0, c: 0 });
  });

  it('is nothing where fewer than two votes come from elsewhere', () => {
    const common = commonExcess([
      { region: 'a', excess: 300 },
      { region: 'b', excess: 300 },
    ]);
    expect(common.get('a')).toBe(0);
  });
});
