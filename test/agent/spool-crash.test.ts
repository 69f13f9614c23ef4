import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { temporaryFolder } from './fixtures.ts';

const KILLS = 40;
const SEED = 20_261_121;
/** Longest life of a process after its first line; some are killed before it. */
const LIFE_MS = 250;

/** What the collector has of each boot, by what the agents said before they did it. */
class Collector {
  /** Every result that arrived: `boot seq`. */
  readonly has = new Set<string>();
  readonly held = new Map<string, number>();
  /** Sent in this session, and how far that was acknowledged. */
  readonly #sent = new Map<string, [from: number, to: number][]>();
  readonly #acked = new Map<string, number>();
  /** Highest seq that was said to be committed. */
  stored = 0;

  hears(line: string): void {
    const [what, boot = '', first = 0, last = 0] = line.split(' ');
    if (what === 'stored') this.stored = Number(boot);
    if (what === 'sent')
      this.#sent.set(boot, [...(this.#sent.get(boot) ?? []), [Number(first), Number(last)]]);
    if (what === 'ack') this.#acked.set(boot, Number(first));
    if (what === 'lost') this.#arrived(boot, Number(first));
  }

  /** The session is over: of each boot it got some of what was sent, and at least what it acknowledged. */
  cut(random: Random): void {
    for (const [boot, sent] of [...this.#sent]) {
      const least = Math.max(this.#acked.get(boot) ?? 0, this.held.get(boot) ?? 0);
      const most = sent.at(-1)?.[1] ?? 0;
      this.#arrived(boot, Math.floor(random.uniform(least, most + 1)));
    }
    this.#acked.clear();
  }

  #arrived(boot: string, until: number): void {
    for (const [from, to] of this.#sent.get(boot) ?? [])
      for (let seq = from; seq <= Math.min(to, until); seq += 1) {
        if (this.has.has(`${boot} ${seq}`)) throw new Error(`${boot} ${seq} arrived twice`);
        this.has.add(`${boot} ${seq}`);
      }
    this.#sent.delete(boot);
    this.held.set(boot, Math.max(until, this.held.get(boot) ?? 0));
  }
}

function start(dataDir: string, boot: string, seed: number, mode: string, collector: Collector) {
  const held = JSON.stringify(Object.fromEntries(collector.held));
  const script = join(import.meta.dirname, 'spool-writer.ts');
  return spawn(process.execPath, [script, dataDir, boot, String(seed), mode, held], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** One process from start to kill; the collector has heard all that it said. */
async function live(dataDir: string, boot: string, random: Random, collector: Collector): Promise<void> {
  const child = start(dataDir, boot, Math.floor(random.uniform(0, 1e9)), 'trouble', collector);
  const gone = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const firstLine = once(lines, 'line');
  collector.stored = 0;
  lines.on('line', (line) => collector.hears(line));
  const closed = once(lines, 'close');
  // One in eight dies while it starts, the others amid their work.
  const lifeMs = random.uniform(0, LIFE_MS);
  if (!random.chance(1 / 8)) await firstLine;
  await sleep(lifeMs);
  child.kill('SIGKILL');
  await Promise.all([gone, closed]);
  collector.cut(random);
}

/** What is on disk, looked at by a process that begins nothing. */
function look<T>(dataDir: string, name: string, read: (spool: Spool) => T): T {
  const spool = new Spool({ dataDir, boot: name, clock: systemClock, timers: systemTimers });
  try {
    expect(spool.asideFile).toBeUndefined();
    return read(spool);
  } finally {
    spool.close();
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

/** Slots that are settled by results or by giving up; each boot settles 1, 2, 3 … */
function settledSlots(spool: Spool): Map<string, number> {
  return new Map(
    [...spool.loadSettled()].map(([boot, settled]) => {
      const ranges = settled.ranges();
      expect(ranges).toHaveLength(1);
      expect(ranges[0]?.[0]).toBe(1);
      return [boot, (ranges[0]?.[1] ?? 1) - 1];
    }),
  );
}

describe('a spool whose process is killed -9 between any two instructions', () => {
  it(`is whole after each of ${KILLS} kills, and in the end every slot is at the collector or counted as dropped, once`, async () => {
    const dataDir = temporaryFolder();
    const random = new Random(SEED);
    const collector = new Collector();
    const settledBefore = new Map<string, number>();
    let committed = 0;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const boot = `boot-${kill}`;
      await live(dataDir, boot, random, collector);
      look(dataDir, `reader-${kill}`, (spool) => {
        for (const name of spool.boots()) {
          const seqs = spool.read(name, 0, 100_000).records.map((record) => record.seq);
          // The oldest of a boot goes first, acknowledged or dropped: what is left has no gap.
          expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
          if (name === boot && seqs.length > 0) expect(seqs.at(-1)).toBeGreaterThanOrEqual(collector.stored);
        }
        const settled = settledSlots(spool);
        expect(settled.get(boot) ?? 0).toBeGreaterThanOrEqual(collector.stored);
        // What earlier processes had settled stays settled.
        for (const [name, slots] of settledBefore) expect(settled.get(name)).toBe(slots);
        for (const [name, slots] of settled) settledBefore.set(name, slots);
        committed += collector.stored;
      });
    }
    const last = start(dataDir, 'boot-last', 0, 'deliver', collector);
    const lines = createInterface({ input: last.stdout });
    let done = false;
    for await (const line of lines) {
      collector.hears(line);
      done ||= line === 'done';
    }
    expect(done).toBe(true);
    collector.cut(random);
    look(dataDir, 'reader-last', (spool) => {
      expect(spool.pending).toBe(0);
      const dropped = sum(Object.values(spool.dropped));
      expect(collector.has.size + dropped).toBe(sum(settledSlots(spool).values()));
      // The test saw what it is about: much was committed, some dropped, most delivered.
      expect(committed).toBeGreaterThan(1000);
      expect(spool.dropped.spool_full).toBeGreaterThan(0);
      expect(collector.has.size).toBeGreaterThan(500);
    });
  }, 240_000);
});
