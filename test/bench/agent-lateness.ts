/** How late runs start when one agent has 200 probes each second, by its own account and by the packets of its runs. */
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { AccuracyStage, type Load } from './support/accuracy-stage.ts';
import { timesOf } from './support/bench-settings.ts';
import { PacketCapture } from './support/packet-capture.ts';
import { median, percentile } from './support/stats.ts';

const LOAD: Load = { perSecond: 200, seconds: 40 };
const P99_MS = 20;
/** A slot at either end of the stretch may be left out, none else. */
const STARTED_SHARE = 0.99;

export async function latenessRows(progress: Progress): Promise<Row[]> {
  const seconds = Math.ceil((LOAD.seconds * timesOf('OUTRIDER_BENCH_PERCENT', 100)) / 100);
  const missing = PacketCapture.missing();
  if (missing !== undefined) progress(`lateness by the agent’s own account alone: ${missing}`);
  const stage = await AccuracyStage.open(1);
  try {
    const agent = await stage.startAgent();
    progress(`lateness: ${LOAD.perSecond} probes each second for ${seconds} s`);
    const seen = await stage.measure(agent, { ...LOAD, seconds }, missing === undefined);
    const late = seen.map(({ run }) => run.latenessMs);
    const byPackets = seen.flatMap(({ run, flow }) => (flow ? [flow.startMs - run.scheduledMs] : []));
    return [
      row('lateness_started', seen.length / (LOAD.perSecond * seconds), '1', {
        goal: atLeast(STARTED_SHARE),
      }),
      row('lateness_median', median(late), 'ms'),
      row('lateness_p99', percentile(late, 0.99), 'ms', { goal: atMost(P99_MS) }),
      row('lateness_worst', Math.max(...late), 'ms'),
      ...(byPackets.length === 0
        ? []
        : [row('lateness_first_packet_p99', percentile(byPackets, 0.99), 'ms', { goal: atMost(P99_MS) })]),
    ];
  } finally {
    await stage.close();
  }
}
