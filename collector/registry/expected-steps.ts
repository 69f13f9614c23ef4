/** How many slots were expected in each step of a time: the counting of the ledger, cut into steps. */
import type { Store } from '../store/store.ts';
import { paramsOf, periodsSql } from './ledger-sql.ts';

export interface StepsQuestion {
  /** Unix milliseconds. Steps begin at the whole multiples of `stepMs`. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly stepMs: number;
  readonly probe?: string | undefined;
  readonly target?: string | undefined;
  /** These alone; all when absent. */
  readonly agents?: readonly string[] | undefined;
}

/** By the start of the step, Unix milliseconds; steps in which nothing was expected are not there. Rejects with a `StoreError`. */
export async function readExpectedSteps(
  store: Pick<Store, 'query'>,
  question: StepsQuestion,
): Promise<ReadonlyMap<number, number>> {
  const { agents, nowMs, probe, sinceMs, stepMs, target, untilMs } = question;
  const conditions = [
    ...(probe === undefined ? [] : [' AND probe = {probe:String}']),
    ...(target === undefined ? [] : [' AND target = {target:String}']),
    ...(agents === undefined ? [] : [' AND agent IN {agents:Array(String)}']),
  ].join('');
  const slotsBefore = (at: string) => `intDiv(${at} - phase + every - 1, every)`;
  const rows = await store.query<{ at_ms: number; expected: number }>(
    `SELECT toInt64(nth) * {step:Int64} AS at_ms,
      sum(${slotsBefore('to')} - ${slotsBefore('from')}) AS expected
    FROM (
      SELECT every, phase,
        arrayJoin(range(toUInt64(intDiv(first, {step:Int64})), toUInt64(intDiv(last - 1, {step:Int64}) + 1))) AS nth,
        greatest(first, toInt64(nth) * {step:Int64}) AS from, least(last, (toInt64(nth) + 1) * {step:Int64}) AS to
      FROM (
        SELECT every, phase, greatest(begin, {since:Int64}) AS first, least(cut, {until:Int64}) AS last
        FROM (${periodsSql(conditions)})
      )
      WHERE last > first
    )
    GROUP BY at_ms`,
    {
      ...paramsOf({ sinceMs, nowMs }),
      step: stepMs,
      until: Math.round(untilMs),
      ...(probe === undefined ? {} : { probe }),
      ...(target === undefined ? {} : { target }),
      ...(agents === undefined ? {} : { agents }),
    },
  );
  return new Map(rows.map(({ at_ms, expected }) => [at_ms, expected]));
}
