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

const quantiles = z.object({ p50: numberOrNull, p95: numberOrNull, count });

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
    state: z.enum(['ok', 'degraded', 'silent', 'unknown']),
    reason: text.describe('Why it is not simply ok; empty when it is.'),
    degraded_since: instantOrNull,
    agents: z.object({ connected: count, silent: count, stopped: count, total: count }),
    video_startup_ms: quantiles,
    first_frame_ms: quantiles,
    ttfb_ms: quantiles,
    upload_goodput_bps: quantiles,
    success_ratio: numberOrNull,
    runs: z.object({ ok: count, fail: count, missed: count, disturbed: count }),
    last_result_at: instantOrNull,
    spark: z.array(numberOrNull).describe('Median of `spark_metric` for each step, oldest first.'),
    spark_metric: text,
  })
  .register(COMPONENTS, { id: 'RegionOverview' });

export const overviewAnswer = z.object({
  at: instant,
  window: z.object({ since: instant, seconds: number }),
  spark: z.object({ step_s: number, until: instant }),
  regions: z.array(region),
  regions_left_out: count,
  incidents: z.array(shownIncident),
  totals: totals.extend({ results_per_s: number }),
  model: z.object({
    pairs: count,
    drifted: count,
    off: count,
    abs_error_p50_ms: numberOrNull,
    abs_error_max_ms: numberOrNull,
  }),
  collector: z.object({
    engine: z.enum(['embedded', 'server']),
    clickhouse_version: text,
    version: text,
    started_at: instant,
    uptime_s: number,
  }),
});

export type OverviewJson = Answer<typeof overviewAnswer>;
