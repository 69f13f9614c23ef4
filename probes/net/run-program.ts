/** A program of the system, without a shell, its output and its time bounded. */

export interface ProgramOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of each stream; what comes after it is not kept. */
  readonly maxBytes: number;
}

export type ProgramEnd =
  /** There is no such program, or this agent may not run it. */
  | { readonly ran: false }
  | {
      readonly ran: true;
      /** Null when it was killed. */
      readonly exitCode: number | null;
      readonly stdout: string;
      readonly stderr: string;
    };

/** From the interrupt to the kill. */
const SUM_UP_MS = 250;

/** Never throws. At the deadline, or when `signal` aborts, it is interrupted, soon after that killed, and what it has said by then is answered. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  if (options.signal.aborted) return { ran: false };
  const { spawn } = await import('node:child_process');
  // Administrators' programs stand where the path of a service does not lead.
  const path = `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: path, LC_ALL: 'C' } });
  const kept = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('latin1').on('data', (text: string) => {
      kept[stream] += text.slice(0, Math.max(0, options.maxBytes - kept[stream].length));
    });
  }
  return await new Promise((resolve) => {
    let lastTimer: NodeJS.Timeout | undefined;
    const kill = () => {
      // ping sums up what it knows when it is interrupted.
      child.kill('SIGINT');
      lastTimer ??= setTimeout(() => child.kill('SIGKILL'), SUM_UP_MS);
    };
    const timer = setTimeout(kill, options.timeoutMs);
    const finish = (end: ProgramEnd) => {
      clearTimeout(timer);
      clearTimeout(lastTimer);
      options.signal.removeEventListener('abort', kill);
      resolve(end);
    };
    options.signal.addEventListener('abort', kill, { once: true });
    child.once('error', () => finish({ ran: false }));
    child.once('close', (exitCode) => finish({ ran: true, exitCode, ...kept }));
  });
}
