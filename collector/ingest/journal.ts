/**
 * The block that is being inserted, on disk. An insert that a crash cuts off may be in `results` and not in the tables that
 * views fill from it; the next collector inserts the very same block again under its token, and each table takes what it lacks.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResultBlock } from '../store/result-block.ts';

export interface Journal {
  /** On disk before the first attempt to insert. */
  write(block: ResultBlock): Promise<void>;
  /** The block is committed. */
  clear(): Promise<void>;
  /** What an earlier collector did not clear. */
  read(): Promise<ResultBlock | undefined>;
}

interface Header {
  readonly token: string;
  readonly rowCount: number;
  readonly bytes: number;
}

export function createJournal(dataDir: string): Journal {
  const file = join(dataDir, 'inflight.block');
  return {
    async write(block) {
      const header: Header = { token: block.token, rowCount: block.rowCount, bytes: block.body.length };
      await mkdir(dataDir, { recursive: true });
      await writeFile(`${file}.new`, [Buffer.from(`${JSON.stringify(header)}\n`), block.body]);
      await rename(`${file}.new`, file);
    },
    clear: () => rm(file, { force: true }),
    async read() {
      const bytes = await readFile(file).catch(() => undefined);
      return bytes && parse(bytes);
    },
  };
}

/** Undefined for what is not a whole block: its insert was never begun. */
function parse(bytes: Buffer): ResultBlock | undefined {
  const end = bytes.indexOf(10);
  if (end < 0) return undefined;
  try {
    const { token, rowCount, bytes: length } = JSON.parse(bytes.toString('utf8', 0, end)) as Header;
    const body = bytes.subarray(end + 1);
    return body.length === length ? { token, rowCount, body } : undefined;
  } catch {
    return undefined;
  }
}
