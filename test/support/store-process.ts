/**
 * A process of its own that holds an embedded store, for tests of locks and crashes: `node store-process.ts DIR hold` opens
 * and waits; `… insert FROM NAME` inserts results of seq FROM, FROM + 1, … as blocks 1, 2, … of the collector NAME, 500 rows
 * each, and prints the last seq of each block once it is committed.
 */

import { openStore } from '../../collector/store/open-store.ts';
import { ResultBlockBuilder } from '../../collector/store/result-block.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { viewBatch } from '../../protocol/batch-view.ts';
import { recordOf, rowOf } from './records.ts';

const BLOCK_ROWS = 500;

const [dataDir = '', mode = '', from = '1', collector = ''] = process.argv.slice(2);
const store = await openStore({ dataDir });
console.log('open');
if (mode === 'insert') await insertForEver(Number(from));
else setInterval(() => undefined, 1000);

async function insertForEver(firstSeq: number): Promise<void> {
  for (let number = 1; ; number += 1) {
    const seq = firstSeq + (number - 1) * BLOCK_ROWS;
    const records = Array.from({ length: BLOCK_ROWS }, (_, index) =>
      recordOf(seq + index, { scheduledMs: Date.now() }),
    );
    const builder = new ResultBlockBuilder(collector, number);
    builder.append(rowOf(seq), viewBatch(encodeBatch({ boot: 'boot-1', records })), 0, BLOCK_ROWS);
    await store.insertResults(builder.build());
    console.log(`committed ${seq + BLOCK_ROWS - 1}`);
  }
}
