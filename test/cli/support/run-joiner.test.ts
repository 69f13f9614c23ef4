import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../../../cli/support/result-rows.ts';
import { JOIN_LIMITS, RunJoiner } from '../../../cli/support/run-joiner.ts';

const START_MS = 1_800_000_000_000;

function row(
  s: number,
  metric: string,
  value: number,
  more: Partial<ResultRow> = {},
  agent = 'a',
): ResultRow {
  const atMs = START_MS + s * 1000;
  const labels = { agent, region: 'eu', probe: 'edge', type: 'http', target: 'clip' };
  return {
    atMs,
    run: { ...labels, scheduledMs: atMs, disturbed: false },
    outcome: 'ok',
    value: { metric, value },
    ...more,
  };
}

const FAILURE = { layer: 'http', blame: 'unknown', code: 'timeout' } as const;
const failed = (s: number): ResultRow => {
  const one = row(s, '', 0);
  return { ...one, run: { ...one.run, failure: FAILURE }, outcome: 'fail', value: undefined };
};
const seconds = (runs: readonly { scheduledMs: number }[]): number[] =>
  runs.map(({ scheduledMs }) => (scheduledMs - START_MS) / 1000);

describe('the joiner of runs', () => {
  it('makes one run of the rows of its metrics, however they are interleaved, the first of two that are the same', () => {
    const joiner = new RunJoiner();
    for (const one of [row(0, 'x', 1), row(0, 'x', 5, {}, 'b'), row(0, 'y', 2), row(0, 'x', 9)])
      joiner.take(one);
    expect(joiner.rest().map(({ agent, metrics }) => [agent, metrics])).toEqual([
      ['a', { x: 1, y: 2 }],
      ['b', { x: 5 }],
    ]);
  });

  it('takes a run that failed in part for failed, and one that was missed in part for what it was', () => {
    const joiner = new RunJoiner();
    joiner.take(row(0, 'x', 1));
    joiner.take(failed(0));
    joiner.take(row(5, '', 0, { outcome: 'missed', value: undefined }));
    joiner.take(row(5, 'x', 3));
    expect(joiner.rest()).toMatchObject([
      { outcome: 'fail', failure: FAILURE, metrics: { x: 1 } },
      { outcome: 'ok', metrics: { x: 3 } },
    ]);
  });

  it('gives runs in the order of time once the file is past them by the time that is waited', () => {
    const joiner = new RunJoiner();
    const given = [3, 1, 2, 0].flatMap((s) => seconds(joiner.take(row(s, 'x', 1))));
    expect(given).toEqual([]);
    const waitS = JOIN_LIMITS.holdMs.value / 1000;
    expect(seconds(joiner.take(row(waitS + 2, 'x', 1)))).toEqual([0, 1, 2]);
    expect(seconds(joiner.rest())).toEqual([3, waitS + 2]);
  });

  it('gives a row that is later than that all the same, counts it, and lets no time go back', () => {
    const joiner = new RunJoiner();
    joiner.take(row(0, 'x', 1));
    joiner.take(row(100, 'x', 1));
    joiner.take(row(200, 'x', 1));
    joiner.take(row(50, 'x', 1));
    const rest = joiner.rest();
    expect(joiner.late).toBe(1);
    expect(seconds(rest)).toEqual([50, 200]);
    expect(rest.map(({ seenMs }) => (seenMs - START_MS) / 1000)).toEqual([100, 200]);
  });

  it('holds no more runs than its limit', () => {
    const joiner = new RunJoiner();
    let given = 0;
    for (let i = 0; i < JOIN_LIMITS.runsHeld.value + 10; i += 1)
      given += joiner.take(row(0, 'x', 1, {}, `agent-${i}`)).length;
    expect(given).toBe(JOIN_LIMITS.runsHeld.value);
    expect(joiner.rest().length).toBe(10);
  });
});
