/** Throw-away profiles: one directory a browser, named after the process that owns it, so that a later one can tell what was left behind. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'outrider-browser-';

/** A fresh profile in `directory`. Throws the error of the file system, e.g. ENOSPC. */
export function makeProfile(directory: string): Promise<string> {
  return mkdtemp(join(directory, `${PREFIX}${process.pid}-`));
}

/** Never throws: a file that a dying process still writes is tried again, then left to the next sweep. */
export async function wipeProfile(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => {});
}

/** Wipes at most `countMax` profiles whose owner is gone (killed, so that it could not do it itself). Returns how many. */
export async function sweepProfiles(directory: string, countMax: number): Promise<number> {
  const entries = await readdir(directory).catch(() => []);
  const stale = entries
    .filter((entry) => {
      const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(entry)?.[1];
      return owner !== undefined && !isAlive(Number(owner));
    })
    .slice(0, countMax);
  await Promise.all(stale.map((entry) => wipeProfile(join(directory, entry))));
  return stale.length;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
