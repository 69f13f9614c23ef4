/** Inserting without Outrider: bytes that were made before, as fast as ClickHouse takes them, on a server or in this process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChdbConnection } from 'chdb/connection';
import { Agent, request } from 'undici';
import { RESULT_COLUMNS } from '../../../collector/store/result-columns.ts';
import { insertSettings } from '../../../collector/store/result-inserts.ts';
import { sqlSettings } from '../../../collector/store/sql-literal.ts';
import type { Store } from '../../../collector/store/store.ts';
import type { RawFormat, RawOrder } from './ingest-messages.ts';
import { busyCpuMs } from './process-use.ts';

/** Whose blocks raw rows are: they are told from those of collectors by it. */
export const RAW = 'bench-raw';
/** Whose rows raw ones are copies of. */
export const SEED = 'bench-seed';

const COLUMNS = RESULT_COLUMNS.join(', ');
/** In the order of arrival, agent by agent and frame by frame: a table is handed its rows in no better one. */
const selectSeed = (frameResults: number): string =>
  `SELECT * REPLACE ('${RAW}' AS collector) FROM (SELECT ${COLUMNS} FROM results WHERE collector = '${SEED}'
   ORDER BY intDiv(seq - 1, ${frameResults}), agent, seq)`;

export interface RawEngine {
  readonly formats: readonly RawFormat[];
  /** Makes the bytes of the seed rows in a format; an insert of them is what is measured. */
  prepare(format: RawFormat, frameResults: number): Promise<() => Promise<void>>;
  /** Processor time of the engine so far, milliseconds. */
  cpuMs(): number;
  close(): Promise<void>;
}

/** Every insert has a token of its own: each is new to the store. */
function createTokens(): () => Record<string, string | number> {
  let last = 0;
  return () => {
    last += 1;
    return { ...insertSettings(RAW, 1), insert_deduplication_token: `${RAW}/${process.pid}-${last}` };
  };
}

/** Over HTTP, as any client would. */
export function openRawServer({ url, serverPid }: RawOrder): RawEngine {
  const dispatcher = new Agent({ connections: 4, bodyTimeout: 0, headersTimeout: 0 });
  const settings = createTokens();
  const ask = async (query: string, body: Buffer | undefined, more: Record<string, string | number>) => {
    const address = new URL(url ?? '');
    const given = { database: 'outrider', query, wait_end_of_query: 1, ...more };
    for (const [name, value] of Object.entries(given)) address.searchParams.set(name, String(value));
    const answer = await request(address, { method: 'POST', body: body ?? '', dispatcher });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) throw new Error(`ClickHouse refused: ${bytes.toString('utf8', 0, 500)}`);
    return bytes;
  };
  return {
    formats: ['RowBinary', 'Native', 'JSONEachRow'],
    async prepare(format, frameResults) {
      const body = await ask(`${selectSeed(frameResults)} FORMAT ${format}`, undefined, {
        max_block_size: 1e9,
      });
      const query = `INSERT INTO results (${COLUMNS}) FORMAT ${format}`;
      return async () => void (await ask(query, body, settings()));
    },
    cpuMs: () => busyCpuMs(serverPid ?? 0),
    close: () => dispatcher.close(),
  };
}

/** In this process: text by `rawInsert`, binary formats out of a file, which is the only way that the library takes them. */
export function openRawEmbedded(store: Store, dataDir: string): RawEngine {
  const path = join(dataDir, 'clickhouse');
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-raw-'));
  const settings = createTokens();
  const base = createChdbConnection({ path });
  return {
    formats: ['TabSeparated', 'RowBinary', 'Native', 'JSONEachRow'],
    async prepare(format, frameResults) {
      const file = join(folder, format);
      await store.command(
        `INSERT INTO FUNCTION file('${file}', '${format}') ${selectSeed(frameResults)} SETTINGS max_block_size = 1000000000`,
      );
      if (format === 'TabSeparated' || format === 'JSONEachRow') {
        const values = readFileSync(file);
        const insert = { table: 'results', columns: RESULT_COLUMNS, format, values };
        return async () => void (await base.chdb.rawInsert({ ...insert, settings: settings() }));
      }
      const insert = `INSERT INTO results (${COLUMNS}) FROM INFILE '${file}'`;
      return () => store.command(`${insert} SETTINGS ${sqlSettings(settings())} FORMAT ${format}`);
    },
    cpuMs: () => busyCpuMs(process.pid),
    async close() {
      await base.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
