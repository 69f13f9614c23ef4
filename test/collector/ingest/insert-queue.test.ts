import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newCounters } from '../../../collector/ingest/counters.ts';
import { InsertQueue } from '../../../collector/ingest/insert-queue.ts';
import { createJournal } from '../../../collector/ingest/journal.ts';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import type { ResultBlock } from '../../../collector/store/result-block.ts';
import { REAL_CLOCK } from '../../support/link-server.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-queue-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const journalFile = () => join(dataDir, 'inflight.block');

function queueOver(insert: (block: ResultBlock) => Promise<void>) {
  const counters = newCounters();
  const queue = new InsertQueue({
    insert,
    journal: createJournal(dataDir),
    clock: REAL_CLOCK,
    log: SILENT_LOG,
    counters,
    random: () => 0,
  });
  return { queue, counters };
}

const text = (block: ResultBlock) => Buffer.from(block.body).toString();

describe('the insert queue', () => {
  it('gathers what comes within a moment into one block, in its order', async () => {
    const blocks: ResultBlock[] = [];
    const { queue, counters } = queueOver(async (block) => void blocks.push(block));
    const committed: string[] = [];
    await new Promise<void>((resolve) => {
      queue.append(['a\n', 'b\n'], () => committed.push('first'));
      queue.append(['c\n'], () => resolve());
    });
    expect(blocks.map(text)).toEqual(['a\nb\nc\n']);
    expect(blocks[0]?.rowCount).toBe(3);
    expect(committed).toEqual(['first']);
    expect(counters).toMatchObject({ blocksInserted: 1, resultsStored: 3, insertFailures: 0 });
    expect([queue.rows, queue.bytes, queue.oldestMs]).toEqual([0, 0, 0]);
    expect(await queue.close(1000)).toBe(true);
  });

  it('inserts one block at a time, and what comes meanwhile after it', async () => {
    const blocks: string[] = [];
    let open = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const { queue } = queueOver(async (block) => {
      open += 1;
      most = Math.max(most, open);
      await gate.promise;
      blocks.push(text(block));
      open -= 1;
    });
    queue.append(['a\n'], () => undefined);
    await expect.poll(() => open).toBe(1);
    const later = new Promise<void>((resolve) => queue.append(['b\n'], resolve));
    expect(queue.rows).toBe(2);
    expect(queue.oldestMs).toBeGreaterThan(0);
    gate.resolve();
    await later;
    expect(blocks).toEqual(['a\n', 'b\n']);
    expect(most).toBe(1);
    await queue.close(1000);
  });

  it('cuts what has piled up into blocks of bounded size, without parting a batch', async () => {
    const sizes: number[] = [];
    const gate = Promise.withResolvers<void>();
    const { queue } = queueOver(async (block) => {
      await gate.promise;
      sizes.push(block.rowCount);
    });
    const batch = Array.from({ length: 1000 }, () => 'x\n');
    for (let nth = 0; nth < 45; nth += 1) queue.append(batch, () => undefined);
    gate.resolve();
    expect(await queue.close(5000)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(45_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(INGEST_LIMITS.blockRows.value);
  });

  it('tries a failed block again as it is, under its token, and acknowledges nothing before', async () => {
    const tries: ResultBlock[] = [];
    const { queue, counters } = queueOver(async (block) => {
      tries.push(block);
      if (tries.length < 4) throw new Error('the store is away');
    });
    let acknowledged = 0;
    await new Promise<void>((resolve) => {
      queue.append(['a\n'], () => {
        acknowledged = tries.length;
        resolve();
      });
      setTimeout(() => queue.append(['b\n'], () => undefined), INGEST_LIMITS.flushMs.value + 1);
    });
    expect(acknowledged).toBe(4);
    expect(new Set(tries.slice(0, 4).map(({ token }) => token)).size).toBe(1);
    expect(new Set(tries.slice(0, 4).map(text))).toEqual(new Set(['a\n']));
    expect(counters.insertFailures).toBe(3);
    expect(await queue.close(5000)).toBe(true);
    expect(tries.at(-1)?.token).not.toBe(tries[0]?.token);
  });

  it('commits what is left when it is closed', async () => {
    const blocks: string[] = [];
    const { queue } = queueOver(async (block) => void blocks.push(text(block)));
    queue.append(['a\n'], () => undefined);
    expect(await queue.close(1000)).toBe(true);
    expect(blocks).toEqual(['a\n']);
    expect(existsSync(journalFile())).toBe(false);
  });

  it('gives up at its deadline, whether the store fails or hangs, and leaves the block in the journal', async () => {
    for (const insert of [
      () => Promise.reject(new Error('away')),
      () => new Promise<void>(() => undefined),
    ]) {
      const { queue } = queueOver(insert);
      let acknowledged = false;
      queue.append(['a\n'], () => {
        acknowledged = true;
      });
      expect(await queue.close(300)).toBe(false);
      expect(acknowledged).toBe(false);
      expect(readFileSync(journalFile(), 'utf8')).toMatch(/\na\n$/);
    }
  });

  it('inserts what an earlier collector left in the journal, under its token, and clears it', async () => {
    const first: ResultBlock[] = [];
    const before = queueOver(async (block) => {
      first.push(block);
      throw new Error('killed here');
    });
    before.queue.append(['a\tä\n', 'b\n'], () => undefined);
    await before.queue.close(300);
    const again: ResultBlock[] = [];
    const { queue } = queueOver(async (block) => void again.push(block));
    await queue.recover();
    expect(again.map(({ token, rowCount }) => ({ token, rowCount }))).toEqual([
      { token: first[0]?.token, rowCount: 2 },
    ]);
    expect(again.map(text)).toEqual(['a\tä\nb\n']);
    expect(existsSync(journalFile())).toBe(false);
    await queue.recover();
    expect(again).toHaveLength(1);
  });

  it('ignores a journal that is damaged: what it should hold was never acknowledged', async () => {
    for (const damaged of ['', 'no json\nx', '{"token":"t","rowCount":1,"bytes":10}\nshort', '{"token"']) {
      writeFileSync(journalFile(), damaged);
      const blocks: ResultBlock[] = [];
      const { queue } = queueOver(async (block) => void blocks.push(block));
      await queue.recover();
      expect(blocks).toEqual([]);
      expect(existsSync(journalFile())).toBe(false);
    }
  });

  it('treats a disk that cannot be written as a failed insert: nothing is acknowledged', async () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, 'a file in the place of the folder');
    const { queue, counters } = queueOver(async () => undefined);
    let acknowledged = 0;
    queue.append(['a\n'], () => {
      acknowledged += 1;
    });
    await expect.poll(() => counters.insertFailures).toBeGreaterThan(1);
    expect(acknowledged).toBe(0);
    rmSync(dataDir);
    await expect.poll(() => acknowledged).toBe(1);
    await queue.close(1000);
  });
});
