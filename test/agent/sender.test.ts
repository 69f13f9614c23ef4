import { describe, expect, it } from 'vitest';
import type { Draft } from '../../agent/draft.ts';
import { InFlight } from '../../agent/in-flight.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { Sender } from '../../agent/sender.ts';
import { Spool } from '../../agent/spool.ts';
import { decodeFrame } from '../../protocol/codec.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { draft, temporaryFolder } from './fixtures.ts';
import { VirtualTime } from './virtual-time.ts';

function sending(drafts: readonly Draft[], options: { credit?: number; singly?: boolean } = {}) {
  const time = new VirtualTime();
  const spool = new Spool({
    dataDir: temporaryFolder(),
    boot: 'boot-1',
    clock: time.clock,
    timers: time.timers,
  });
  spool.add(drafts);
  spool.commit();
  const inFlight = new InFlight(new Map([['boot-1', 0]]), options.credit ?? 5000);
  const batches: ResultRecord[][] = [];
  const skipped: number[] = [];
  const frames: Uint8Array[] = [];
  const socket = { buffered: 0 };
  const sender = new Sender({
    spool,
    inFlight,
    clock: time.clock,
    timers: time.timers,
    singly: options.singly ?? false,
    buffered: () => socket.buffered,
    send(bytes) {
      frames.push(bytes);
      const frame = decodeFrame(bytes);
      if (frame.type !== 'results') return;
      batches.push([...frame.batch.records]);
      skipped.push(frame.batch.skipped ?? 0);
    },
  });
  return { time, spool, inFlight, sender, batches, skipped, frames, socket };
}

const drafts = (count: number, changes: Partial<Draft> = {}) =>
  Array.from({ length: count }, (_, index) => draft(1000 + index, changes));
const seqs = (batches: readonly ResultRecord[][]) => batches.flat().map((record) => record.seq);

describe('Sender', () => {
  it('sends at once after a pause, then waits for more, but not long, and not when a batch is full', () => {
    const { time, spool, sender, batches } = sending(drafts(2));
    sender.soon();
    expect(seqs(batches)).toEqual([1, 2]);
    spool.add(drafts(1));
    spool.commit();
    sender.soon();
    time.advance(AGENT_LIMITS.flushMs.value - 1);
    expect(seqs(batches)).toEqual([1, 2]);
    time.advance(1);
    expect(batches.map((batch) => batch.length)).toEqual([2, 1]);
    spool.add(drafts(1200));
    spool.commit();
    sender.soon();
    expect(batches.map((batch) => batch.length)).toEqual([2, 1, 1000, 200]);
  });

  it('splits what does not fit a frame', () => {
    const long = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`note_${index}`, `${index}`.repeat(1000)]),
    );
    const many = drafts(300).map((one, index) => ({
      ...one,
      attributes: Object.fromEntries(Object.entries(long).map(([key, value]) => [key, `${index} ${value}`])),
    }));
    const { sender, batches, frames } = sending(many);
    sender.now();
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(LINK_LIMITS.frameBytes.value);
    expect(seqs(batches)).toEqual(many.map((_, index) => index + 1));
  });

  it('sends no more than the credit, and hands over the rest as it is given', () => {
    const { sender, inFlight, batches } = sending(drafts(50), { credit: 20 });
    sender.now();
    sender.now();
    expect(seqs(batches)).toHaveLength(20);
    inFlight.acked('boot-1', 20, 100);
    sender.now();
    expect(seqs(batches)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(sender.hasUnsent).toBe(false);
  });

  it('sends one at a time when it looks for the result that is refused', () => {
    const { sender, inFlight, batches } = sending(drafts(3), { singly: true });
    sender.now();
    sender.now();
    expect(seqs(batches)).toEqual([1]);
    inFlight.acked('boot-1', 1, 5000);
    sender.now();
    expect(seqs(batches)).toEqual([1, 2]);
  });

  it('makes no further batch while the socket does not take the last ones', () => {
    const { sender, socket, batches } = sending(drafts(3));
    socket.buffered = 100 * LINK_LIMITS.frameBytes.value;
    sender.now();
    expect(batches).toEqual([]);
    expect(sender.hasUnsent).toBe(true);
    socket.buffered = 0;
    sender.now();
    expect(seqs(batches)).toEqual([1, 2, 3]);
  });

  it('goes on after a result that was dropped in between', () => {
    const { sender, spool, batches } = sending(drafts(5));
    spool.drop('boot-1', 2, 'refused');
    sender.now();
    expect(batches.map((batch) => batch.map((record) => record.seq))).toEqual([[1], [3, 4, 5]]);
  });

  it('says how many results before a batch were given up since the last, and only those', () => {
    const { spool, sender, batches, skipped } = sending(drafts(2));
    sender.now();
    spool.add(drafts(5));
    spool.commit();
    for (const seq of [3, 4, 6]) spool.drop('boot-1', seq, 'refused');
    sender.now();
    expect(seqs(batches)).toEqual([1, 2, 5, 7]);
    expect(skipped).toEqual([0, 2, 1]);
  });

  it('keeps quiet once closed', () => {
    const { sender, spool, time, batches } = sending(drafts(2));
    sender.soon();
    spool.add(drafts(2));
    spool.commit();
    sender.soon();
    sender.close();
    time.advance(1000);
    sender.now();
    sender.soon();
    expect(seqs(batches)).toEqual([1, 2]);
    expect(time.armed).toBe(0);
  });
});
