/**
 * One run of an own program: it reads what to do as JSON from its standard input, prints its result as JSON, and ends with 0. It is
 * started as a group of its own, and the group is killed in every case, so that nothing it left behind outlives the run.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { killGroup } from '../../probes/browser/process-group.ts';
import { OWN_LIMITS } from '../../probes/own/limits.ts';
import type { OwnRun } from '../../probes/own/own-runs.ts';
import { ownFailure, parseOwnResult } from '../../probes/own/result.ts';
import type { RunResult } from '../../probes/probe.ts';
import type { OwnProgram } from './allow-list.ts';
import { SignedFileError } from './signed-file.ts';

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/** Runs the program until it ends, or is killed at the deadline or at its limit of output. Never rejects. */
export async function runProgram(program: OwnProgram, run: OwnRun): Promise<RunResult> {
  const { signal } = run.context;
  if (signal.aborted) return late(program);
  try {
    program.signed.check();
  } catch (error) {
    if (error instanceof SignedFileError) return ownFailure('not_allowed', error.message);
    throw error;
  }
  const child: ChildProcess = spawn(program.signed.path, program.args, {
    detached: true,
    cwd: program.cwd,
    env: { ...ENVIRONMENT, ...program.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const end = endOf(child, signal);
  // A program that does not read is no failure.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(inputOf(program, run));
  return resultOf(program, await end);
}

/** The document on standard input, one line. */
function inputOf(program: OwnProgram, { context, params, target }: OwnRun): string {
  const secrets = Object.fromEntries(
    program.secrets
      .map((name) => [name, context.secret?.(name)])
      .filter(([, secret]) => secret !== undefined),
  );
  const { id, region } = context.agent;
  return `${JSON.stringify({ version: 1, target, params, agent: { id, region }, secrets })}\n`;
}

interface End {
  readonly why: 'ended' | 'deadline' | 'too_large' | 'not_started';
  readonly output: string;
  readonly complaint: string;
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

function endOf(child: ChildProcess, signal: AbortSignal): Promise<End> {
  return new Promise((resolve) => {
    const output: Buffer[] = [];
    let outputBytes = 0;
    let complaint = '';
    let drain: NodeJS.Timeout | undefined;
    const settle = (
      why: End['why'],
      exitCode: number | null = null,
      killedBy: NodeJS.Signals | null = null,
    ) => {
      clearTimeout(drain);
      signal.removeEventListener('abort', onDeadline);
      if (child.pid !== undefined) killGroup(child.pid);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve({ why, output: Buffer.concat(output).toString('utf8'), complaint, exitCode, killedBy });
    };
    const onDeadline = (): void => settle('deadline');
    signal.addEventListener('abort', onDeadline, { once: true });
    child.stdout?.on('data', (bytes: Buffer) => {
      outputBytes += bytes.length;
      if (outputBytes > OWN_LIMITS.resultBytes.value) settle('too_large');
      else output.push(bytes);
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      complaint = lastWords(`${complaint}${bytes.toString('utf8')}`);
    });
    child.on('error', (error) => {
      complaint = error.message;
      settle('not_started');
    });
    // Not `close` alone: a child of its own that it left behind may hold the pipe for ever.
    child.on('exit', (code, by) => {
      drain = setTimeout(() => settle('ended', code, by), OWN_LIMITS.drainMs.value);
      child.on('close', () => settle('ended', code, by));
    });
  });
}

function resultOf(program: OwnProgram, end: End): RunResult {
  const said = end.complaint.trim() === '' ? '' : ` It said: ${end.complaint.trim()}`;
  const failed = (what: string): RunResult =>
    ownFailure('own_probe', `The program ${program.name} ${what}.${said}`);
  if (end.why === 'deadline') return late(program);
  if (end.why === 'not_started') return failed('could not be started');
  if (end.why === 'too_large')
    return failed(`printed more than ${OWN_LIMITS.resultBytes.value} bytes and was killed`);
  if (end.killedBy !== null) return failed(`was killed by ${end.killedBy}`);
  if (end.exitCode !== 0) return failed(`ended with ${end.exitCode}`);
  const parsed = parseOwnResult(end.output);
  if ('result' in parsed) return parsed.result;
  return failed(`printed something else than a result: ${parsed.problem}`);
}

function late({ name }: OwnProgram): RunResult {
  return ownFailure('timeout', `The program ${name} did not end by its deadline and was killed.`);
}

/** The end of a text, cut between words: the half of a secret could not be known as one and taken out. */
function lastWords(text: string): string {
  const { value } = OWN_LIMITS.stderrChars;
  return text.length <= value ? text : text.slice(-value).replace(/^\S*\s?/, '');
}
