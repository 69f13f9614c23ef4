/**
 * `GET /calibration`, `/calibration/windows`, `/calibration/alarms`: how far the twin is off, and whether that has changed.
 * `GET /calibration/replay` judges the windows again, under other numbers: what would have been an alarm.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import { replay } from '../calibrate/replay.ts';
import { CALIBRATION_DEFAULTS } from '../calibrate/settings.ts';
import { writtenWindows } from '../calibrate/window-table.ts';
import type { Store } from '../store/store.ts';
import {
  alarmAnswer,
  alarmsAnswer,
  calibrationAnswer,
  modelReplayAnswer,
  modelWindowsAnswer,
} from './answers/promises.ts';
import { alarmJson } from './calibration-json.ts';
import { readAlarms, readPairs, readWindows } from './calibration-queries.ts';
import { ApiError } from './errors.ts';
import { operation } from './operation.ts';
import { decodeCursor, encodeCursor, type Page, pageOf } from './page.ts';
import { limitParam, parseQuery, sinceMs } from './params.ts';

const pageParams = { limit: limitParam(100), after: z.string().optional() };
const windowsSchema = z.strictObject({
  since: z.string().default('24h'),
  region: z.string().optional(),
  target: z.string().optional(),
  probe: z.string().optional(),
  ...pageParams,
});
const alarmsSchema = z.strictObject({ status: z.enum(['open', 'resolved']).optional(), ...pageParams });
const replaySchema = z.strictObject({
  since: z.string().default('7d'),
  min_effect_ms: z.coerce.number().min(1).max(10_000).optional(),
  min_effect_ratio: z.coerce.number().min(0).max(1).optional(),
  false_alarm_windows: z.coerce.number().min(10).max(1e9).optional(),
});
const offsetSchema = z.number().int().min(0);

/** A page out of rows that were asked for from an offset on, one more than the limit. */
function sliceOf<T>(rows: readonly T[], { limit, offset }: { limit: number; offset: number }): Page<T> {
  const next = rows.length > limit ? encodeCursor(offset + limit) : null;
  return { data: rows.slice(0, limit), pagination: { limit, next } };
}

const offsetOf = (after: string | undefined): number =>
  after === undefined ? 0 : decodeCursor(after, offsetSchema);

export function calibrationRoutes(store: Pick<Store, 'query'>, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'How far the browserless model is off, pair by pair.',
      query: windowsSchema,
      answer: calibrationAnswer,
    }),
    async (context) => {
      const { since, limit, after, ...filter } = parseQuery(context, windowsSchema);
      const pairs = await readPairs(store, sinceMs(since, clock.wallMs()), filter);
      return context.json(pageOf(pairs, limit, after));
    },
  );
  app.get(
    '/windows',
    operation({ summary: 'The same window by window.', query: windowsSchema, answer: modelWindowsAnswer }),
    async (context) => {
      const { since, limit, after, ...filter } = parseQuery(context, windowsSchema);
      const slice = { limit, offset: offsetOf(after) };
      const windows = await readWindows(store, sinceMs(since, clock.wallMs()), filter, slice);
      return context.json(sliceOf(windows, slice));
    },
  );
  app.get(
    '/alarms',
    operation({ summary: 'Alarms about the model.', query: alarmsSchema, answer: alarmsAnswer }),
    async (context) => {
      const { status, limit, after } = parseQuery(context, alarmsSchema);
      const slice = { limit, offset: offsetOf(after) };
      return context.json(sliceOf(await readAlarms(store, { status }, slice), slice));
    },
  );
  app.get('/alarms/:id', operation({ summary: 'One of them.', answer: alarmAnswer }), async (context) => {
    const id = context.req.param('id');
    const [alarm] = await readAlarms(store, { id }, { limit: 1, offset: 0 });
    if (!alarm)
      throw new ApiError('not_found', `There is no alarm ${id}.`, 'List them: outrider calibration alarms.');
    return context.json(alarm);
  });
  app.get(
    '/replay',
    operation({
      summary: 'The windows judged again under other numbers.',
      query: replaySchema,
      answer: modelReplayAnswer,
    }),
    async (context) => {
      const asked = parseQuery(context, replaySchema);
      const { windows, truncated } = await writtenWindows(store, sinceMs(asked.since, clock.wallMs()));
      const settings = {
        minEffectMs: asked.min_effect_ms ?? CALIBRATION_DEFAULTS.minEffectMs,
        minEffectRatio: asked.min_effect_ratio ?? CALIBRATION_DEFAULTS.minEffectRatio,
        falseAlarmWindows: asked.false_alarm_windows ?? CALIBRATION_DEFAULTS.falseAlarmWindows,
      };
      const { events } = replay(windows, settings);
      return context.json({
        data: events.map(({ kind, alarm }) => ({ event: `calibration.${kind}`, alarm: alarmJson(alarm) })),
        pagination: { limit: events.length, next: null },
        windows: windows.length,
        truncated,
      });
    },
  );
  return app;
}
