/** Whether 500 uploads at once on one light agent leave anything behind: sockets, files, memory. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { BenchFleet } from './support/bench-fleet.ts';
import { collectGarbage, INSPECTABLE } from './support/collect-garbage.ts';
import { filesOf, type OpenFiles } from './support/open-files.ts';
import { residentBytes } from './support/process-use.ts';
import { TruthServer } from './support/truth-server.ts';

const AT_ONCE = 500;
/** More checks than that, each under way for most of its interval. */
const CHECKS = 560;
const EVERY_MS = 20_000;
const COMMIT_MS = 18_500;
const BYTES = 64 * 1024;
/** Two intervals: all of them begin in the first, and are seen together in the second. */
const CROWD_MS = 2 * EVERY_MS;
/** After the first the heap has the size that it takes; what the second adds is left behind. */
const CROWDS = 2;
const DRAINED_MS = 60_000;
const SETTLE_MS = 5000;
const LOOK_MS = 500;
const MB = 1e6;
const PROBE = 'bench-upload';
/** As many as it takes: a probe has a hundred targets at most. */
const PROBES = 7;

interface Use extends OpenFiles {
  readonly bytes: number;
}

export async function crowdRows(progress: Progress): Promise<Row[]> {
  const fleet = await BenchFleet.start(1);
  const server = await TruthServer.start('127.0.0.1');
  try {
    const cacheDir = join(fleet.dataDir, 'cache');
    mkdirSync(cacheDir);
    const agent = await fleet.startAgent(cacheDir, {
      more: { lightConcurrency: CHECKS },
      env: INSPECTABLE,
    });
    const { pid } = agent.process;
    const idleSockets = filesOf(pid).sockets;
    progress('crowd: a few uploads first, for what stays once and for all');
    await server.treat({ commitMs: 0 });
    await apply(fleet, server, 4 * PROBES, 1000);
    await sleep(SETTLE_MS);
    await remove(fleet, pid, idleSockets);
    await server.treat({ commitMs: COMMIT_MS });
    await collectGarbage(agent.process);
    const uses = [useOf(pid)];
    let peak = useOf(pid);
    for (let crowd = 1; crowd <= CROWDS; crowd += 1) {
      progress(`crowd ${crowd} of ${CROWDS}: ${AT_ONCE} uploads at once for ${CROWD_MS / 1000} s`);
      await apply(fleet, server, CHECKS, EVERY_MS);
      peak = await peakOf(pid, peak);
      await remove(fleet, pid, idleSockets);
      await collectGarbage(agent.process);
      uses.push(useOf(pid));
    }
    return [...rowsOf(uses, peak), ...(await outcomeRows(fleet))];
  } finally {
    await server.close();
    await fleet.stop();
  }
}

const useOf = (pid: number): Use => ({ ...filesOf(pid), bytes: residentBytes(pid) });

/** The most of each, looked at now and then. */
async function peakOf(pid: number, before: Use): Promise<Use> {
  let peak = before;
  const untilMs = performance.now() + CROWD_MS;
  while (performance.now() < untilMs) {
    await sleep(LOOK_MS);
    const now = useOf(pid);
    peak = {
      sockets: Math.max(peak.sockets, now.sockets),
      files: Math.max(peak.files, now.files),
      bytes: Math.max(peak.bytes, now.bytes),
    };
  }
  return peak;
}

async function apply(fleet: BenchFleet, server: TruthServer, count: number, everyMs: number): Promise<void> {
  const targets = Array.from({ length: count }, (_, at) => ({
    name: `bench-${at}`,
    url: `${server.urls.plain}/put/${at}`,
    labels: {},
  }));
  const probes = Array.from({ length: PROBES }, (_, at) => ({
    name: `${PROBE}-${at}`,
    type: 'upload',
    targets: targets.filter((_, target) => target % PROBES === at).map(({ name }) => name),
    every: `${everyMs}ms`,
    timeout: `${everyMs - 500}ms`,
    params: { protocol: 'put', sizeBytes: BYTES, cleanup: false },
  }));
  const spec = { version: 1, targets, probes };
  await fleet.client.post('/api/v1/probes/apply', { spec, dry_run: false });
}

/** Resolves when no more sockets are open than in the idle agent, or when that should be so. */
async function remove(fleet: BenchFleet, pid: number, idleSockets: number): Promise<void> {
  for (let at = 0; at < PROBES; at += 1) await fleet.client.delete(`/api/v1/probes/${PROBE}-${at}`);
  const untilMs = performance.now() + DRAINED_MS;
  while (filesOf(pid).sockets > idleSockets && performance.now() < untilMs) await sleep(LOOK_MS);
  await sleep(SETTLE_MS);
}

/** `uses`: before any crowd, and after each. What the last one left is what another one would leave. */
function rowsOf(uses: readonly Use[], peak: Use): Row[] {
  const [before, after, previous] = [uses[0], uses.at(-1), uses.at(-2)] as [Use, Use, Use];
  const none = { goal: atMost(0) };
  const payloads = (peak.sockets - before.sockets) * BYTES + before.bytes;
  return [
    row('crowd_sockets_at_once', peak.sockets - before.sockets, 'sockets', { goal: atLeast(AT_ONCE) }),
    row('crowd_sockets_left', after.sockets - before.sockets, 'sockets', none),
    row('crowd_files_left', after.files - before.files, 'files', none),
    row('crowd_memory_left', (after.bytes - previous.bytes) / MB, 'MB', { goal: atMost(10) }),
    row('crowd_memory_after', after.bytes / MB, 'MB', {
      peer: { name: 'before the first crowd', value: before.bytes / MB },
    }),
    row('crowd_memory_peak', peak.bytes / MB, 'MB', {
      peer: { name: 'the payloads under way, and the agent before', value: payloads / MB },
    }),
  ];
}

/** What the collector has of them. */
async function outcomeRows(fleet: BenchFleet): Promise<Row[]> {
  const sql = `SELECT toUInt32(countIf(outcome = 'ok')), toUInt32(countIf(outcome = 'fail')) FROM results WHERE startsWith(probe, '${PROBE}-')`;
  const { rows } = await fleet.client.post<{ rows: [[number, number]] }>('/api/v1/query', { sql });
  const [ok, failed] = rows[0];
  return [row('crowd_uploads', ok, 'results'), row('crowd_failed', failed, 'results', { goal: atMost(0) })];
}
