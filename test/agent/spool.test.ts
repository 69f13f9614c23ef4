import { cpSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { IntervalSet } from '../../agent/interval-set.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import type { SpoolOptions } from '../../agent/spool.ts';
import { Spool } from '../../agent/spool.ts';
import { SpoolError } from '../../agent/spool-file.ts';
import { draft, temporaryFolder } from './fixtures.ts';
import { VirtualTime } from './virtual-time.ts';

const opened: Spool[] = [];
afterEach(() => {
  for (const spool of opened.splice(0)) spool.close();
});

function open(dataDir: string, changes: Partial<SpoolOptions> = {}, time = new VirtualTime()): Spool {
  const spool = new Spool({
    dataDir,
    boot: 'boot-1',
    clock: time.clock,
    timers: time.timers,
    ...changes,
  });
  opened.push(spool);
  return spool;
}

const drafts = (count: number) => Array.from({ length: count }, (_, index) => draft(1000 + index));
const seqs = (spool: Spool, boot: string, after = 0): number[] =>
  spool.read(boot, after, 100_000).records.map((record) => record.seq);

const fileBytes = (file: string): number => statSync(file).size;

function newerVersion(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
}

describe('Spool', () => {
  it('gives out seqs 1, 2, 3 … in the order of arrival, and reads back what was put in', () => {
    const spool = open(temporaryFolder());
    spool.add([draft(1)]);
    spool.add([draft(2), draft(3)]);
    expect(seqs(spool, 'boot-1')).toEqual([]);
    spool.commit();
    const { records } = spool.read('boot-1', 0, 10);
    expect(records).toEqual([1, 2, 3].map((seq) => ({ ...draft(seq), seq })));
    expect(spool.lastSeq).toBe(3);
    expect(spool.pending).toBe(3);
  });

  it('commits what has come within its interval together, without being asked', () => {
    const time = new VirtualTime();
    let commits = 0;
    const spool = open(temporaryFolder(), { onCommitted: () => (commits += 1) }, time);
    spool.add([draft(1)]);
    time.advance(AGENT_LIMITS.spoolCommitMs.value - 1);
    spool.add([draft(2)]);
    expect(commits).toBe(0);
    time.advance(1);
    expect(commits).toBe(1);
    expect(seqs(spool, 'boot-1')).toEqual([1, 2]);
  });

  it('removes what is acknowledged along with what is stored next, and at the latest after its time', () => {
    const time = new VirtualTime();
    const spool = open(temporaryFolder(), {}, time);
    spool.add(drafts(4));
    time.advance(AGENT_LIMITS.spoolCommitMs.value);
    spool.acked('boot-1', 1);
    time.advance(AGENT_LIMITS.spoolCommitMs.value);
    expect(spool.pending).toBe(4);
    spool.add([draft(9)]);
    time.advance(AGENT_LIMITS.spoolCommitMs.value);
    expect(spool.pending).toBe(4);
    expect(seqs(spool, 'boot-1')).toEqual([2, 3, 4, 5]);
    spool.acked('boot-1', 3);
    time.advance(AGENT_LIMITS.spoolAckMs.value);
    expect(seqs(spool, 'boot-1')).toEqual([4, 5]);
  });

  it('has nothing to send again of what was acknowledged before a session begins', () => {
    const spool = open(temporaryFolder());
    spool.add(drafts(3));
    spool.commit();
    spool.acked('boot-1', 2);
    spool.heldAtStart('boot-1', 0);
    expect(seqs(spool, 'boot-1')).toEqual([3]);
  });

  it('keeps results of earlier boots, the oldest first, until they are acknowledged', () => {
    const dataDir = temporaryFolder();
    for (const boot of ['boot-1', 'boot-2']) {
      const spool = open(dataDir, { boot });
      spool.add(drafts(3));
      spool.close();
    }
    const spool = open(dataDir, { boot: 'boot-3' });
    expect(spool.boots()).toEqual(['boot-1', 'boot-2', 'boot-3']);
    spool.acked('boot-1', 3);
    spool.acked('boot-2', 2);
    spool.commit();
    expect(spool.boots()).toEqual(['boot-2', 'boot-3']);
    expect(seqs(spool, 'boot-2')).toEqual([3]);
    expect(spool.pending).toBe(1);
  });

  it('reads no batch across a gap', () => {
    const spool = open(temporaryFolder());
    spool.add(drafts(5));
    spool.commit();
    spool.drop('boot-1', 3, 'refused');
    expect(seqs(spool, 'boot-1')).toEqual([1, 2]);
    expect(seqs(spool, 'boot-1', 2)).toEqual([4, 5]);
    expect(spool.dropped).toEqual({ refused: 1 });
    expect(spool.pending).toBe(4);
  });

  it('remembers the schedule, what was settled, and when it was stopped, for the next process', () => {
    const dataDir = temporaryFolder();
    const first = open(dataDir);
    expect(first.loadSchedule()).toBeUndefined();
    first.saveSchedule({ type: 'schedule', revision: 7, assignments: [] });
    first.add([draft()], { key: 'check', settled: new IntervalSet([[3, 9]]) });
    first.saveStop(12_345);
    first.close();
    const second = open(dataDir, { boot: 'boot-2' });
    expect(second.loadSchedule()?.revision).toBe(7);
    expect(second.loadSettled().get('check')?.ranges()).toEqual([[3, 9]]);
    expect(second.stoppedAtMs).toBe(12_345);
    expect(second.createdMs).toBe(first.createdMs);
    second.forget(['check']);
    second.close();
    const third = open(dataDir, { boot: 'boot-3' });
    expect(third.stoppedAtMs).toBeUndefined();
    expect(third.loadSettled().size).toBe(0);
  });

  it('drops the oldest when it is full, and counts them across restarts', () => {
    const dataDir = temporaryFolder();
    const spool = open(dataDir, { bytesMax: 50_000 });
    for (let round = 0; round < 10; round += 1) {
      spool.add(drafts(50));
      spool.commit();
    }
    const left = seqs(spool, 'boot-1');
    expect(left.at(-1)).toBe(500);
    expect(left[0]).toBeGreaterThan(1);
    expect(left).toEqual(left.map((_, index) => (left[0] ?? 0) + index));
    expect(spool.dropped).toEqual({ spool_full: 500 - left.length });
    spool.close();
    expect(open(dataDir, { boot: 'boot-2' }).dropped).toEqual({ spool_full: 500 - left.length });
  });

  it('drops what is too old', () => {
    const time = new VirtualTime();
    const spool = open(temporaryFolder(), { ageMaxMs: 60_000 }, time);
    spool.add(drafts(700));
    spool.commit();
    time.advance(59_000);
    spool.add(drafts(2));
    spool.commit();
    expect(spool.pending).toBe(702);
    time.advance(2000);
    spool.maintain(true);
    expect(seqs(spool, 'boot-1')).toEqual([701, 702]);
    expect(spool.dropped).toEqual({ spool_age: 700 });
  });

  it('drops nothing because somebody sets the clock, forth or back', () => {
    const time = new VirtualTime();
    const spool = open(temporaryFolder(), { ageMaxMs: 60_000 }, time);
    spool.add(drafts(3));
    spool.commit();
    for (const byMs of [86_400_000, -2 * 86_400_000]) {
      time.setWall(byMs);
      spool.add(drafts(1));
      spool.maintain(true);
      expect(spool.dropped).toEqual({});
      expect(spool.fill.oldestAgeMs).toBe(0);
    }
    time.advance(61_000);
    spool.maintain(true);
    expect(spool.dropped).toEqual({ spool_age: 5 });
  });

  it('does not count as dropped what the collector turns out to hold', () => {
    const time = new VirtualTime();
    const spool = open(temporaryFolder(), { ageMaxMs: 1000 }, time);
    spool.add(drafts(10));
    spool.commit();
    spool.sent('boot-1', 6);
    time.advance(5000);
    spool.maintain(true);
    expect(spool.dropped).toEqual({ spool_age: 10 });
    spool.heldAtStart('boot-1', 4);
    expect(spool.dropped).toEqual({ spool_age: 6 });
  });

  it('knows after kill -9 too which dropped results may be held, and which are lost for good', () => {
    const time = new VirtualTime();
    const dataDir = temporaryFolder();
    const copy = temporaryFolder();
    // What a kill leaves is what is on disk at that instant.
    const kill = (): void => cpSync(dataDir, copy, { recursive: true, force: true });
    const spool = open(dataDir, { ageMaxMs: 1000 }, time);
    spool.add(drafts(10));
    spool.commit();
    spool.sent('boot-1', 10);
    time.advance(5000);
    spool.add(drafts(20));
    spool.maintain(true);
    expect(spool.dropped).toEqual({ spool_age: 10 });
    kill();
    const next = open(copy, { boot: 'boot-2' }, time);
    expect(next.boots()).toEqual(['boot-1', 'boot-2']);
    next.heldAtStart('boot-1', 4);
    expect(next.dropped).toEqual({ spool_age: 6 });
    next.close();
    // Killed right after a session began, before anything else was stored: later ones that arrive say nothing of 5 … 10.
    spool.heldAtStart('boot-1', 4);
    rmSync(copy, { recursive: true });
    kill();
    const last = open(copy, { boot: 'boot-3' }, time);
    last.heldAtStart('boot-1', 25);
    expect(last.dropped).toEqual({ spool_age: 6 });
  });

  it('asks the collector about boots of which it has nothing left but doubt', () => {
    const time = new VirtualTime();
    const dataDir = temporaryFolder();
    const first = open(dataDir, { ageMaxMs: 1000 }, time);
    first.add(drafts(3));
    first.commit();
    first.sent('boot-1', 3);
    time.advance(5000);
    first.close();
    const second = open(dataDir, { boot: 'boot-2', ageMaxMs: 1000 }, time);
    second.add(drafts(1));
    second.commit();
    expect(second.dropped).toEqual({ spool_age: 3 });
    expect(second.boots()).toEqual(['boot-1', 'boot-2']);
    second.heldAtStart('boot-1', 3);
    expect(second.dropped).toEqual({});
    expect(second.boots()).toEqual(['boot-2']);
  });

  it('survives a full disk: goes on in memory, drops the oldest there, and stores the rest when there is room', () => {
    const troubles: string[] = [];
    const time = new VirtualTime();
    const spool = open(
      temporaryFolder(),
      { pagesMax: 40, onTrouble: (message) => troubles.push(message) },
      time,
    );
    const max = AGENT_LIMITS.spoolBuffer.value;
    let added = 0;
    for (; spool.commit(); added += 10) spool.add(drafts(10));
    const storedSeq = spool.lastSeq;
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain('full');
    spool.add(drafts(max));
    expect(spool.commit()).toBe(false);
    const lost = spool.dropped.disk_full ?? 0;
    expect(lost).toBe(added - storedSeq);
    expect(spool.pending).toBe(storedSeq + max);
    expect(seqs(spool, 'boot-1')).toHaveLength(storedSeq);
    expect(troubles).toHaveLength(1);
  });

  it('makes room on a full disk as soon as the collector acknowledges', () => {
    const spool = open(temporaryFolder(), { pagesMax: 40 });
    while (spool.commit()) spool.add(drafts(10));
    const before = spool.lastSeq;
    spool.acked('boot-1', before);
    expect(spool.commit()).toBe(true);
    expect(seqs(spool, 'boot-1')).toEqual(Array.from({ length: 10 }, (_, index) => before + 1 + index));
    expect(spool.dropped).toEqual({});
  });

  it('is not shared: a second process is told so', () => {
    const dataDir = temporaryFolder();
    open(dataDir);
    expect(() => open(dataDir, { boot: 'boot-2' })).toThrow(SpoolError);
    expect(() => open(dataDir, { boot: 'boot-2' })).toThrow(/Another process uses/);
  });

  it('puts a broken file aside and begins anew', () => {
    const dataDir = temporaryFolder();
    writeFileSync(
      join(dataDir, 'spool.db'),
      'this is not a database, and long enough to be looked at'.repeat(99),
    );
    const spool = open(dataDir);
    expect(spool.asideFile).toContain('spool.db-broken-');
    spool.add(drafts(1));
    expect(spool.commit()).toBe(true);
  });

  it('refuses a spool of a newer version, and says what to do', () => {
    const dataDir = temporaryFolder();
    const first = open(dataDir);
    first.close();
    newerVersion(join(dataDir, 'spool.db'));
    expect(() => open(dataDir)).toThrow(/newer version/);
  });

  it('keeps its log short', () => {
    const time = new VirtualTime();
    const dataDir = temporaryFolder();
    const spool = open(dataDir, {}, time);
    for (let round = 0; round < 400; round += 1) {
      spool.add(drafts(20));
      time.advance(100);
    }
    const wal = join(dataDir, 'spool.db-wal');
    expect(fileBytes(wal)).toBeGreaterThan(1_000_000);
    spool.maintain(true);
    expect(fileBytes(wal)).toBe(0);
    expect(spool.pending).toBe(8000);
  });

  it('moves its log early while nothing runs, but not for a few results, and not while something does', () => {
    const dataDir = temporaryFolder();
    const spool = open(dataDir);
    const wal = join(dataDir, 'spool.db-wal');
    spool.add(drafts(3));
    spool.maintain(true);
    expect(fileBytes(wal)).toBeGreaterThan(0);
    while (fileBytes(wal) <= AGENT_LIMITS.quietWalBytes.value) {
      spool.add(drafts(200));
      spool.commit();
    }
    spool.maintain(false);
    expect(fileBytes(wal)).toBeGreaterThan(AGENT_LIMITS.quietWalBytes.value);
    spool.maintain(true);
    expect(fileBytes(wal)).toBe(0);
  });

  it('holds, acknowledges and drops so that no result is lost or counted twice', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), by: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constant('commit' as const), by: fc.constant(0) }),
      fc.record({ do: fc.constant('ack' as const), by: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant('wait' as const), by: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ do: fc.constant('restart' as const), by: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const time = new VirtualTime();
        const dataDir = temporaryFolder();
        const limits = { bytesMax: 20_000, ageMaxMs: 2000 };
        let boots = 1;
        let spool = open(dataDir, { ...limits, boot: 'boot-1' }, time);
        let made = 0;
        let acked = 0;
        const held = new Map<string, number>();
        for (const { do: what, by } of steps) {
          if (what === 'add') {
            spool.add(drafts(by));
            made += by;
          }
          if (what === 'commit') spool.commit();
          if (what === 'wait') time.advance(by);
          if (what === 'ack') {
            spool.commit();
            const boot = spool.boots()[0] as string;
            const { records } = spool.read(boot, 0, by);
            const last = records.at(-1);
            if (last) {
              spool.sent(boot, last.seq);
              spool.acked(boot, last.seq);
              held.set(boot, last.seq);
              spool.commit();
              acked += records.length;
            }
          }
          if (what === 'restart') {
            spool.close();
            boots += 1;
            spool = open(dataDir, { ...limits, boot: `boot-${boots}` }, time);
            for (const boot of spool.boots()) spool.heldAtStart(boot, held.get(boot) ?? 0);
          }
        }
        spool.commit();
        const dropped = Object.values(spool.dropped).reduce((sum, number) => sum + number, 0);
        const left = spool.boots().flatMap((boot) => seqs(spool, boot));
        expect(left.length).toBe(spool.pending);
        expect(acked + dropped + spool.pending).toBe(made);
        spool.close();
      }),
      { numRuns: 60 },
    );
  });
});
