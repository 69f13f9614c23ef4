/** Probes, targets, the plan, runs asked for by hand, results and latency. */
import { z } from 'zod';
import type { Evidence } from '../../../probes/evidence.ts';
import { VERDICTS } from '../../latency/compare.ts';
import { SPEC_KINDS } from '../../registry/language.ts';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  labels,
  number,
  numberOrNull,
  page,
  type Row,
  text,
  textOrNull,
  texts,
} from './shared.ts';

const params = z.record(text, z.unknown());

const probe = z
  .looseObject({
    name: text,
    type: text,
    targets: texts,
    every: text.describe('As it was declared, `30s`; `every_ms` is the same.'),
    every_ms: number,
    timeout_ms: number.describe('In force, the default of the type included.'),
    params: params.describe('By the schema of the type.'),
    from: z.unknown().describe('Where it runs.'),
    paused: z.boolean(),
    agents: texts.describe('Those that run it now.'),
    headline: textOrNull.describe('The metric that its type is judged by first.'),
    updated_at: instant,
  })
  .describe('As it was declared, and what became of it.')
  .register(COMPONENTS, { id: 'Probe' });

export type ProbeJson = Answer<typeof probe>;

export const probesAnswer = page(probe);
export const probeAnswer = probe;
export const deletedAnswer = z.object({ name: text, deleted: z.literal(true) });

const target = z
  .object({ name: text, url: text, labels, updated_at: instant })
  .register(COMPONENTS, { id: 'Target' });

export type TargetJson = Answer<typeof target>;

export const targetsAnswer = page(target);
export const targetAnswer = target;

const revision = count.describe('Grows with every change of what people declared.');

export const appliedAnswer = page(
  z
    .object({
      kind: z.enum(SPEC_KINDS),
      name: text,
      action: z.enum(['create', 'update', 'unchanged', 'delete']),
      fields: z
        .array(z.object({ path: text, from: z.unknown().optional(), to: z.unknown().optional() }))
        .describe('What an update changes.'),
    })
    .register(COMPONENTS, { id: 'AppliedChange' }),
).extend({ revision });

/** `spec`: by the schema at `/spec/schema`, which is too long to be said twice. */
export const declaredAnswer = z.object({ revision, spec: z.looseObject({ version: z.literal(1) }) });

export const askedRunAnswer = z
  .object({
    request_id: text,
    probe: text,
    agents: texts.describe('Those that were told; each answers once a target.'),
    expected: count.describe('Results to expect: agents × targets.'),
  })
  .register(COMPONENTS, { id: 'AskedRun' });

export type AskedRunJson = Answer<typeof askedRunAnswer>;

export const planAnswer = z.object({
  probes: z.array(
    z.object({
      probe: text,
      type: text,
      every_ms: number,
      targets: count,
      paused: z.boolean(),
      agents: count,
      short: count.describe('Agents that were asked for and are not there, or too much alike.'),
      runs_per_minute: number,
      places: z.array(z.object({ value: textOrNull, wanted: numberOrNull, matching: count, agents: texts })),
      regions: z.array(
        z.object({
          region: text,
          agents: count,
          detect_outage_ms: numberOrNull,
          detected_as: textOrNull,
        }),
      ),
    }),
  ),
  agents: z.array(
    z.object({
      agent: text,
      region: text,
      checks: count,
      runs_per_minute: number,
      at_once_max: number,
      browser_at_once_max: number,
    }),
  ),
});

export type PlanJson = Answer<typeof planAnswer>;

