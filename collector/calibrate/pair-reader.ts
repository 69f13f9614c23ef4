/**
 * Reads runs of pairs out of the store. Which minutes have runs is told by `latency_1m`; what they measured by `results`, as the
 * sketches of the rollup are exact to one percent only, which of a start of three seconds is more than the model is off.
 */
import type { Store } from '../store/store.ts';
import { CALIBRATION_LIMITS, type CalibrationSettings } from './settings.ts';
import { type CalibrationWindow, type Kind, type Pair, type Quartiles, uncertaintyOf } from './window.ts';
import { type DueWindow, MINUTE_MS, type Minutes } from './window-plan.ts';

/** A pair and the minutes in which each of its probes ran. */
export interface PairRuns {
  readonly pair: Pair;
  readonly twin: Minutes;
  readonly browser: Minutes;
}

interface SeriesRow {
  readonly region: string;
  readonly target: string;
  readonly probe: string;
  readonly metric: string;
  readonly minutes: Minutes;
}

const OF_A_SIDE = `((type = 'playback' AND metric = 'first_frame_ms') OR (type = 'video-start' AND metric = 'video_startup_ms'))
    AND minute >= toDateTime({from_s:UInt32}, 'UTC') AND minute < toDateTime({until_s:UInt32}, 'UTC')`;

const MINUTES_SQL = `
SELECT region, target, probe, metric, arraySort(groupArray((at_ms, n))) AS minutes FROM
(
  SELECT region, target, probe, metric, toUnixTimestamp(minute) * 1000 AS at_ms, sum(l.ok) AS n
  FROM latency_1m AS l
  WHERE ${OF_A_SIDE} AND (region, target) IN (
    SELECT region, target FROM latency_1m WHERE ${OF_A_SIDE}
    GROUP BY region, target HAVING uniqExact(metric) = 2
    ORDER BY region, target LIMIT {limit:UInt32}
  )
  GROUP BY region, target, probe, metric, at_ms
  HAVING n > 0
)
GROUP BY region, target, probe, metric
ORDER BY region, target, probe, metric`;

/**
 * The runs that count: scheduled, started, not disturbed by their own agent, not the first of a fresh browser, on no page of a
 * user's own, and under no emulated network, which only one of the two would have had. What format a browser played follows
 * from its player, unless it says so.
 */
const COUNTED_RUNS = `
SELECT type, agent, attributes['player'] AS player_of,
  arrayStringConcat(arrayFilter(x -> x != '', [attributes['browser_build'],
    if(attributes['hls_js'] = '', '', concat('hls.js ', attributes['hls_js'])),
    if(attributes['dash_js'] = '', '', concat('dash.js ', attributes['dash_js'])),
    if(attributes['browser_flags'] = '', '', concat('flags ', attributes['browser_flags']))]), ', ') AS build,
  multiIf(attributes['format'] != '', attributes['format'], player_of = 'dash.js', 'dash', player_of IN ('', 'progressive'), 'mp4', 'hls') AS said,
  if(said IN ('hls', 'dash'), said, 'mp4') AS format_of,
  value[indexOf(metric, if(type = 'playback', 'first_frame_ms', 'video_startup_ms'))] / 1000 AS ms
FROM results
WHERE region = {region:String} AND target = {target:String}
  AND ((type = 'playback' AND probe = {twin:String}) OR (type = 'video-start' AND probe = {browser:String}))
  AND scheduled_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND scheduled_at < fromUnixTimestamp64Milli({until_ms:Int64})
  AND trigger = 'schedule' AND outcome = 'ok' AND disturbed = 0
  AND attributes['cold_player'] != 'true' AND attributes['network'] = '' AND attributes['player'] != 'page'
  AND has(metric, if(type = 'playback', 'first_frame_ms', 'video_startup_ms'))`;

const AGENTS_SQL = `
SELECT type, agent, format_of AS format, player_of AS player, count() AS n
FROM (${COUNTED_RUNS})
GROUP BY type, agent, format, player
ORDER BY type, agent, format, player`;

const QUARTILES_SQL = `
SELECT type, count() AS n, uniqExact(agent) AS agents,
  arraySort(groupUniqArrayIf(build, build != '')) AS builds, quantilesExactInclusive(0.25, 0.5, 0.75)(ms) AS quartiles
FROM (${COUNTED_RUNS})
WHERE format_of = {format:String} AND (type = 'playback' OR player_of = {player:String})
  AND (empty({agents:Array(String)}) OR agent IN {agents:Array(String)})
GROUP BY type
ORDER BY type`;

interface AgentRow {
  readonly type: 'playback' | 'video-start';
  readonly agent: string;
  readonly format: string;
  readonly player: string;
  readonly n: number;
}

interface QuartileRow {
  readonly type: AgentRow['type'];
  readonly n: number;
  readonly agents: number;
  readonly builds: readonly string[];
  readonly quartiles: readonly [number, number, number];
}

