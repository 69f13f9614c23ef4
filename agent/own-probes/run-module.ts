/** One run of an own module: a worker of its own, ended in every case, with nothing left of it for the next run. */
import { Worker } from 'node:worker_threads';
import { OWN_LIMITS } from '../../probes/own/limits.ts';
import type { OwnRun } from '../../probes/own/own-runs.ts';
import { ownFailure, parseOwnResult } from '../../probes/own/result.ts';
import type { RunResult } from '../../probes/probe.ts';
import type { OwnModule } from './allow-list.ts';
import { answerRequest } from './requests.ts';
import { workerSource } from './worker-code.ts';
import type { CallAnswer, FromWorker, ToWorker, WorkerJob } from './worker-messages.ts';

/** Modules of Node that compute and reach nothing. */
const BUILTINS = [
  'assert',
  'buffer',
  'crypto',
  'events',
  'path',
  'querystring',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'zlib',
] as const;

const MIB = 1024 * 1024;
const YOUNG_MIB = 8;
const STACK_MIB = 4;

/** Runs the module in a worker until it answers, fails or has used up its time or memory. Never rejects. */
export async function runModule(module: OwnModule, run: OwnRun): Promise<RunResult> {
  const { clock, signal } = run.context;
  const startedMs = clock.monotonicMs();
  const ended = new AbortController();
  const context = { ...run.context, signal: AbortSignal.any([signal, ended.signal]) };
  const worker = new Worker(workerSource(), {
    eval: true,
    name: `own:${module.name}`,
    workerData: jobOf(module, run),
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: module.memoryMiB,
      maxYoungGenerationSizeMb: YOUNG_MIB,
      stackSizeMb: STACK_MIB,
    },
  });
  // What nobody reads would be kept.
  worker.stdout.resume();
  worker.stderr.resume();
  const answer = async ({ kind, id, argument }: Extract<FromWorker, { id: number }>): Promise<void> => {
    const made =
      kind === 'request'
        ? await answerRequest(context, argument, startedMs)
        : secretAnswer(module, run, argument);
    worker.postMessage({ kind: 'answer', id, answer: made } satisfies ToWorker);
  };
  try {
    return await outcomeOf(worker, module, signal, answer);
  } finally {
    ended.abort();
    await worker.terminate();
  }
}

function jobOf(module: OwnModule, { context, params, target }: OwnRun): WorkerJob {
  return {
    url: `outrider:own/${module.name}`,
    source: module.source,
    builtins: BUILTINS,
    target,
    params,
    agent: { ...context.agent },
    callsMax: OWN_LIMITS.calls.value,
    callsAtOnce: OWN_LIMITS.callsAtOnce.value,
    resultCharsMax: OWN_LIMITS.resultBytes.value,
    // More than what is shown, which is cut between words.
    messageCharsMax: 4096,
  };
}

function secretAnswer({ secrets }: OwnModule, { context }: OwnRun, name: unknown): CallAnswer {
  if (typeof name === 'string' && secrets.includes(name)) return { ok: true, value: context.secret?.(name) };
  return {
    ok: false,
    message: `the allow-list does not grant this module the secret ${JSON.stringify(name)}`,
  };
}

/** The first of: a result, a failure, an end of the worker, too much memory, the deadline with its grace. */
function outcomeOf(
  worker: Worker,
  module: OwnModule,
  signal: AbortSignal,
  answer: (call: Extract<FromWorker, { id: number }>) => Promise<void>,
): Promise<RunResult> {
  return new Promise((resolve) => {
    let grace: NodeJS.Timeout | undefined;
    const settle = (result: RunResult): void => {
      clearTimeout(grace);
      clearInterval(looking);
      signal.removeEventListener('abort', abort);
      // Whoever says that all is well after its time has not been seen to be well in time.
      resolve(signal.aborted && result.outcome === 'ok' ? late(module) : result);
    };
    const abort = (): void => {
      worker.postMessage({ kind: 'abort' } satisfies ToWorker);
      grace = setTimeout(() => settle(late(module)), OWN_LIMITS.abortMs.value);
    };
    // Buffers are no part of the heap that the worker is started with a limit of.
    const looking = setInterval(() => {
      worker.getHeapStatistics().then(
        ({ external_memory: bytes }) => {
          if (bytes > module.memoryMiB * MIB) settle(tooMuchMemory(module));
        },
        () => undefined,
      );
    }, OWN_LIMITS.memoryLookMs.value);
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'result') settle(resultOf(module, message.json));
      else if (message.kind === 'failed') settle(failureOf(module, message));
      else void answer(message).catch((error: unknown) => settle(crashed(module, String(error))));
    });
    worker.on('error', (error: NodeJS.ErrnoException) =>
      settle(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuchMemory(module) : crashed(module, error.message),
      ),
    );
    worker.on('exit', () => settle(crashed(module, 'its worker ended without a result')));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function resultOf({ name }: OwnModule, json: string): RunResult {
  const parsed = parseOwnResult(json);
  if ('result' in parsed) return parsed.result;
  return ownFailure('own_probe', `What the module ${name} returned is not a result: ${parsed.problem}.`);
}

function failureOf(
  module: OwnModule,
  { code, failure, message }: Extract<FromWorker, { kind: 'failed' }>,
): RunResult {
  if (failure) return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
  if (code) return ownFailure(code, `The module ${module.name} refused its parameters: ${message}`);
  return crashed(module, message);
}

function crashed({ name }: OwnModule, message: string): RunResult {
  return ownFailure('own_probe', `The module ${name} failed: ${message}`);
}

function tooMuchMemory({ memoryMiB, name }: OwnModule): RunResult {
  return ownFailure(
    'own_probe',
    `The module ${name} took more than its ${memoryMiB} MiB of memory and was ended. Raise memoryMiB in the allow-list if it needs more.`,
  );
}

function late({ name }: OwnModule): RunResult {
  return ownFailure('timeout', `The module ${name} did not end by its deadline.`);
}
