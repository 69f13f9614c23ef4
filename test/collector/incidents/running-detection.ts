/** Live detection over a real store, under a clock that the test moves. */
import { pino } from 'pino';
import type { FleetAgent, Observation } from '../../../collector/detect/observation.ts';
import {
  type DetectionOptions,
  type LiveDetection,
  startDetection,
} from '../../../collector/incidents/start-detection.ts';
import type { AgentView } from '../../../collector/registry/registry.ts';
import type { ResultRow } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { scaleOf } from '../../../probes/metrics.ts';
import { labelsOf, recordOf } from '../../support/records.ts';

export const TICK_MS = 2000;

/** Midnight UTC of today: rows older than the retention would be deleted. */
export const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;

/** An observation as the row of `results` that it would be read from. */
export function resultRow(run: Observation, seq: number): ResultRow {
  return {
    agent: run.agent,
    labels: labelsOf(run.region),
    boot: 'boot-1',
    record: recordOf(seq, {
      probe: run.probe,
      type: run.type,
      target: run.target,
      scheduledMs: run.scheduledMs,
      outcome: run.outcome,
      metrics: run.metrics,
      attributes: {},
      ...(run.failure ? { failure: { ...run.failure, message: 'as the generator says' } } : {}),
      state: { ...recordOf(seq).state, disturbed: run.disturbed },
    }),
  };
}

let blocks = 0;

/** Inserts observations as a block, each as seen at its own time: that is for blocks only to say. seq is given by `nextSeq`, further columns by `labels`. */
export async function insert(
  store: Store,
  runs: readonly Observation[],
  nextSeq: () => number,
  labels: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  blocks += 1;
  await store.insertRows(
    'results',
    runs.map(({ metrics, failure, ...run }) => ({
      ...labels,
      collector: 'test',
      block: blocks,
      agent: run.agent,
      boot: 'boot-1',
      seq: nextSeq(),
      region: run.region,
      probe: run.probe,
      type: run.type,
      target: run.target,
      scheduled_at: new Date(run.scheduledMs).toISOString(),
      trigger: 'schedule',
      outcome: run.outcome,
      ...failure,
      metric: Object.keys(metrics),
      value: Object.entries(metrics).map(([name, value]) => Math.round(value * scaleOf(name))),
      disturbed: run.disturbed ? 1 : 0,
      ingested_at: new Date(Math.round(run.seenMs)).toISOString(),
    })),
  );
}

export const counter = (from = 0) => {
  let last = from;
  return () => {
    last += 1;
    return last;
  };
};

/** What detection asks of a registry, by id, region and state. */
export function agentViews(agents: readonly FleetAgent[]): AgentView[] {
  return agents.map(({ id, region, state }) => ({
    id,
    labels: labelsOf(region),
    capabilities: { probeTypes: ['http'], browser: '' },
    software: 'outrider/0.1.0',
    boot: 'boot-1',
    state,
    firstSeenMs: 0,
    lastSeenMs: 0,
    collector: 'c1',
    revision: 1,
    toldMs: 0,
    assignments: 1,
  }));
}

export interface Stage {
  nowMs: number;
  agents: readonly FleetAgent[];
}

/** Starts detection that ticks only when the test says so. */
export function detectionOver(
  store: DetectionOptions['store'],
  stage: Stage,
  more: Partial<DetectionOptions> = {},
): Promise<LiveDetection> {
  return startDetection({
    store,
    registry: { agents: () => agentViews(stage.agents) },
    clock: { wallMs: () => stage.nowMs, monotonicMs: () => stage.nowMs },
    log: pino({ level: 'silent' }),
    tickMs: 0,
    ...more,
  });
}
