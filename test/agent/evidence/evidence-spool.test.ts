import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EvidenceEntry, EvidenceSpool } from '../../../agent/evidence/evidence-spool.ts';
import { EVIDENCE_SPOOL_LIMITS } from '../../../agent/evidence/limits.ts';
import { temporaryFolder } from '../fixtures.ts';
import { VirtualTime } from '../virtual-time.ts';

const L = EVIDENCE_SPOOL_LIMITS;
const entry = (run: string, text = '{}'): EvidenceEntry => ({
  run,
  text,
  probe: 'home',
  target: 'origin',
  atMs: 1_800_000_000_000,
});

function spoolIn(dataDir: string, time = new VirtualTime()) {
  const troubles: string[] = [];
  const spool = new EvidenceSpool({
    dataDir,
    clock: time.clock,
    onTrouble: (message) => troubles.push(message),
  });
  onTestFinished(() => spool.close());
  return { spool, troubles, time };
}

describe('EvidenceSpool', () => {
  it('gives back the oldest until it is done, in this process and the next', () => {
    const folder = temporaryFolder();
    const { spool } = spoolIn(folder);
    spool.keep(entry('a', '{"dials":[]}'));
    spool.keep(entry('b'));
    expect(spool.next()).toEqual(entry('a', '{"dials":[]}'));
    spool.done('a');
    spool.close();
    const later = spoolIn(folder).spool;
    expect(later.next()).toEqual(entry('b'));
    later.done('b');
    expect(later.next()).toBeUndefined();
    expect(later.pending).toBe(0);
  });

  it('gives up the oldest past its entries, and counts it', () => {
    const { spool } = spoolIn(temporaryFolder());
    for (let run = 0; run < L.entries.value + 2; run += 1) spool.keep(entry(`run-${run}`));
    expect(spool.pending).toBe(L.entries.value);
    expect(spool.givenUp).toBe(2);
    expect(spool.next()?.run).toBe('run-2');
  });

  it('gives up the oldest past its spoolBytes', () => {
    const { spool } = spoolIn(temporaryFolder());
    const quarter = JSON.stringify('x'.repeat(L.spoolBytes.value / 4));
    for (const run of ['a', 'b', 'c', 'd']) spool.keep(entry(run, quarter));
    expect(spool.next()?.run).toBe('b');
    expect(spool.givenUp).toBe(1);
  });

  it('admits a burst, then so many perSecond', () => {
    const { spool, time } = spoolIn(temporaryFolder());
    const admitted = (count: number) =>
      Array.from({ length: count }, () => spool.admit()).filter(Boolean).length;
    expect(admitted(L.burst.value + 5)).toBe(L.burst.value);
    expect(spool.givenUp).toBe(5);
    time.advance(3000);
    expect(admitted(100)).toBe(3 * L.perSecond.value);
  });

  it('begins anew on a file that is broken', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'evidence.db'), 'no database at all'.repeat(100));
    const { spool, troubles } = spoolIn(folder);
    expect(troubles).toHaveLength(1);
    spool.keep(entry('a'));
    expect(spool.next()?.run).toBe('a');
  });

  it('keeps what it can in memory where no file can be made', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { spool, troubles } = spoolIn(join(folder, 'file', 'below'));
    expect(troubles).toHaveLength(2);
    spool.keep(entry('a'));
    expect(spool.pending).toBe(1);
  });

  it('takes nothing once it is closed', () => {
    const { spool } = spoolIn(temporaryFolder());
    spool.close();
    spool.keep(entry('a'));
    spool.done('a');
    expect(spool.next()).toBeUndefined();
  });

  it('can be read by a successor while its predecessor still writes', () => {
    const folder = temporaryFolder();
    const [old, young] = [spoolIn(folder).spool, spoolIn(folder).spool];
    old.keep(entry('a'));
    expect(young.next()?.run).toBe('a');
  });
});
