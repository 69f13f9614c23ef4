/**
 * Whether the phases of the `http` probe are what happened on the wire: against the times of packets, at several rates, with and
 * without an event loop that stands still; and how far off `prometheus-blackbox-exporter` is on the same server.
 */
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { AccuracyStage, type Load, type SeenRun } from './support/accuracy-stage.ts';
import { timesOf } from './support/bench-settings.ts';
import { BlackboxExporter } from './support/blackbox-exporter.ts';
import { BLACKBOX_CONFIG, blackboxKindAt, blackboxPhases } from './support/blackbox-phases.ts';
import { errorTable } from './support/error-table.ts';
import type { PhaseTimes } from './support/flow-times.ts';
import { isBlocked } from './support/loop-blocks.ts';
import { Paced } from './support/paced.ts';
import { PacketCapture } from './support/packet-capture.ts';
import {
  disturbedShare,
  type ErrorSummary,
  type MatchedRun,
  summaryOf,
  worstErrorMs,
} from './support/phase-errors.ts';

/** What is held against the packets: milliseconds. */
const MEDIAN_MS = 0.5;
const P99_MS = 3;
const BLOCK_MS = 80;
/** Fewer than that prove nothing. */
const BLOCKED_RUNS = 50;
/** Packets of a run are lost when the kernel has no room for them. */
const MATCHED_SHARE = 0.99;

/** Percent of what is promised, for trials. */
const percent = () => timesOf('OUTRIDER_BENCH_PERCENT', 100) / 100;

const LOADS: readonly Load[] = [
  { perSecond: 1, seconds: 60 },
  { perSecond: 20, seconds: 30 },
  { perSecond: 100, seconds: 30 },
];
const BLOCKED_LOAD: Load = { perSecond: 40, seconds: 30, slowEach: 10 };

export async function accuracyRows(progress: Progress, print: Progress): Promise<Row[]> {
  const missing = PacketCapture.missing();
  if (missing !== undefined) {
    progress(`no packets to hold phases against, so no accuracy: ${missing}`);
    return [];
  }
  const stage = await AccuracyStage.open(2);
  try {
    const agent = await stage.startAgent();
    const measured: {
      readonly load: Load;
      readonly seen: readonly SeenRun[];
      readonly peer: readonly MatchedRun[];
    }[] = [];
    const peer = await startPeer(progress);
    try {
      for (const promised of LOADS) {
        const load = { ...promised, seconds: Math.ceil(promised.seconds * percent()) };
        progress(`accuracy: ${load.perSecond} runs a second for ${load.seconds} s`);
        const seen = await stage.measure(agent, load);
        if (peer) progress(`accuracy: the same by blackbox_exporter`);
        measured.push({ load, seen, peer: peer ? await peerRuns(stage, peer, load) : [] });
      }
    } finally {
      await peer?.stop();
    }
    await agent.process.stop();
    const rows = measured.flatMap((one) => loadRows(one, print));
    return [...rows, ...(await blockedRows(stage, progress))];
  } finally {
    await stage.close();
  }
}

async function startPeer(progress: Progress): Promise<BlackboxExporter | undefined> {
  const missing = BlackboxExporter.missing();
  if (missing === undefined) return await BlackboxExporter.start(BLACKBOX_CONFIG);
  progress(missing);
  return undefined;
}

function matched(seen: readonly SeenRun[]): MatchedRun[] {
  return seen.flatMap(({ run, flow }) =>
    flow && run.isOk ? [{ reported: run.reported, truth: flow.times, isDisturbed: run.isDisturbed }] : [],
  );
}

/** What blackbox_exporter says of as many requests. */
async function peerRuns(
  stage: AccuracyStage,
  peer: BlackboxExporter,
  { perSecond, seconds }: Load,
): Promise<readonly MatchedRun[]> {
  let count = 0;
  const reported = new Map<string, PhaseTimes>();
  const { runs } = await stage.observe(async () => {
    const paced = new Paced(perSecond, async () => {
      const index = count;
      count += 1;
      const [kind, run] = [blackboxKindAt(index), `peer-${perSecond}-${index}`];
      const phases = blackboxPhases(await peer.probe(`${stage.server.url(kind)}/?run=${run}`, kind));
      if (phases) reported.set(run, phases);
    });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await paced.stop();
    return reported;
  });
  return runs;
}

function loadRows(
  {
    load,
    seen,
    peer,
  }: { readonly load: Load; readonly seen: readonly SeenRun[]; readonly peer: readonly MatchedRun[] },
  print: Progress,
): Row[] {
  const runs = matched(seen);
  const [own, others] = [summaryOf(runs), summaryOf(peer)];
  print(errorTable(`${load.perSecond} runs a second, reported against packets`, own, others));
  const at = `${load.perSecond}_per_s`;
  const theirs = (pick: (summary: ErrorSummary) => number) =>
    others.size === 0 ? {} : { peer: { name: 'blackbox_exporter', value: worst(others, pick) } };
  return [
    row(`accuracy_runs_${at}`, seen.length, 'runs'),
    row(`accuracy_matched_${at}`, runs.length / seen.length, '1', { goal: atLeast(MATCHED_SHARE) }),
    row(`accuracy_disturbed_${at}`, disturbedShare(runs), '1'),
    row(`accuracy_median_worst_phase_${at}`, worst(own, medianOf), 'ms', {
      goal: atMost(MEDIAN_MS),
      ...theirs(medianOf),
    }),
    row(`accuracy_p99_worst_phase_${at}`, worst(own, p99Of), 'ms', {
      goal: atMost(P99_MS),
      ...theirs(p99Of),
    }),
  ];
}

const medianOf = ({ medianMs }: ErrorSummary): number => medianMs;
const p99Of = ({ p99Ms }: ErrorSummary): number => p99Ms;

function worst(summary: ReadonlyMap<string, ErrorSummary>, pick: (summary: ErrorSummary) => number): number {
  return Math.max(...[...summary.values()].map(pick));
}

/** An agent that stands still now and then, some of whose runs take so long that a block is a small part of them. */
async function blockedRows(stage: AccuracyStage, progress: Progress): Promise<Row[]> {
  const load = { ...BLOCKED_LOAD, seconds: Math.ceil(BLOCKED_LOAD.seconds * percent()) };
  progress(`accuracy: an agent that stands still for ${BLOCK_MS} ms now and then, ${load.seconds} s`);
  const agent = await stage.startAgent(BLOCK_MS);
  const seen = await stage.measure(agent, load);
  const blocks = stage.blocks();
  const blocked = matched(seen.filter(({ flow }) => flow && isBlocked(blocks, flow)));
  const wrong = blocked.filter((run) => worstErrorMs(run) > P99_MS);
  return [
    row('blocked_runs', blocked.length, 'runs', { goal: atLeast(BLOCKED_RUNS) }),
    row('blocked_wrong', wrong.length, 'runs', { goal: atLeast(1) }),
    row('blocked_wrong_unmarked', wrong.filter(({ isDisturbed }) => !isDisturbed).length, 'runs', {
      goal: atMost(0),
    }),
  ];
}