/** The window, or how many runs of each side count, when those are too few. */
export type ReadWindow =
  | { readonly window: CalibrationWindow }
  | { readonly counted: { readonly twin: number; readonly browser: number } };

export class PairReader {
  readonly #store: Pick<Store, 'query'>;
  readonly #minRuns: number;

  constructor(store: Pick<Store, 'query'>, { minRuns }: Pick<CalibrationSettings, 'minRuns'>) {
    this.#store = store;
    this.#minRuns = minRuns;
  }

  /** All pairs of a time, in the order of their names; `overLimit` is not 0 when there are more. Rejects with a `StoreError`. */
  async pairs(fromMs: number, untilMs: number): Promise<{ pairs: PairRuns[]; overLimit: number }> {
    const limit = CALIBRATION_LIMITS.pairs.value;
    const rows = await this.#store.query<SeriesRow>(MINUTES_SQL, {
      from_s: Math.floor(fromMs / MINUTE_MS) * 60,
      until_s: Math.floor(untilMs / MINUTE_MS) * 60,
      limit: limit + 1,
    });
    const pairs = pairsOf(rows);
    return { pairs: pairs.slice(0, limit), overLimit: Math.max(0, pairs.length - limit) };
  }

  /** What a pair measured in a window. Rejects with a `StoreError`. */
  async read(pair: Pair, due: Pick<DueWindow, 'startMs' | 'endMs'>): Promise<ReadWindow> {
    const of = { ...pair, from_ms: due.startMs, until_ms: due.endMs };
    const kind = kindOf(await this.#store.query<AgentRow>(AGENTS_SQL, of));
    if (!kind) return { counted: { twin: 0, browser: 0 } };
    const { format, player, agents } = kind;
    const rows = await this.#store.query<QuartileRow>(QUARTILES_SQL, { ...of, format, player, agents });
    const twin = rows.find(({ type }) => type === 'playback');
    const browser = rows.find(({ type }) => type === 'video-start');
    const counted = { twin: twin?.n ?? 0, browser: browser?.n ?? 0 };
    if (!twin || !browser || Math.min(counted.twin, counted.browser) < this.#minRuns) return { counted };
    return { window: windowOf(pair, due, kind, { twin, browser }) };
  }
}

function pairsOf(rows: readonly SeriesRow[]): PairRuns[] {
  const places = Map.groupBy(rows, ({ region, target }) => JSON.stringify([region, target]));
  return [...places.values()].flatMap((of) => {
    const browsers = of.filter(({ metric }) => metric === 'video_startup_ms');
    const twins = of.filter(({ metric }) => metric === 'first_frame_ms');
    return browsers.flatMap(({ region, target, probe, minutes }) =>
      twins.map((twin) => ({
        pair: { region, target, twin: twin.probe, browser: probe },
        twin: twin.minutes,
        browser: minutes,
      })),
    );
  });
}

/**
 * What is compared in a window: the format and player of most runs of the browser that the twin has a format for; and the
 * agents that ran both, where there are any, so that one that falls silent on one side shifts no median.
 */
function kindOf(rows: readonly AgentRow[]): (Kind & { readonly agents: readonly string[] }) | undefined {
  const twins = rows.filter(({ type }) => type === 'playback');
  const formats = new Set(twins.map(({ format }) => format));
  const browsers = rows.filter(({ type, format }) => type === 'video-start' && formats.has(format));
  const kinds = Map.groupBy(browsers, ({ format, player }) => JSON.stringify([format, player]));
  const runsOf = (of: readonly AgentRow[]) => of.reduce((sum, { n }) => sum + n, 0);
  const [most] = [...kinds.values()].sort((a, b) => runsOf(b) - runsOf(a));
  if (!most?.[0]) return undefined;
  const { format, player } = most[0];
  const ofFormat = twins.filter((row) => row.format === format);
  const both = most.filter(({ agent }) => ofFormat.some((twin) => twin.agent === agent));
  const agents = both.map(({ agent }) => agent);
  return { format, player, basis: agents.length > 0 ? 'agents' : 'region', agents };
}

function windowOf(
  pair: Pair,
  { startMs, endMs }: Pick<DueWindow, 'startMs' | 'endMs'>,
  { format, player, basis }: Kind,
  sides: { readonly twin: QuartileRow; readonly browser: QuartileRow },
): CalibrationWindow {
  const twin = quartilesOf(sides.twin);
  const browser = quartilesOf(sides.browser);
  return {
    ...pair,
    ...{ format, player, basis, startMs, endMs },
    agents: sides.browser.agents,
    twinRuns: twin.count,
    browserRuns: browser.count,
    twinMs: twin.median,
    browserMs: browser.median,
    errorMs: browser.median - twin.median,
    uncertaintyMs: uncertaintyOf(twin, browser),
    builds: sides.browser.builds,
  };
}

function quartilesOf({ n, quartiles: [low, median, high] }: QuartileRow): Quartiles {
  return { count: n, low, median, high };
}
