/** What became of the slots of a time, step by step: counted by the ledger, and out of the rollups, or the results of one agent. */
import { readExpectedSteps } from '../registry/expected-steps.ts';
import type { QueryParams, Store } from '../store/store.ts';

export interface CompletenessQuestion {
  /** Whole steps. Unix milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly stepMs: number;
  readonly probe?: string | undefined;
  readonly target?: string | undefined;
  readonly region?: string | undefined;
  /** Its id: a rollup does not know agents, so that the results are read. */
  readonly agent?: string | undefined;
  /** Those whose slots are expected: of the region, or the one. All when absent. */
  readonly agents?: readonly string[] | undefined;
  /** Read why slots were missed, which the rollups do not know either. */
  readonly reasons: boolean;
}

/** Slots of one step. `expected` is what the collector counts; what is not `stored` or `missed` has no row (yet). */
export interface CompletenessStep {
  readonly atMs: number;
  readonly expected: number;
  readonly ok: number;
  readonly fail: number;
  /** What agents did to themselves. */
  readonly agentFail: number;
  readonly disturbed: number;
  readonly missed: number;
  /** Absent where reasons were not read. */
  readonly reasons?: Readonly<Record<string, number>>;
}

type Counts = Omit<CompletenessStep, 'atMs' | 'expected' | 'reasons'>;
type CountRow = Counts & { readonly at_ms: number };

const NOTHING: Counts = { ok: 0, fail: 0, agentFail: 0, disturbed: 0, missed: 0 };

/** Minutes and hours: a step that is shorter than an hour is read from the minutes. */
const ROLLUP_SQL = (slot: 'minute' | 'hour', where: string) => `
  SELECT intDiv(toUnixTimestamp(${slot}) * 1000, {step:Int64}) * {step:Int64} AS at_ms,
    sum(l.ok) AS ok, sum(l.fail) AS fail, sum(l.agent_fail) AS agentFail, sum(l.disturbed) AS disturbed, sum(l.missed) AS missed
  FROM latency_${slot === 'minute' ? '1m' : '1h'} AS l
  WHERE metric = 'run_ms' AND ${slot} >= toDateTime({since_s:Int64}, 'UTC') AND ${slot} < toDateTime({until_s:Int64}, 'UTC')${where}
  GROUP BY at_ms`;

const IN_TIME =
  "scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND scheduled_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')";
const STEP = 'intDiv(toUnixTimestamp64Milli(scheduled_at), {step:Int64}) * {step:Int64} AS at_ms';

/** As the rollups are filled. */
const RESULTS_SQL = (where: string) => `
  SELECT ${STEP}, countIf(outcome = 'ok' AND r.disturbed = 0) AS ok,
    countIf(outcome = 'fail' AND blame != 'agent' AND r.disturbed = 0) AS fail,
    countIf(outcome = 'fail' AND blame = 'agent' AND r.disturbed = 0) AS agentFail,
    countIf(outcome != 'missed' AND r.disturbed = 1) AS disturbed, countIf(outcome = 'missed') AS missed
  FROM results AS r WHERE trigger = 'schedule' AND ${IN_TIME}${where}
  GROUP BY at_ms`;

const REASONS_SQL = (where: string) => `
  SELECT ${STEP}, toString(missed_reason) AS reason, count() AS slots
  FROM results WHERE trigger = 'schedule' AND outcome = 'missed' AND ${IN_TIME}${where}
  GROUP BY at_ms, reason`;

const HOUR_MS = 3_600_000;
const FILTERS = ['region', 'probe', 'target', 'agent'] as const;

/** One entry a step, oldest first, those without anything included. Rejects with a `StoreError`. */
export async function readCompleteness(
  store: Pick<Store, 'query'>,
  question: CompletenessQuestion,
): Promise<CompletenessStep[]> {
  const { sinceMs, stepMs, untilMs } = question;
  const wanted = FILTERS.filter((name) => question[name] !== undefined);
  const where = wanted.map((name) => ` AND ${name} = {f_${name}:String}`).join('');
  const params: QueryParams = {
    ...{ since: sinceMs, until: untilMs, since_s: sinceMs / 1000, until_s: untilMs / 1000, step: stepMs },
    ...Object.fromEntries(wanted.map((name) => [`f_${name}`, question[name] ?? ''])),
  };
  const counted =
    question.agent === undefined
      ? ROLLUP_SQL(stepMs % HOUR_MS === 0 ? 'hour' : 'minute', where)
      : RESULTS_SQL(where);
  const [expected, counts, reasons] = await Promise.all([
    readExpectedSteps(store, question),
    store.query<CountRow>(counted, params),
    question.reasons ? readReasons(store, where, params) : undefined,
  ]);
  const byStep = new Map(counts.map(({ at_ms, ...row }) => [at_ms, row]));
  return Array.from({ length: (untilMs - sinceMs) / stepMs }, (_, nth) => {
    const atMs = sinceMs + nth * stepMs;
    return {
      atMs,
      expected: expected.get(atMs) ?? 0,
      ...(byStep.get(atMs) ?? NOTHING),
      ...(reasons ? { reasons: reasons.get(atMs) ?? {} } : {}),
    };
  });
}

async function readReasons(
  store: Pick<Store, 'query'>,
  where: string,
  params: QueryParams,
): Promise<ReadonlyMap<number, Readonly<Record<string, number>>>> {
  const rows = await store.query<{ at_ms: number; reason: string; slots: number }>(
    REASONS_SQL(where),
    params,
  );
  const byStep = new Map<number, Record<string, number>>();
  for (const { at_ms, reason, slots } of rows) {
    const step = byStep.get(at_ms) ?? {};
    byStep.set(at_ms, step);
    step[reason] = slots;
  }
  return byStep;
}
