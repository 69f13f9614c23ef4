/** Promises and their budgets, and how far the browserless model is off. */
import { z } from 'zod';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  instantOrNull,
  number,
  numberOrNull,
  page,
  type Row,
  text,
  textOrNull,
  texts,
} from './shared.ts';

export const slosAnswer = page(
  z
    .object({
      probe: text,
      target: text,
      objective_ratio: number,
      window: text.describe('`30d`.'),
      metric: textOrNull.describe('What must stay under `under_ms` for a run to be good.'),
      under_ms: numberOrNull,
      runs: count,
      bad: count,
      good_ratio: numberOrNull,
      budget: z.object({
        remaining_ratio: numberOrNull,
        remaining_seconds: numberOrNull,
        total_seconds: number,
      }),
      burn: z.array(
        z.object({
          window: text,
          short_window: text,
          rate: number.describe('How many times too fast the budget goes.'),
          short_rate: number,
          threshold: number,
          severity: z.enum(['critical', 'warning']),
          burning: z.boolean(),
        }),
      ),
      incident: textOrNull.describe('The open one that tells of it.'),
    })
    .register(COMPONENTS, { id: 'Slo' }),
);

export type SloJson = Row<typeof slosAnswer>;

const modelWindow = z.object({
  region: text,
  target: text,
  format: text,
  player: text,
  twin_probe: text,
  browser_probe: text,
  window_start: instant,
  window_end: instant,
  error_ms: number.describe(
    '`browser_ms` - `twin_ms`, medians: how much later the browser was than predicted.',
  ),
  uncertainty_ms: number.describe('Half of the 90 % interval of that, by the spread of the runs.'),
  browser_ms: number,
  twin_ms: number,
  browser_count: count,
  twin_count: count,
  agent_count: count,
  basis: z.enum(['agents', 'region']),
  browser_builds: texts,
  state: z.enum(['learning', 'calibrated', 'off', 'drifted']),
  reference_ms: numberOrNull,
  tolerance_ms: numberOrNull,
  evidence: number,
  threshold: number,
  alarm: textOrNull.describe('The open one.'),
});

export const calibrationAnswer = page(
  modelWindow
    .extend({ windows: count, abs_error_p50_ms: number, abs_error_p95_ms: number })
    .describe('The last window of a pair, and its errors over the time asked for, without their sign.')
    .register(COMPONENTS, { id: 'ModelPair' }),
);
export const modelWindowsAnswer = page(modelWindow);

export type ModelWindowJson = Answer<typeof modelWindow>;
export type CalibrationJson = Row<typeof calibrationAnswer>;

const moved = z
  .object({ before: number, after: number })
  .describe('Medians, by the reference and since the start.');

const alarm = z
  .object({
    id: text,
    kind: z.literal('model_drift').describe('Tells it from an incident: nothing is wrong with the target.'),
    status: z.enum(['open', 'resolved']),
    resolution: z.enum(['recovered', 'rebased', 'unpaired']).nullable(),
    region: text,
    target: text,
    twin_probe: text,
    browser_probe: text,
    format: text,
    player: text,
    direction: z
      .enum(['optimistic', 'pessimistic'])
      .describe('`optimistic`: the browser is later than predicted, compared with before.'),
    moved: z
      .enum(['browser', 'twin', 'both'])
      .describe('Which of the two changed: the cause is to be looked for there.'),
    started_at: instant,
    detected_at: instant,
    resolved_at: instantOrNull,
    summary: text,
    error_ms: moved,
    browser_ms: moved,
    twin_ms: moved,
    tolerance_ms: number,
    evidence: number,
    threshold: number,
    windows: count,
    browser_builds: z.object({ before: texts, after: texts }),
  })
  .register(COMPONENTS, { id: 'ModelAlarm' });

export type DriftAlarmJson = Answer<typeof alarm>;

export const alarmsAnswer = page(alarm);
export const alarmAnswer = alarm;
export const modelReplayAnswer = page(z.object({ event: text, alarm })).extend({
  windows: count,
  truncated: z.boolean(),
});
