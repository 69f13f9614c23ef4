/** Runs the real command on a terminal of its own, made by script(1), and types to it as somebody would who waits for what it says. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../cli/bin/outrider.js');

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** `answers`: once what is shown matches, the keys are pressed; each once, in this order. */
export async function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [shown: RegExp, keys: string])[],
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const words = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 200; exec ${words}`, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '1', TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let left = answers;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const [next, ...rest] = left;
    if (next === undefined || !next[0].test(shown)) return;
    left = rest;
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, shown: shown.replaceAll('\r\n', '\n') };
}
