/** Small valid values for the tests of the agent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Draft } from '../../agent/draft.ts';
import type { Probe, RunContext, RunResult } from '../../probes/probe.ts';
import type { Assignment, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { AgentState } from '../../protocol/record.ts';

export const LABELS: AgentLabels = {
  region: 'eu-west',
  country: 'IE',
  city: 'Dublin',
  lat: 53.3,
  lon: -6.2,
  asn: 64500,
  isp: 'Example',
  provider: 'test',
  network: 'datacenter',
  tags: [],
};

export const CALM: AgentState = {
  eventLoopDelayMs: 1,
  cpuRatio: 0.01,
  rssBytes: 70_000 * 1024,
  clockOffsetMs: 0,
  disturbed: false,
};

/** A folder of its own, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function assignment(changes: Partial<Assignment> = {}): Assignment {
  return {
    probe: 'home',
    type: 'echo',
    target: { name: 'origin', url: 'http://video.sandbox.test/', labels: {} },
    everyMs: 1000,
    timeoutMs: 1000,
    params: {},
    effectiveFromMs: 0,
    ...changes,
  };
}

/** Stands for the instant of the first welcome, see `begun`. */
export const UNBEGUN_MS = -1;

/**
 * The schedule as a collector sends it: what has not begun yet begins now, when the agent is there to hear it. Nobody expects
 * slots of the time before.
 */
export function begun(schedule: Schedule): Schedule {
  for (const one of schedule.assignments)
    if (one.effectiveFromMs === UNBEGUN_MS) Object.assign(one, { effectiveFromMs: Date.now() });
  return schedule;
}

export function draft(scheduledMs = 1_700_000_000_000, changes: Partial<Draft> = {}): Draft {
  return {
    probe: 'home',
    type: 'echo',
    target: 'origin',
    scheduledMs,
    latenessMs: 0.5,
    durationMs: 12.25,
    trigger: 'schedule',
    requestId: '',
    outcome: 'ok',
    metrics: { ttfb_ms: 10.5 },
    attributes: { http_status: '200' },
    state: CALM,
    ...changes,
  };
}

export const OK: RunResult = { outcome: 'ok', metrics: { ttfb_ms: 1 }, attributes: {}, phases: [] };

/** A probe that does what it is told. */
export function probeThat(
  run: (context: RunContext, params: { word?: string | undefined }) => Promise<RunResult>,
  changes: Partial<Probe> = {},
): Probe {
  return {
    type: 'echo',
    lane: 'light',
    summary: 'Does what the test says.',
    params: z.strictObject({ word: z.string().optional() }),
    metrics: ['ttfb_ms'],
    judged: [],
    defaults: { everyMs: 1000, timeoutMs: 1000 },
    run: (context, _target, params) => run(context, params as { word?: string }),
    ...changes,
  };
}
