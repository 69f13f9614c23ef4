/** The overview: what the dashboard and the live table of `up` show. */
import { z } from 'zod';
import { totals } from './fleet.ts';
import { shownIncident } from './incidents.ts';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  instantOrNull,
  number,
  numberOrNull,
  text,
} from './shared.ts';

const quantiles = z
  .object({ p50: numberOrNull, p95: numberOrNull, count })
  .describe('Of ok runs in the window, in the unit of the metric; null where nothing was measured.')
  .register(COMPONENTS, { id: 'Quantiles' });

export type QuantilesJson = Answer<typeof quantiles>;

const region = z
  .object({
    region: text,
    title: text.describe('What people call it; empty where nobody declared it.'),
    place: z
      .object({ lat: number, lon: number, x: number, y: number })
      .nullable()
      .describe(
        'As declared, or the middle of its agents; `x` and `y` are on the map of /dashboard/world.json.',
      ),
    state: z
      .enum(['ok', 'degraded', 'silent', 'unknown'])
      .describe(
        '`degraded`: an open incident covers it. `silent`: it had agents, and none is connected. `unknown`: agents are connected, but nothing fresh came from them, or nothing that they had not disturbed themselves. `ok` needs fresh results: silence is never green.',
      ),
    reason: text.describe('Why it is not simply ok; empty when it is.'),
    degraded_since: instantOrNull.describe('Start of the oldest open incident that covers it.'),
    agents: z.object({ connected: count, silent: count, stopped: count, total: count }),
    video_startup_ms: quantiles,
    first_frame_ms: quantiles,
    ttfb_ms: quantiles,
    upload_goodput_bps: quantiles,
    success_ratio: numberOrNull.describe('ok / (ok + fail) of the scheduled runs in the window.'),
    runs: z
      .object({ ok: count, fail: count, missed: count, disturbed: count })
      .describe('`disturbed`: in none of the others, and in no figure: their own agents held them up.'),
    last_result_at: instantOrNull,
    spark: z.array(numberOrNull).describe('Median of `spark_metric` for each step, oldest first.'),
    spark_metric: text,
  })
  .register(COMPONENTS, { id: 'RegionOverview' });

export type RegionOverviewJson = Answer<typeof region>;

const model = z
  .object({
    pairs: count,
    drifted: count,
    off: count.describe('Pairs whose twin never stood for the browser.'),
    abs_error_p50_ms: numberOrNull.describe('Median of the errors without their sign.'),
    abs_error_max_ms: numberOrNull,
  })
  .describe('How far the browserless model is off: the last window of each pair of the last day.');

export type ModelSummaryJson = Answer<typeof model>;

export const overviewAnswer = z.object({
  at: instant,
  window: z
    .object({ since: instant, seconds: number })
    .describe('The figures cover slots from `since` to now.'),
  spark: z.object({ step_s: number, until: instant }).describe('The last step of a spark ends at `until`.'),
  regions: z.array(region),
  regions_left_out: count,
  regions_without_agents: z
    .array(text)
    .describe(
      'Declared, and nothing is known of them: no agent of theirs has registered, and nothing was measured there.',
    ),
  incidents: z
    .array(shownIncident)
    .describe('Open ones first, then those resolved within the hour; newest first.'),
  totals: totals.extend({ results_per_s: number }),
  model,
  collector: z.object({
    engine: z.enum(['embedded', 'server']),
    clickhouse_version: text,
    version: text,
    started_at: instant,
    uptime_s: number,
  }),
});

export type OverviewJson = Answer<typeof overviewAnswer>;
