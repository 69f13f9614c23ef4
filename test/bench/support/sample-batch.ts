/** A batch as agents send it: real runs of the default light probes against the reference origin, in the proportions of `up`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DelaySampler } from '../../../agent/delay-sampler.ts';
import { type Draft, runDraft } from '../../../agent/draft.ts';
import { type RunnerOptions, runOnce } from '../../../agent/runner.ts';
import { userAgentOf } from '../../../agent/software.ts';
import { systemClock, systemTimers } from '../../../agent/time.ts';
import { SANDBOX_HOST, sandboxProbes } from '../../../cli/up/default-probes.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import { probeOf } from '../../../probes/registry.ts';
import { parseDurationMs } from '../../../probes/spec.ts';
import type { Assignment } from '../../../protocol/frame.ts';
import type { RecordBatch } from '../../../protocol/record.ts';
import { sessionIdOf } from '../../../protocol/session-id.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { startFaultProxy, startOrigin } from '../../../sandbox/index.ts';

const AGENT = 'eu-west-1';
const BOOT = '0b1ff2a0-5d3c-4c7e-9a55-1d2f6f1f0c11';

/** Waited before each run, as a slot is waited for, so that lateness is a real one. */
const UNTIL_SLOT_MS = 5;

interface Due {
  readonly check: Omit<Assignment, 'effectiveFromMs'>;
  readonly slotMs: number;
}

/** Runs the first `results` slots of one agent, one after the other and without the waiting in between. */
export async function sampleBatch(results: number): Promise<RecordBatch> {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
  const origin = await startOrigin({ dataDir });
  const proxy = await startFaultProxy({
    region: 'eu-west',
    upstream: { host: '127.0.0.1', port: origin.port },
    clock: systemClock,
    random: Math.random,
  });
  try {
    const runner = runnerThrough(proxy.port);
    const drafts: Draft[] = [];
    for (const due of dueSlots(results)) drafts.push(await runDue(runner, due));
    return { boot: BOOT, records: drafts.map((draft, i) => ({ seq: 4711 + i, ...draft })) };
  } finally {
    await proxy.close();
    await origin.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function runnerThrough(proxyPort: number): RunnerOptions {
  return {
    clock: systemClock,
    timers: systemTimers,
    sampler: new DelaySampler(systemClock, systemTimers),
    clockOffsetMs: () => 0,
    context: {
      clock: systemClock,
      random: Math.random,
      network: createNetwork({
        policy: { allow: ['127.0.0.0/8'], deny: [] },
        connectTo: { [`${SANDBOX_HOST}:80`]: `127.0.0.1:${proxyPort}` },
        nameServers: [],
      }),
      agent: { id: AGENT, region: 'eu-west' },
      userAgent: userAgentOf(AGENT),
    },
  };
}

/** The first slots of the default light probes, in their order in time. */
function dueSlots(count: number): Due[] {
  const { probes, targets } = sandboxProbes(false);
  const fromMs = Date.now();
  const checks = probes.flatMap(({ name, type, targets: names, every, timeout, params }) =>
    targets
      .filter((target) => names.includes(target.name))
      .map((target) => ({
        probe: name,
        type,
        target,
        params,
        everyMs: parseDurationMs(every) ?? Number.NaN,
        timeoutMs: parseDurationMs(timeout ?? '5s') ?? Number.NaN,
      })),
  );
  const slots = checks.flatMap((check) => {
    const series = slotSeries(check.probe, check.target.name, AGENT, check.everyMs);
    const firstMs = slotAtOrAfter(series, fromMs);
    return Array.from({ length: count }, (_, i) => ({ check, slotMs: firstMs + i * check.everyMs }));
  });
  return slots.sort((a, b) => a.slotMs - b.slotMs).slice(0, count);
}

async function runDue(runner: RunnerOptions, { check, slotMs }: Due): Promise<Draft> {
  const scheduledMs = Date.now() + UNTIL_SLOT_MS;
  await sleep(UNTIL_SLOT_MS);
  const run = { boot: BOOT, probe: check.probe, target: check.target.name, scheduledMs, requestId: '' };
  const named = { ...check, sessionId: sessionIdOf(run) };
  const end = await runOnce(runner, probeOf(check.type), named, new AbortController().signal);
  const draft = runDraft({ assignment: check, scheduledMs, trigger: 'schedule', requestId: '' }, end);
  if (draft.outcome !== 'ok')
    throw new Error(`${check.probe} on ${check.target.name} failed: ${draft.failure?.message}`);
  return { ...draft, scheduledMs: Math.round(slotMs) };
}
