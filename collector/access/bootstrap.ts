/**
 * The first token, and the way back in when all were lost: a file in the data directory of a collector. Who may write there has the
 * collector already. `outrider tokens bootstrap` writes it; a collector that finds it takes its token for one of an admin.
 */
import { type Stats, statSync } from 'node:fs';
import { chown, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Access } from './access.ts';
import { ACCESS_LIMITS } from './limits.ts';
import { digestOf, newToken } from './token-text.ts';

const BOOTSTRAP_FILE = 'bootstrap-token';
/** A fortnight from when it was written: long enough to make others with it. */
const BOOTSTRAP_MS = 14 * 86_400_000;

export const bootstrapFile = (dataDir: string): string => join(dataDir, BOOTSTRAP_FILE);

/**
 * Writes a new token, readable by the owner of the directory alone; resolves to the path. Rejects with the system's error: `EEXIST` when
 * there is one already, `ENOENT` when there is no such directory.
 */
export async function writeBootstrapToken(dataDir: string): Promise<string> {
  const { gid, uid } = await stat(dataDir);
  const path = bootstrapFile(dataDir);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${newToken('admin')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  if (process.getuid?.() === 0 && uid !== 0) await chown(path, uid, gid);
  return path;
}

/**
 * Looks for the file every second, takes it once, and never again after its token was revoked or has ended: when nobody remembers that
 * any more, the file is too old. `onTaken` is told the id of its token.
 */
export function followBootstrap(
  dataDir: string,
  access: Access,
  log: Logger,
  onTaken: (id: string) => void,
): () => void {
  let told = '';
  const tell = (message: string): void => {
    if (message !== told) log.warn({ file: bootstrapFile(dataDir) }, message);
    told = message;
  };
  const look = async (): Promise<void> => {
    const found = await readOwn(bootstrapFile(dataDir), tell);
    if (!found) return;
    const { text, writtenMs } = found;
    const digest = digestOf(text);
    if (digest && access.knows(digest.id)) return;
    if (!digest)
      return tell('the bootstrap token is mistyped: delete the file and run `outrider tokens bootstrap`');
    const expiresMs = Math.min(writtenMs, Date.now()) + BOOTSTRAP_MS;
    if (expiresMs <= Date.now())
      return tell(
        'the bootstrap token was written more than two weeks ago: delete the file and run `outrider tokens bootstrap`',
      );
    await access.create({ name: 'bootstrap', role: 'admin', createdBy: 'bootstrap', expiresMs }, text);
    log.info({ id: digest.id }, 'the bootstrap token is an admin’s now');
    onTaken(digest.id);
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => tell(`the bootstrap token could not be taken: ${String(error)}`))
      .finally(() => {
        busy = false;
      });
  }, ACCESS_LIMITS.lookMs.value);
  timer.unref();
  return () => clearInterval(timer);
}

/** The text of a file that nobody else can read or write; undefined for none. */
async function readOwn(
  path: string,
  tell: (message: string) => void,
): Promise<{ readonly text: string; readonly writtenMs: number } | undefined> {
  let found: Stats;
  try {
    found = statSync(path);
  } catch {
    return undefined;
  }
  if (!found.isFile() || (found.mode & 0o077) !== 0) {
    tell(
      'the bootstrap token is not taken: others may read the file; chmod 600, or delete it and make another',
    );
    return undefined;
  }
  return { text: (await readFile(path, 'utf8')).trim(), writtenMs: found.mtimeMs };
}
