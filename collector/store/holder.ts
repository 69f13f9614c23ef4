/** Who holds the directory of an embedded engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The number of the other living process that holds a directory; undefined for nobody. The engine only says that it failed, and writes why to
 * stderr; but whoever holds a directory has its number in `status` there.
 */
export function holderOf(directory: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(directory, 'status'), 'utf8'))?.[1]);
    return pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
