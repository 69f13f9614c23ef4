/**
 * A process for the crash test: uses a spool as an agent does, as fast as it can, until it is killed. What it is about to tell
 * the collector, and what is committed, it says on stdout first, a line each, so that no kill can take it back:
 *
 *     stored N            results 1 … N of this boot are committed
 *     sent BOOT FROM TO   these go out
 *     ack BOOT SEQ        the collector acknowledges all up to SEQ
 *     lost BOOT SEQ       the connection breaks; of what was sent the collector got no further than SEQ
 *     done                everything is delivered (mode `deliver`)
 */
import { writeSync } from 'node:fs';
import type { Draft } from '../../agent/draft.ts';
import { IntervalSet } from '../../agent/interval-set.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';

const [dataDir = '', boot = '', seed = '0', mode = 'trouble', held = '{}'] = process.argv.slice(2);
const random = new Random(Number(seed));
/** Room for some 40 results: what a collector does not take soon is dropped. */
const BYTES_MAX = 20_000;

const say = (line: string): void => void writeSync(1, `${line}\n`);
const spool = new Spool({
  dataDir,
  boot,
  clock: systemClock,
  timers: systemTimers,
  bytesMax: BYTES_MAX,
  onCommitted: () => say(`stored ${spool.lastSeq}`),
});
const settled = new IntervalSet();
const cursors = new Map<string, number>();
const acked = new Map<string, number>();
let slot = 0;

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
    attributes: { text: 'x'.repeat(Math.floor(random.uniform(0, 200))) },
    state: { eventLoopDelayMs: 0, cpuRatio: 0, rssBytes: 0, clockOffsetMs: 0, disturbed: false },
  };
}

const whole = (low: number, high: number): number => Math.floor(random.uniform(low, high + 1));

/** A new session: the collector says of each boot how far it has come. */
function begin(heldOf: (name: string) => number): void {
  cursors.clear();
  for (const name of spool.boots()) {
    spool.heldAtStart(name, heldOf(name));
    cursors.set(name, heldOf(name));
    acked.set(name, heldOf(name));
  }
}

function send(name: string, limit: number): boolean {
  const { records } = spool.read(name, cursors.get(name) ?? 0, limit);
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return false;
  say(`sent ${name} ${first.seq} ${last.seq}`);
  spool.sent(name, last.seq);
  cursors.set(name, last.seq);
  return true;
}

function acknowledge(name: string, seq: number): void {
  say(`ack ${name} ${seq}`);
  acked.set(name, seq);
  spool.acked(name, seq);
}

const STEPS: readonly (() => void)[] = [
  () => {
    const count = whole(1, 20);
    for (let i = 0; i < count; i += 1) {
      slot += 1;
      settled.add(slot);
      spool.add([result(slot)], { key: boot, settled });
    }
  },
  () => {
    slot += 1;
    settled.add(slot);
    spool.giveUp('backfill_limit', 1, { key: boot, settled });
  },
  () => void spool.commit(),
  () => void send(pick([...cursors.keys()]), whole(1, 60)),
  () => void send(boot, whole(1, 60)),
  () => {
    const name = pick([...cursors.keys()]);
    acknowledge(name, whole(acked.get(name) ?? 0, cursors.get(name) ?? 0));
  },
  () => {
    const reached = new Map([...cursors].map(([name, seq]) => [name, whole(acked.get(name) ?? 0, seq)]));
    for (const [name, seq] of reached) say(`lost ${name} ${seq}`);
    begin((name) => reached.get(name) ?? acked.get(name) ?? 0);
  },
  () => spool.maintain(random.chance(0.5)),
];

function pick(names: readonly string[]): string {
  return names[whole(0, names.length - 1)] ?? boot;
}

function trouble(): void {
  for (let burst = 0; burst < 5; burst += 1) STEPS[whole(0, STEPS.length - 1)]?.();
  setImmediate(trouble);
}

function deliver(): void {
  for (const name of spool.boots()) {
    while (send(name, 1000)) {}
    acknowledge(name, cursors.get(name) ?? 0);
  }
  spool.close();
  say('done');
}

const known = JSON.parse(held) as Record<string, number>;
begin((name) => known[name] ?? 0);
if (mode === 'deliver') deliver();
else trouble();