const result = z
  .object({
    run_id: text.describe('`AGENT/BOOT/SEQ`.'),
    agent: text,
    region: text,
    country: text,
    city: text,
    isp: text,
    asn: number,
    provider: text,
    network: text,
    probe: text,
    type: text,
    target: text,
    pop: text,
    scheduled_at: instant,
    lateness_ms: number,
    duration_ms: number,
    trigger: text.describe('`schedule`, or what asked for it beside the schedule.'),
    request_id: textOrNull,
    outcome: z.enum(['ok', 'fail', 'missed']),
    layer: textOrNull,
    blame: textOrNull,
    code: textOrNull,
    message: textOrNull,
    missed_reason: textOrNull,
    metrics: z.record(text, number).describe('Each in the unit that its name says.'),
    attributes: labels,
    agent_state: z.object({
      event_loop_delay_ms: number,
      cpu_ratio: number,
      rss_bytes: number,
      clock_offset_ms: number,
      disturbed: z.boolean(),
    }),
    ingested_at: instant,
  })
  .register(COMPONENTS, { id: 'Result' });

export type ResultJson = Answer<typeof result>;

export const resultsAnswer = page(result);
export const runAnswer = result.extend({
  evidence: z.unknown().describe('What the run saw; null where none was kept.'),
});

/** With its evidence as an honest agent sends it: what another sends is kept as it came. */
export interface RunJson extends ResultJson {
  readonly evidence: Evidence | null;
}

export const askedResultsAnswer = z.object({
  request_id: text,
  data: z.array(result),
  expected: count,
  done: z.boolean(),
  unanswered: texts.describe('Agents that owe a result still.'),
});

const difference = z
  .object({
    value: numberOrNull,
    ratio: numberOrNull,
    low: numberOrNull,
    high: numberOrNull,
    verdict: z.enum(VERDICTS),
  })
  .describe(
    'What a figure differs by, in its own unit, and the bounds of that: null where too little was measured.',
  )
  .register(COMPONENTS, { id: 'LatencyDifference' });

export const latencyAnswer = page(
  z
    .looseObject({
      metric: text,
      unit: text,
      count: count.describe('Ok runs that measured it.'),
      ok: count,
      fail: count,
      agent_fail: count.describe('What agents did to themselves: no failure of the place.'),
      missed: count,
      disturbed: count.describe('In no other count, and in no quantile.'),
      success_ratio: numberOrNull,
      spark: z.array(numberOrNull).exactOptional(),
      vs: z.record(text, numberOrNull).nullable().exactOptional(),
      diff: z.record(text, difference).nullable().exactOptional(),
    })
    .describe(
      'One metric of one place: the dimensions that were asked for, each a text; the quantiles, `p50`, `p95` …, of ok runs in `unit`, null where none measured it.',
    )
    .register(COMPONENTS, { id: 'LatencyRow' }),
).extend({
  since: instant,
  until: instant,
  section_seconds: number.describe('The time of one value of `spark`.'),
  step_seconds: number.exactOptional().describe('Of a row by `step`; steps without a row have nothing.'),
  reference: z.object({ since: instant, until: instant }).exactOptional(),
});

export type LatencyJson = Answer<typeof latencyAnswer>;
export type LatencyRowJson = Row<typeof latencyAnswer>;

export const completenessAnswer = page(
  z
    .object({
      at: instant.describe('Start of the step.'),
      expected: count.describe('Slots that the collector counts.'),
      stored: count.describe('ok + fail + agent_fail + disturbed.'),
      missed: count.describe('Slots of which a result says that they did not run.'),
      missed_by_reason: z
        .record(text, count)
        .nullable()
        .describe('Null where the time is too long to read them.'),
      unheard: count.describe('Slots without a result: on their way, given up, or of a silent agent.'),
      ok: count,
      fail: count,
      agent_fail: count,
      disturbed: count,
    })
    .register(COMPONENTS, { id: 'CompletenessStep' }),
).extend({ since: instant, until: instant, step_seconds: number });

export const queryAnswer = z.object({
  columns: z.array(z.object({ name: text, type: text.describe('Of ClickHouse.') })),
  rows: z.array(z.array(z.unknown())),
  truncated: z.boolean().describe('There are more rows than these.'),
  cut_by: z.enum(['rows', 'bytes']).exactOptional().describe('Which limit cut it.'),
});

export type QueryJson = Answer<typeof queryAnswer>;
