/**
 * A process of its own that holds an embedded store, for tests of locks and crashes: `node store-process.ts DIR hold` opens
 * and waits; `… insert FROM` inserts results of seq FROM, FROM + 1, … in blocks of 500, each through the journal as ingest does,
 * and prints the last seq of each block once it is committed.
 */

import { newCounters } from '../../collector/ingest/counters.ts';
import { InsertQueue } from '../../collector/ingest/insert-queue.ts';
import { createJournal } from '../../collector/ingest/journal.ts';
import { openStore } from '../../collector/store/open-store.ts';
import { resultLine } from '../../collector/store/result-block.ts';
import { REAL_CLOCK } from './link-server.ts';
import { rowOf } from './records.ts';
import { SILENT_LOG } from './silent-log.ts';

const BLOCK_ROWS = 500;

const [dataDir = '', mode = '', from = '1'] = process.argv.slice(2);
const store = await openStore({ dataDir });
console.log('open');
if (mode === 'insert') await insertForEver(Number(from));
else setInterval(() => undefined, 1000);

async function insertForEver(firstSeq: number): Promise<void> {
  const queue = new InsertQueue({
    insert: (block) => store.insertResults(block),
    journal: createJournal(dataDir),
    clock: REAL_CLOCK,
    log: SILENT_LOG,
    counters: newCounters(),
    random: Math.random,
  });
  await queue.recover();
  console.log('recovered');
  for (let seq = firstSeq; ; seq += BLOCK_ROWS) {
    const lines = Array.from({ length: BLOCK_ROWS }, (_, index) =>
      resultLine(rowOf(seq + index, { scheduledMs: Date.now() })),
    );
    await new Promise<void>((resolve) => queue.append(lines, resolve));
    console.log(`committed ${seq + BLOCK_ROWS - 1}`);
  }
}
