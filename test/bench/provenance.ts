/** Where figures come from: without the machine and the commit they mean nothing. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly os: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    os: `${type()} ${release()} ${process.arch}`,
    node: process.version,
  };
}

const root = join(import.meta.dirname, '..', '..');

/** The short id of the checked-out commit, `-dirty` when files that it tracks are changed; `unknown` without git. */
export function checkedOutCommit(directory: string = root): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    const id = git('rev-parse', '--short', 'HEAD').trim();
    return git('status', '--porcelain', '--untracked-files=no') === '' ? id : `${id}-dirty`;
  } catch {
    return 'unknown';
  }
}
