import { describe, expect, it } from 'vitest';
import { MemorySpool, type Waiting } from '../../../cli/simulate/memory-spool.ts';
import { Tally } from '../../../cli/simulate/tally.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { recordOf } from '../../support/records.ts';

const check = { probe: 'sim-1', type: 'http', target: 'sim-1', everyMs: 1000, timeoutMs: 5000, checkHash: 1 };
const slot = (slotMs: number): Waiting => ({ check, slotMs, latenessMs: 0, missed: false });

function spoolOf(resultsMax = 1000) {
  const clock = manualClock(0);
  const tally = new Tally();
  const spool = new MemorySpool({
    ...{ boot: 'boot-1', clock, tally, resultsMax },
    makeRecord: (waiting, seq) => recordOf(seq, { scheduledMs: waiting.slotMs }),
  });
  const add = (count: number) => {
    for (let i = 0; i < count; i += 1) spool.add(slot(spool.lastSeq + 1));
  };
  const seqs = (afterSeq: number, limit = 100) =>
    spool.read('boot-1', afterSeq, limit).records.map(({ seq }) => seq);
  return { clock, tally, spool, add, seqs };
}

describe('the spool in memory', () => {
  it('numbers results from 1 and reads them in order, as far as asked', () => {
    const { spool, add, seqs } = spoolOf();
    add(3);
    expect(seqs(0)).toEqual([1, 2, 3]);
    expect(seqs(1, 1)).toEqual([2]);
    expect(seqs(3)).toEqual([]);
    expect(spool.read('another', 0, 10).records).toEqual([]);
    expect({ lastSeq: spool.lastSeq, pending: spool.pending, boots: spool.boots() }).toEqual({
      lastSeq: 3,
      pending: 3,
      boots: ['boot-1'],
    });
  });

  it('makes the same record whenever it is read', () => {
    const { spool, add } = spoolOf();
    add(2);
    expect(spool.read('boot-1', 0, 2)).toEqual(spool.read('boot-1', 0, 2));
  });

  it('keeps everything until it is acknowledged, and tells how long that took', () => {
    const { clock, tally, spool, add, seqs } = spoolOf();
    add(2);
    clock.advance(100);
    add(1);
    spool.sent('boot-1', 3);
    expect(spool.oldestAgeMs).toBe(100);
    clock.advance(50);
    spool.acked('boot-1', 2);
    expect(seqs(0)).toEqual([3]);
    expect(tally.acked).toBe(2);
    expect(tally.ackMs.percentiles()?.max).toBe(150);
    spool.acked('boot-1', 3);
    expect({ pending: spool.pending, spooled: tally.spooled, age: spool.oldestAgeMs }).toEqual({
      pending: 0,
      spooled: 0,
      age: 0,
    });
  });

  it('counts a result as sent once, and as sent again on a further session', () => {
    const { tally, spool, add } = spoolOf();
    add(5);
    spool.sent('boot-1', 3);
    spool.sent('boot-1', 5);
    expect([tally.sent, tally.resent]).toEqual([5, 0]);
    spool.heldAtStart('boot-1', 2);
    spool.sent('boot-1', 5);
    expect([tally.sent, tally.resent, tally.acked]).toEqual([5, 3, 2]);
  });

  it('holds an acknowledgement that comes twice for one', () => {
    const { tally, spool, add } = spoolOf();
    add(2);
    spool.acked('boot-1', 2);
    spool.acked('boot-1', 2);
    expect([tally.acked, tally.spooled]).toEqual([2, 0]);
  });

  it('drops the oldest past its limit, and says so', () => {
    const { tally, spool, add, seqs } = spoolOf(3);
    add(5);
    expect(seqs(0)).toEqual([3, 4, 5]);
    expect(spool.dropped).toEqual({ spool_full: 2 });
    expect([tally.dropped, tally.spooled]).toEqual([2, 3]);
  });

  it('does not count as dropped what had arrived before', () => {
    const { tally, spool, add } = spoolOf(3);
    add(3);
    spool.sent('boot-1', 3);
    add(2);
    expect(tally.dropped).toBe(2);
    spool.acked('boot-1', 3);
    expect(spool.dropped).toEqual({});
    expect([tally.dropped, tally.acked, tally.spooled]).toEqual([0, 3, 2]);
  });

  it('leaves a gap where the collector refused one, and reads around it', () => {
    const { tally, spool, add, seqs } = spoolOf();
    add(4);
    expect(spool.drop('boot-1', 2, 'refused')).toBe(true);
    expect(spool.drop('boot-1', 2, 'refused')).toBe(true);
    expect(seqs(0)).toEqual([1]);
    expect(seqs(1)).toEqual([3, 4]);
    spool.acked('boot-1', 4);
    expect([tally.dropped, tally.acked, spool.pending]).toEqual([1, 3, 0]);
  });

  it('stays small however many have passed through', () => {
    const { spool, add, seqs } = spoolOf();
    for (let round = 1; round <= 200; round += 1) {
      add(50);
      spool.acked('boot-1', round * 50 - 10);
    }
    expect(spool.pending).toBe(10);
    expect(seqs(0)).toEqual(Array.from({ length: 10 }, (_, i) => 9991 + i));
  });
});
