/** What a simulation tells the process that started it, over the channel between them: how it goes, and how it ended. */
import type { SimFleet } from './fleet.ts';
import type { Percentiles } from './histogram.ts';
import type { SimulateSummary } from './summary.ts';

/** Every half second. Counts since the start. */
export interface SimulateSnapshot {
  readonly type: 'snapshot';
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Agents welcomed at least once, and those with a session now. */
  readonly welcomed: number;
  readonly connected: number;
  readonly reconnects: number;
  readonly made: number;
  readonly missed: number;
  readonly sent: number;
  readonly acked: number;
  readonly spooled: number;
  readonly dropped: number;
  /** How long the oldest result that is not acknowledged has waited, milliseconds; 0 when there is none. */
  readonly oldestMs: number;
  /** Result made to acknowledged, of those since the last `SimulateMark`; null when there were none. */
  readonly ackMs: Percentiles | null;
}

export interface SimulateEnd {
  readonly type: 'summary';
  readonly summary: SimulateSummary;
}

/** From the parent: ack times are counted anew from now on. */
export interface SimulateMark {
  readonly type: 'mark';
}

const EVERY_MS = 500;

/** Reports on the fleet until the process ends; does nothing where there is no channel. */
export function reportToParent(fleet: SimFleet): void {
  if (!process.send) return;
  const { tally } = fleet;
  process.on('message', ({ type }: Partial<SimulateMark>) => {
    if (type === 'mark') tally.markedAckMs.clear();
  });
  const timer = setInterval(() => send(snapshotOf(fleet)), EVERY_MS);
  timer.unref();
}

export function reportEnd(summary: SimulateSummary): void {
  send({ type: 'summary', summary });
}

function send(message: SimulateSnapshot | SimulateEnd): void {
  if (process.connected) process.send?.(message);
}

function snapshotOf(fleet: SimFleet): SimulateSnapshot {
  const { connected, reconnects, made, missed, sent, acked, spooled, dropped, markedAckMs } = fleet.tally;
  return {
    type: 'snapshot',
    atMs: Date.now(),
    welcomed: fleet.welcomed,
    ...{ connected, reconnects, made, missed, sent, acked, spooled, dropped },
    oldestMs: fleet.oldestMs,
    ackMs: markedAckMs.percentiles() ?? null,
  };
}
