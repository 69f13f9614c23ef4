/** Incidents, who sees to them, what was changed, and what is kept quiet. */
import { z } from 'zod';
import { BLAMES } from '../../../probes/outcome.ts';
import { evidence, failedRun, metricQuantiles, size, slowRun } from './incident-evidence.ts';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  instantOrNull,
  labels,
  numberOrNull,
  page,
  text,
  textOrNull,
} from './shared.ts';

const told = z.object({ by: text, comment: text, at: instant }).register(COMPONENTS, { id: 'Word' });

/** Who said something of an incident. */
export type WordJson = Answer<typeof told>;

const quiet = z
  .object({
    kind: z.enum(['silence', 'maintenance']),
    id: text.describe('Of the silence; of a window its name.'),
    until: instantOrNull,
    by: text,
    comment: text,
  })
  .register(COMPONENTS, { id: 'Quiet' });

export type QuietJson = Answer<typeof quiet>;

const attention = {
  acknowledged: told.nullable(),
  silenced: quiet.nullable().describe('What keeps it quiet now.'),
  told: z
    .object({ delivered: count, waiting: count, failed: count })
    .describe('Receivers by what became of the messages to them; `waiting`: something is on its way still.'),
} as const;

export const incident = z
  .object({
    id: text,
    scope: text.describe('`region:eu-west`, `agent:eu-west-1`, `target:clip`, `global`.'),
    scope_kind: text,
    status: z.enum(['open', 'resolved']),
    metric: text.describe('Of the dictionary, `failure_ratio`, `silence` or `error_budget`.'),
    probe: textOrNull,
    target: textOrNull,
    severity: z.enum(['warning', 'critical']),
    blame: z.enum(BLAMES),
    started_at: instant.describe('An estimate.'),
    detected_at: instant,
    resolved_at: instantOrNull,
    merged_into: textOrNull.describe('The wider incident that took this one over.'),
    summary: text,
    size,
    evidence,
  })
  .extend(attention)
  .register(COMPONENTS, { id: 'Incident' });

export type IncidentJson = Answer<typeof incident>;
/** As the detector knows it: what people do about it is not in it. */
export type DetectedIncidentJson = Omit<IncidentJson, keyof typeof attention>;
export type AttentionJson = Pick<IncidentJson, keyof typeof attention>;

/** As the overview has it, every few seconds: what stands behind it is asked for by its id. */
export const shownIncident = incident.omit({ evidence: true }).register(COMPONENTS, { id: 'ShownIncident' });

export type ShownIncidentJson = Answer<typeof shownIncident>;

export const incidentsAnswer = page(incident);

const delivery = z
  .object({
    event: text,
    route: text,
    receiver: text,
    status: z.enum(['waiting', 'delivered', 'failed', 'superseded']),
    attempts: count,
    error: text.describe('Why the last attempt failed; empty for none that did.'),
    title: text,
    created_at: instant,
    due_at: instantOrNull.describe('When it is tried next; null when it is done.'),
    done_at: instantOrNull,
    id: text,
  })
  .register(COMPONENTS, { id: 'Notification' });

export type NotificationJson = Answer<typeof delivery>;

const step = z.object({
  at: instant,
  what: text.describe(
    '`began` is an estimate; the words of the detector, `acknowledged`, `said to be over`, `told`, `not told`.',
  ),
  text,
});

export type TimelineJson = Answer<typeof step>;

export const incidentAnswer = incident.extend({
  quantiles: z.array(metricQuantiles).describe('Each metric of each check before the incident and since.'),
  runs: z.array(failedRun).describe('Failed ones, newest first.'),
  slow_runs: z.array(slowRun).describe('That went through, worst first.'),
  notifications: z.array(delivery),
  not_told: z
    .array(z.object({ lane: textOrNull, because: text, text }))
    .describe('Who was not told, and why.'),
  timeline: z.array(step),
});

export type IncidentAnswerJson = Answer<typeof incidentAnswer>;

const point = z
  .object({ ok: count, fail: count, missed: count, p50: numberOrNull, tail: numberOrNull })
  .describe('Scheduled runs of a step, and the quantiles of the metric; `tail`: 95 % of runs are better.')
  .register(COMPONENTS, { id: 'SeriesPoint' });

export const seriesAnswer = page(
  z.object({ at: instant.describe('Start of the step.'), inside: point, elsewhere: point }),
).extend({
  metric: textOrNull.describe('Null for failures, silence and budgets.'),
  unit: text,
  since: instant,
  until: instant,
  step_seconds: z.number(),
});

export type SeriesPointJson = Answer<typeof point>;
export type SeriesJson = Answer<typeof seriesAnswer>;

export const ackAnswer = z.object({ incident: text, acknowledged: told });
export const resolveAnswer = z.object({ incident: text, said: told });

const change = z
  .object({
    at: instant,
    kind: text,
    name: text,
    text,
    where: labels,
    relearn: z.boolean().describe('What is there from then on is normal.'),
  })
  .register(COMPONENTS, { id: 'Change' });

export type ChangeJson = Answer<typeof change>;

export const changesAnswer = page(change);
export const changeAnswer = change;

const silence = z
  .object({
    id: text,
    kind: z
      .enum(['silence', 'maintenance'])
      .describe('`maintenance`: of the file of routes; it cannot be ended here.'),
    state: z.enum(['active', 'pending', 'ended']),
    match: z.record(text, z.unknown()),
    match_text: text,
    starts_at: instantOrNull,
    ends_at: instantOrNull,
    author: text,
    comment: text,
    created_at: instantOrNull,
    expired_by: textOrNull,
  })
  .register(COMPONENTS, { id: 'Silence' });

export type SilenceJson = Answer<typeof silence>;

export const silencesAnswer = page(silence);
export const silenceAnswer = silence;
export const addedSilenceAnswer = silence.extend({
  hides: count.describe('How many open incidents it keeps quiet.'),
});

export type AddedSilenceJson = Answer<typeof addedSilenceAnswer>;
