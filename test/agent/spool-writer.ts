/** A process for the crash test: spools results as fast as it can and prints how many are committed. */

import type { Draft } from '../../agent/draft.ts';
import { IntervalSet } from '../../agent/interval-set.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';

const [dataDir = '', boot = ''] = process.argv.slice(2);
const settled = new IntervalSet();

const spool = new Spool({
  dataDir,
  boot,
  clock: systemClock,
  timers: systemTimers,
  onCommitted: () => process.stdout.write(`${spool.lastSeq}\n`),
});

function result(index: number): Draft {
  return {
    probe: 'home',
    type: 'echo',
    target: 'origin',
    scheduledMs: index * 1000,
    latenessMs: 0,
    durationMs: 1,
    trigger: 'schedule',
    requestId: '',
    outcome: 'ok',
    metrics: { ttfb_ms: 1 },
    attributes: {},
    state: { eventLoopDelayMs: 0, cpuRatio: 0, rssBytes: 0, clockOffsetMs: 0, disturbed: false },
  };
}

let index = 0;
setInterval(() => {
  for (let burst = 0; burst < 3; burst += 1) {
    index += 1;
    settled.add(index);
    spool.add([result(index)], { key: boot, settled });
  }
}, 1);
