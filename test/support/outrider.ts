/** Runs the real command as people do, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../cli/bin/outrider.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** The first match in what it has said on stderr, now or later; rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts `outrider ARGS`; another build of it where `script` names one, with `stdin` on its stdin. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  script: string = entry,
  stdin = '',
): Started {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Most read none of it.
  child.stdin.on('error', () => undefined).end(stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    process: child,
    finished,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stderr);
          if (match) resolve(match);
        };
        look();
        child.stderr.on('data', look);
        void finished.then(() => reject(new Error(`it ended without saying ${pattern}:\n${stderr}`)));
      }),
  };
}

/** Runs `outrider ARGS` to its end. */
export function outrider(...args: string[]): Promise<Finished> {
  return start(args).finished;
}
