/**
 * What a restart of the detector takes over a store that a thousand results a second come into: the time until it is up to date, and
 * how much it knows then, with what was saved and without. And what it holds in memory for a series.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { Detector } from '../../collector/detect/detector.ts';
import { seriesState, unpackNumbers } from '../../collector/detect/learned.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { CheckpointWriter } from '../../collector/incidents/checkpoint.ts';
import { INCIDENT_LIMITS } from '../../collector/incidents/limits.ts';
import { ResultReader } from '../../collector/incidents/result-reader.ts';
import { Watch } from '../../collector/incidents/watch.ts';
import { openStore } from '../../collector/store/open-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { probeOf } from '../../probes/registry.ts';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';

const REGIONS = 20;
const AGENTS = 500;
/** How often each of an agent's 20 checks runs, and how far back results of it are there: 10,000 series, 985 results a second. */
const CHECKS = [
  ...Array.from({ length: 5 }, () => ({ everyS: 5, backS: 900 })),
  ...Array.from({ length: 8 }, () => ({ everyS: 10, backS: 900 })),
  ...Array.from({ length: 4 }, () => ({ everyS: 30, backS: 900 })),
  ...Array.from({ length: 2 }, () => ({ everyS: 60, backS: 900 })),
  { everyS: 600, backS: 20 * 3600 },
];
const METRICS = ['ttfb_ms', 'dns_ms', 'connect_ms', 'tls_ms', 'total_ms'];
const SERIES = AGENTS * CHECKS.length;
const MINUTE_MS = 60_000;
/** Samples after which the windows of a series are full. */
const FULL_SAMPLES = 140;
const MEMORY_SERIES = 2000;

