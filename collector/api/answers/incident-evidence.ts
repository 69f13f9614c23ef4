/** What bears an incident out: `Evidence` of the detector in snake_case, and what results show of it. */
import { z } from 'zod';
import { CONFIRM_ROLES, CONFIRM_VERDICTS } from '../../detect/confirmation.ts';
import { FAULT_PLACES } from '../../detect/leaves/fault-place.ts';
import { SECOND_LOOK_STANDS } from '../../detect/second-look.ts';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  labels,
  number,
  numberOrNull,
  text,
  texts,
} from './shared.ts';

const severity = z.enum(['warning', 'critical']);

export const size = z
  .object({ before: numberOrNull, after: numberOrNull, unit: text, ratio: numberOrNull })
  .describe('Null where nothing was measured; `ratio`: after / before.')
  .register(COMPONENTS, { id: 'IncidentSize' });

const scope = z
  .object({ kind: text })
  .catchall(text)
  .describe('A place: its kind, and the names that it has by kind.')
  .register(COMPONENTS, { id: 'Scope' });

export type ScopeJson = Answer<typeof scope>;

const series = size
  .extend({
    agent: text,
    region: text,
    probe: text,
    target: text,
    metric: text,
    limit: numberOrNull.describe('From this value on a sample exceeds.'),
    exceeded: count,
    samples: count,
  })
  .describe('One check of one agent.');

export type SeriesEvidenceJson = Answer<typeof series>;

const confirmation = z
  .object({
    region: text,
    agent: text,
    probe: text,
    target: text,
    metric: text,
    verdict: z.enum(CONFIRM_VERDICTS),
    request_id: text,
    asked_ms: number,
    settled_ms: number,
    answers: z.array(
      z.object({
        agent: text,
        region: text,
        role: z.enum(CONFIRM_ROLES),
        network: text.exactOptional(),
        outcome: z.enum(['ok', 'fail', 'missed', 'silent']),
        raised: z.boolean().nullable().describe('Null where that cannot be said.'),
        value: numberOrNull,
        limit: numberOrNull,
        code: text,
        disturbed: z.literal(true).exactOptional(),
        run_id: text,
      }),
    ),
    about: text.exactOptional().describe('The incident of which places were to be told apart.'),
  })
  .describe('A second look.')
  .register(COMPONENTS, { id: 'Confirmation' });

export type ConfirmationJson = Answer<typeof confirmation>;

const budget = z
  .object({
    probe: text,
    target: text,
    objective: number,
    period_ms: number,
    long_ms: number,
    short_ms: number,
    severity,
    long_rate: number.describe('How many times too fast the budget goes.'),
    short_rate: number,
    runs: count,
    failures: count,
    began_ms: number,
    ended_ms: numberOrNull,
  })
  .describe('A window in which an error budget goes too fast.');

export type BurnJson = Answer<typeof budget>;

const place = z.object({
  verdict: z.enum(FAULT_PLACES).exactOptional(),
  score: number.exactOptional().describe('What the place explains, nats.'),
  share: number.describe('Of all that is bad.'),
  alternatives: z.array(scope).describe('What is known cannot tell them from the place.'),
  ruled_out: z.array(scope).exactOptional(),
  rather: scope.exactOptional(),
  counter_examples: z
    .array(
      z.object({
        kind: z.enum(['well_inside', 'raised_outside']),
        set: labels,
        bad: number,
        expected: number,
      }),
    )
    .exactOptional(),
});

const suspect = z.object({
  at_ms: number,
  kind: text,
  name: text,
  text,
  where: labels,
  relearn: z.boolean(),
  lead_ms: number.describe('How long before the start of the incident.'),
});

const sight = z
  .object({ region: text, raised: texts, well: texts, silent: texts, no_data: texts, left_out: count })
  .describe('The agents of a region by what they say of it.');

export type RegionSightJson = Answer<typeof sight>;

/** Optional: absent where there is nothing, or from what an earlier version wrote. */
export const evidence = z
  .object({
    confirmed: z.boolean().describe('Three agents or more agree.'),
    evidence: number.describe('What the alarm reached; 0 for silence.'),
    threshold: number.describe('What it had to reach.'),
    agents: texts.describe('Those that are raised.'),
    agents_heard: count,
    silent_agents: texts,
    cells: z.array(
      z.object({
        region: text,
        probe: text,
        target: text,
        metric: text,
        evidence: number,
        share: number,
        agents: count,
      }),
    ),
    series: z.array(series),
    unaffected: z.array(z.object({ kind: text, name: text, share: number })),
    failures: z.array(z.object({ layer: text, blame: text, code: text, count })),
    phases: z.array(z.object({ metric: text, before: number, after: number })),
    confirmations: z.array(confirmation).exactOptional(),
    second_look: z
      .object({
        stand: z.enum(SECOND_LOOK_STANDS),
        verdict: z.enum(CONFIRM_VERDICTS),
        text,
        severity_without: severity,
      })
      .exactOptional(),
    impact: z
      .object({
        share: number.describe('Of all that is watched; of the traffic where `by_traffic` is there.'),
        by_traffic: z.literal(true).exactOptional(),
        size: number,
        score: number,
      })
      .exactOptional(),
    timeline: z.array(z.object({ at_ms: number, what: text, text })).exactOptional(),
    changes: z.array(suspect).exactOptional(),
    place: place.exactOptional(),
    budgets: z.array(budget).exactOptional(),
    sight: z.array(sight).exactOptional(),
  })
  .register(COMPONENTS, { id: 'IncidentEvidence' });

export type EvidenceJson = Answer<typeof evidence>;

const quantilesOfMetric = z
  .object({ p50: number, tail: number, count })
  .describe('`tail`: as many are worse than this as `tail_quantile` says.');

export const metricQuantiles = z
  .object({
    probe: text,
    target: text,
    metric: text,
    unit: text,
    tail_quantile: numberOrNull.describe('0.95 where more is worse, 0.05 where less is; null for a share.'),
    before: quantilesOfMetric.nullable(),
    after: quantilesOfMetric.nullable(),
  })
  .describe('In the unit of the metric; null where nothing was measured. Of a share both are the share.')
  .register(COMPONENTS, { id: 'MetricQuantiles' });

export type MetricQuantilesJson = Answer<typeof metricQuantiles>;

const shownRun = z.object({
  run_id: text,
  agent: text,
  region: text,
  probe: text,
  target: text,
  scheduled_at: instant,
  trigger: text,
});

export const failedRun = shownRun
  .extend({
    layer: text,
    blame: text,
    code: text,
    message: text,
    has_evidence: z.boolean().describe('At `/api/v1/results/` and its `run_id`.'),
  })
  .register(COMPONENTS, { id: 'FailedRun' });

export type FailedRunJson = Answer<typeof failedRun>;

export const slowRun = shownRun
  .extend({ value: number.describe('Of the metric of the incident, in its unit.') })
  .register(COMPONENTS, { id: 'SlowRun' });

export type SlowRunJson = Answer<typeof slowRun>;
