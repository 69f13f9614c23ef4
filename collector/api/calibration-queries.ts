/** What is published about the error of the model, out of the store: any collector can be asked. */
import type { Store } from '../store/store.ts';
import type { CalibrationJson, DriftAlarmJson, ModelWindowJson } from './answers/promises.ts';

export interface CalibrationFilter {
  readonly region?: string | undefined;
  readonly target?: string | undefined;
  readonly probe?: string | undefined;
}

const KEY = 'region, target, browser_probe, twin_probe, format, player, basis';
const WINDOW = `${KEY}, window_start, window_end, round(error_ms, 3) AS error_ms, round(uncertainty_ms, 3) AS uncertainty_ms,
  round(browser_ms, 3) AS browser_ms, round(twin_ms, 3) AS twin_ms, browser_count, twin_count, agent_count, browser_builds,
  state, reference_ms, tolerance_ms, evidence, threshold, nullIf(alarm, '') AS alarm`;

function whereOf(filter: CalibrationFilter): { where: string; params: Record<string, string> } {
  const { region, target, probe } = filter;
  const terms = [
    'window_start >= fromUnixTimestamp64Milli({since_ms:Int64})',
    ...(region === undefined ? [] : ['region = {region:String}']),
    ...(target === undefined ? [] : ['target = {target:String}']),
    ...(probe === undefined ? [] : ['(twin_probe = {probe:String} OR browser_probe = {probe:String})']),
  ];
  const params = Object.entries({ region, target, probe }).filter(([, value]) => value !== undefined);
  return { where: terms.join(' AND '), params: Object.fromEntries(params) as Record<string, string> };
}

type Levels = Pick<CalibrationJson, 'windows' | 'abs_error_p50_ms' | 'abs_error_p95_ms'>;
type Key = Pick<
  ModelWindowJson,
  'region' | 'target' | 'browser_probe' | 'twin_probe' | 'format' | 'player' | 'basis'
>;

const keyOf = (of: Key): string =>
  JSON.stringify([of.region, of.target, of.browser_probe, of.twin_probe, of.format, of.player, of.basis]);

/** All pairs that had a window since an instant, by name. Rejects with a `StoreError`. */
export async function readPairs(
  store: Pick<Store, 'query'>,
  sinceMs: number,
  filter: CalibrationFilter = {},
): Promise<CalibrationJson[]> {
  const { where, params } = whereOf(filter);
  const asked = { ...params, since_ms: Math.floor(sinceMs) };
  const [last, levels] = await Promise.all([
    store.query<ModelWindowJson>(
      `SELECT ${WINDOW} FROM calibration_windows FINAL WHERE ${where} ORDER BY window_start DESC LIMIT 1 BY ${KEY}`,
      asked,
    ),
    store.query<Key & Levels>(
      `SELECT ${KEY}, count() AS windows, round(quantileExactInclusive(0.5)(abs(error_ms)), 3) AS abs_error_p50_ms,
        round(quantileExactInclusive(0.95)(abs(error_ms)), 3) AS abs_error_p95_ms
      FROM calibration_windows FINAL WHERE ${where} GROUP BY ${KEY}`,
      asked,
    ),
  ]);
  const levelsOf = new Map(levels.map((one) => [keyOf(one), one]));
  return last
    .flatMap((window) => {
      const of = levelsOf.get(keyOf(window));
      return of ? [{ ...of, ...window }] : [];
    })
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export interface Slice {
  readonly limit: number;
  readonly offset: number;
}

/** The series: newest window first. One row more than the limit when there are more. Rejects with a `StoreError`. */
export async function readWindows(
  store: Pick<Store, 'query'>,
  sinceMs: number,
  filter: CalibrationFilter,
  { limit, offset }: Slice,
): Promise<ModelWindowJson[]> {
  const { where, params } = whereOf(filter);
  return store.query<ModelWindowJson>(
    `SELECT ${WINDOW} FROM calibration_windows FINAL WHERE ${where}
    ORDER BY window_start DESC, ${KEY} LIMIT {limit:UInt32} OFFSET {offset:UInt64}`,
    { ...params, since_ms: Math.floor(sinceMs), limit: limit + 1, offset },
  );
}

/** Newest first; one more than the limit when there are more. Rejects with a `StoreError`. */
export async function readAlarms(
  store: Pick<Store, 'query'>,
  filter: { readonly status?: string | undefined; readonly id?: string | undefined },
  { limit, offset }: Slice,
): Promise<DriftAlarmJson[]> {
  const { status = '', id = '' } = filter;
  const rows = await store.query<{ detail: string }>(
    `SELECT detail FROM calibration_alarms FINAL
    WHERE ({status:String} = '' OR status = {status:String}) AND ({id:String} = '' OR id = {id:String})
    ORDER BY started_at DESC, id LIMIT {limit:UInt32} OFFSET {offset:UInt64}`,
    { status, id, limit: limit + 1, offset },
  );
  return rows.map(({ detail }) => JSON.parse(detail) as DriftAlarmJson);
}
