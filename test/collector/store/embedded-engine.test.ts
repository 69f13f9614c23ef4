import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../collector/store/open-store.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';

const PROCESS = join(import.meta.dirname, '../../support/store-process.ts');

let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-embedded-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(dataDir, { recursive: true, force: true });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [PROCESS, dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

describe('the embedded engine', () => {
  it('refuses a directory that another process holds, saying what to try, and takes it when that is gone', async () => {
    const { child, lines } = start('hold');
    await expect.poll(() => lines, { timeout: 20_000 }).toContain('open');
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'locked',
      message: `The data directory ${join(dataDir, 'clickhouse')} is in use by process ${child.pid}.`,
      hint: expect.stringContaining('--data-dir'),
    });
    await kill(child);
    const store = await openStore({ dataDir });
    expect(await store.query('SELECT 1 AS a')).toEqual([{ a: 1 }]);
    await store.close();
  });

  it('says so when its directory cannot be made', async () => {
    writeFileSync(join(dataDir, 'clickhouse'), 'a file');
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'data_dir',
      hint: expect.stringContaining('--data-dir'),
    });
  });

  it('answers many at a time, in their turns, and waits for those under way when it is closed', async () => {
    const store = await openStore({ dataDir });
    const answers = Array.from({ length: 50 }, (_, index) =>
      store.query<{ a: number }>('SELECT {a:UInt32} AS a', { a: index }),
    );
    const closed = store.close();
    expect((await Promise.all(answers)).map(([row]) => row?.a)).toEqual(
      Array.from({ length: 50 }, (_, index) => index),
    );
    await closed;
    await store.close();
  });

  it('leaves nothing of the blocks behind that it took in, not even after a crash', async () => {
    const incoming = join(dataDir, 'incoming.native');
    writeFileSync(incoming, 'half a block');
    const store = await openStore({ dataDir });
    expect(existsSync(incoming)).toBe(false);
    const inserted = store.insertResults(resultBlock('c', [rowOf(1, { scheduledMs: Date.now() })]));
    await Promise.all([inserted, store.close()]);
    expect(existsSync(incoming)).toBe(false);
  });

  it('says so when a block cannot be written to its disk, and goes on when it can', async () => {
    const incoming = join(dataDir, 'incoming.native');
    const store = await openStore({ dataDir });
    mkdirSync(incoming);
    const block = resultBlock('c', [rowOf(1, { scheduledMs: Date.now() })]);
    await expect(store.insertResults(block)).rejects.toMatchObject({
      code: 'data_dir',
      hint: expect.stringContaining('full'),
    });
    rmSync(incoming, { recursive: true });
    await store.insertResults(block);
    expect(await store.query('SELECT count() AS rows FROM results')).toEqual([{ rows: 1 }]);
    await store.close();
  });

  it('keeps every committed block, whole and once, in every table, when its process is killed again and again', async () => {
    let next = 1;
    for (let round = 0; round < 4; round += 1) {
      const collector = `killed-${round}`;
      const { child, lines } = start('insert', String(next), collector);
      await expect
        .poll(() => lines.filter((line) => line.startsWith('committed')).length, {
          timeout: 20_000,
          interval: 7,
        })
        .toBeGreaterThan(round + 1);
      await kill(child);
      const committed = Number(lines.at(-1)?.split(' ')[1]);

      const store = await openStore({ dataDir });
      const block = await store.lastBlock(collector, 0);
      if (block !== undefined) await store.repairBlock(collector, block);
      const [counts] = await store.query<
        Record<'rows' | 'seqs' | 'last' | 'rolled' | 'hours' | 'progress' | 'results', number>
      >(`
        SELECT count() AS rows, uniqExact(seq) AS seqs, max(seq) AS last,
               (SELECT sum(count) FROM latency_1m WHERE metric = 'run_ms') AS rolled,
               (SELECT max(seq) FROM agent_progress) AS progress,
               (SELECT sum(count) FROM latency_1h WHERE metric = 'run_ms') AS hours,
               (SELECT sum(results) FROM agent_progress) AS results
        FROM results`);
      await store.close();
      const last = counts?.last ?? 0;
      expect(last).toBeGreaterThanOrEqual(committed);
      expect(counts).toEqual({
        rows: last,
        seqs: last,
        last,
        rolled: last,
        hours: last,
        progress: last,
        results: last,
      });
      next = last + 1;
    }
  });
});
