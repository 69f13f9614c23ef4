/** A link on a spool of its own, as an agent has it. */
import { onTestFinished } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import type { EvidenceSpool } from '../../agent/evidence/evidence-spool.ts';
import { Link, type LinkOptions } from '../../agent/link.ts';
import type { SessionEnd } from '../../agent/session.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import type { RunNow, Schedule } from '../../protocol/frame.ts';
import { draft, LABELS, temporaryFolder } from './fixtures.ts';
import type { VirtualTime } from './virtual-time.ts';

export const drafts = (count: number) => Array.from({ length: count }, (_, index) => draft(1000 + index));

export interface LinkSettings {
  readonly dataDir?: string;
  readonly boot?: string;
  readonly returnMs?: number;
  readonly time?: VirtualTime;
  readonly evidence?: EvidenceSpool;
  readonly identity?: LinkOptions['identity'];
  readonly authorities?: LinkOptions['authorities'];
  random?(): number;
}

/** A spool with a link that has not been started yet, and what it heard. */
export function linkTo(collectors: readonly string[], options: LinkSettings = {}) {
  const { clock, timers } = options.time ?? { clock: systemClock, timers: systemTimers };
  const ends: SessionEnd[] = [];
  const urls: string[] = [];
  const schedules: Schedule[] = [];
  const runs: RunNow[] = [];
  const offset = new ClockOffset(clock);
  const spool = new Spool({
    dataDir: options.dataDir ?? temporaryFolder(),
    boot: options.boot ?? 'boot-1',
    clock,
    timers,
    onCommitted: () => link.notify(),
  });
  const link = new Link({
    collectors,
    clock,
    timers,
    ...(options.returnMs === undefined ? {} : { returnMs: options.returnMs }),
    ...(options.evidence === undefined ? {} : { evidence: options.evidence }),
    ...(options.identity && { identity: options.identity }),
    ...(options.authorities && { authorities: options.authorities }),
    // No jitter left: reconnects come at once.
    random: options.random ?? (() => 0),
    spool,
    offset,
    hello: () => ({
      agent: 'agent-1',
      labels: LABELS,
      capabilities: { probeTypes: ['echo'], browser: '' },
      software: 'test',
      scheduleRevision: 0,
    }),
    health: () => ({
      pending: spool.pending,
      running: 0,
      dropped: spool.dropped,
      scheduleRevision: 0,
      eventLoopDelayMs: 0,
      cpuRatio: 0,
      rssBytes: 1,
      clockOffsetMs: offset.offsetMs(),
      lastError: '',
    }),
    onWelcome: (welcome) => schedules.push(welcome.schedule),
    onSchedule: (schedule) => schedules.push(schedule),
    onRunNow: (run) => runs.push(run),
    onConnected: (url) => urls.push(url),
    onDisconnected: (_url, end) => ends.push(end),
  });
  onTestFinished(async () => {
    await link.stop(0, 'test over', 0);
    spool.close();
  });
  return { link, spool, offset, ends, urls, schedules, runs };
}