export async function restartRows(progress: Progress): Promise<Row[]> {
  progress(`restart: ${SERIES} series of ${METRICS.length} metrics, a thousand results a second`);
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
  const store = await openStore({ dataDir });
  try {
    // First, while nothing else comes and goes.
    const memory = memoryRows();
    return [...(await restarts(store, progress)), ...memory];
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function restarts(store: Store, progress: Progress): Promise<Row[]> {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  await fill(store, nowMs);
  const options = { store, log: pino({ level: 'silent' }) };
  const timed = async () => {
    const beganMs = performance.now();
    const { took, watch } = await Watch.begin(options, [], nowMs);
    const seconds = (performance.now() - beganMs) / 1000;
    progress(`restart: ${seconds.toFixed(1)} s, ${JSON.stringify(took)}`);
    return { seconds, ready: readyShare(watch.detector) };
  };
  const without = await timed();
  // As a collector that has run through has it: judged up to the last checkpoint before now.
  const savedMs = nowMs - INCIDENT_LIMITS.checkpointEveryMs.value;
  const saved = await save(store, await judgedUntil(store, savedMs), savedMs);
  const after = await timed();
  return [
    row('restart_from_history', without.seconds, 's'),
    row('restart_from_history_ready', without.ready, 'ratio'),
    row('restart_from_checkpoint', after.seconds, 's', { goal: atMost(30) }),
    row('restart_from_checkpoint_ready', after.ready, 'ratio', { goal: atLeast(0.99) }),
    row('checkpoint_writing', saved.seconds, 's'),
    row('checkpoint_a_series', saved.bytes / SERIES, 'bytes'),
  ];
}

/** Results as collectors would have taken them, made by the store itself: a block a second. */
async function fill(store: Store, nowMs: number): Promise<void> {
  const values = METRICS.map(
    (_, i) =>
      `toInt64(1000 * (${20 + 30 * i} + agent_no % 50) * (1 + (cityHash64(number, check_no, ${i}) % 1000) / 5000))`,
  );
  for (const [check, { backS, everyS }] of CHECKS.entries()) {
    const slots = Math.ceil(backS / everyS);
    await store.command(`
INSERT INTO results (collector, block, agent, boot, seq, region, probe, type, target, scheduled_at, trigger, outcome, metric, value, ingested_at)
WITH ${check} AS check_no, number % ${AGENTS} AS agent_no, intDiv(number, ${AGENTS}) AS slot,
  ${nowMs - backS * 1000} + slot * ${everyS * 1000} + cityHash64(agent_no, check_no) % ${everyS * 1000} AS at
SELECT 'bench', toUInt32(intDiv(at + 300, 1000) % 4000000000), concat('a', toString(agent_no)), 'boot', ${check} * 100000000 + number,
  concat('r', toString(agent_no % ${REGIONS})), 'check-${check}', 'http', 'site', fromUnixTimestamp64Milli(toInt64(at)),
  'schedule', 'ok', [${METRICS.map((name) => `'${name}'`).join()}], [${values.join()}], fromUnixTimestamp64Milli(toInt64(at + 300))
FROM numbers(${slots * AGENTS})`);
  }
}

async function judgedUntil(store: Store, untilMs: number): Promise<Detector> {
  const detector = new Detector({ judged: (type) => probeOf(type)?.judged });
  const fromMs = Math.min(...CHECKS.map(({ backS }) => untilMs - backS * 1000));
  const reader = new ResultReader(store, fromMs);
  do {
    for await (const page of reader.read(untilMs))
      for (const run of page) if (run.seenMs <= untilMs) detector.observe(run);
    // In one step: it is about what was learned.
    detector.advance(untilMs);
  } while (reader.behind);
  return detector;
}

async function save(
  store: Store,
  detector: Detector,
  atMs: number,
): Promise<{ seconds: number; bytes: number }> {
  const beganMs = performance.now();
  const writer = new CheckpointWriter(store, detector, pino({ level: 'silent' }), atMs - 60 * MINUTE_MS);
  for (let batch = 0; batch <= 2 * (SERIES / INCIDENT_LIMITS.checkpointBatch.value); batch += 1) {
    writer.step(atMs, 'detect/1');
    await writer.settled();
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const [size] = await store.query<{ bytes: number }>(
    "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE table = 'detector_state' AND active",
  );
  return { seconds, bytes: size?.bytes ?? Number.NaN };
}

/** The share of series whose judged metric has enough to be judged by. */
function readyShare(detector: Detector): number {
  const enough = detector.settings.minSamples;
  let ready = 0;
  for (const { kind, state } of detector.learned()) {
    if (kind !== 'series') continue;
    const judged = Object.values(seriesState(state).streams).filter(({ level }) => level);
    if (judged.some(({ window }) => unpackNumbers(window).length >= enough)) ready += 1;
  }
  return ready / SERIES;
}

/** What the processor's memory has more of once series are known well. */
function memoryRows(): Row[] {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const random = new Random(1);
  const before = used();
  const detector = new Detector({ judged: (type) => probeOf(type)?.judged });
  const startMs = 1_800_000_000_000;
  for (let sample = 0; sample < FULL_SAMPLES; sample += 1) {
    for (let i = 0; i < MEMORY_SERIES; i += 1) {
      const scheduledMs = startMs + sample * 10_000 + (i % 10_000);
      detector.observe({
        agent: `a${i % 100}`,
        region: `r${i % REGIONS}`,
        probe: `check-${Math.floor(i / 100)}`,
        type: 'http',
        target: 'site',
        scheduledMs,
        seenMs: scheduledMs + 100,
        outcome: 'ok',
        disturbed: false,
        metrics: Object.fromEntries(METRICS.map((name) => [name, random.lognormal(100, 0.2)])),
      });
    }
    detector.advance(startMs + (sample + 1) * 10_000 + 5000);
  }
  const bytes = (used() - before) / MEMORY_SERIES;
  // It must still be held when its memory is looked at.
  const held = detector.counters.observed;
  return [
    row('live_memory_a_series', bytes, 'bytes', { goal: atMost(20_000) }),
    row('live_memory_runs', held, '1'),
  ];
}
