/** One run of one probe: its deadline, what the agent did to it meanwhile, and an outcome in every case. */
import type { Failure } from '../probes/outcome.ts';
import type { Clock, Probe, RunContext, RunResult, Target } from '../probes/probe.ts';
import { RunRecorder } from '../probes/run-recorder.ts';
import type { Watchers } from '../probes/watch-order.ts';
import type { AgentState } from '../protocol/record.ts';
import { type Disturbance, disturbancesOf, type Lost, lostOf } from './control/disturbance.ts';
import type { MachineWatch } from './control/machine-watch.ts';
import type { DelaySampler } from './delay-sampler.ts';
import { freshFor } from './fresh-for.ts';
import { AGENT_LIMITS } from './limits.ts';
import { residentBytes } from './resident-memory.ts';
import type { Timers } from './time.ts';

export interface RunnerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sampler: DelaySampler;
  /** What the machine takes from runs; where absent, only what this process itself does is known. */
  readonly machine?: MachineWatch;
  /** What every run gets, apart from its own signal. */
  readonly context: Omit<RunContext, 'signal'>;
  clockOffsetMs(): number;
}

/** A run as it happened. `stopped`: the agent stopped in mid-run, so that the outcome means nothing. */
export interface RunEnd {
  readonly result: RunResult;
  readonly startedWallMs: number;
  readonly durationMs: number;
  readonly state: AgentState;
  /** What disturbed it, if `state` says that it was disturbed. */
  readonly disturbances: readonly Disturbance[];
  /** What that took of its time. */
  readonly lost: Lost;
  /** What was seen of it. */
  readonly recorder?: RunRecorder;
  readonly stopped: boolean;
  /** The one that the run was given. */
  readonly sessionId?: string;
  /** Of a run that was cut off: settles when the probe has let go of what it used, which any other has done. */
  readonly released?: Promise<void>;
}

const US_PER_MS = 1000;
const rssBytes = freshFor(AGENT_LIMITS.memoryReadMs.value, () => residentBytes());

/** Runs a probe once. `params` as the schedule has them; `stop` aborts when the agent stops. Never rejects. */
export async function runOnce(
  options: RunnerOptions,
  probe: Probe | undefined,
  check: {
    readonly type: string;
    readonly target: Target;
    readonly params: unknown;
    readonly timeoutMs: number;
    /** See `sessionIdOf`. */
    readonly sessionId?: string;
    readonly watchers?: Watchers;
  },
  stop: AbortSignal,
): Promise<RunEnd> {
  const { clock, sampler } = options;
  const startedWallMs = clock.wallMs();
  const startedMs = clock.monotonicMs();
  const cpu = process.cpuUsage();
  const machine = options.machine?.open();
  const window = sampler.open();
  const recorder = new RunRecorder(clock);
  const { result, released } = await attempt(recorded(options, recorder), probe, check, stop);
  const durationMs = clock.monotonicMs() - startedMs;
  const eventLoopDelayMs = window.close();
  const losses = { eventLoopDelayMs, ...machine?.close() };
  const disturbances = disturbancesOf(losses, durationMs, probe?.lane !== 'browser');
  const used = process.cpuUsage(cpu);
  return {
    result,
    startedWallMs,
    durationMs,
    disturbances,
    lost: lostOf(losses, durationMs),
    recorder,
    stopped: stop.aborted && result.outcome === 'fail',
    ...sessionOf(check),
    ...(released && { released }),
    state: {
      eventLoopDelayMs,
      cpuRatio: durationMs > 0 ? (used.user + used.system) / US_PER_MS / durationMs : 0,
      rssBytes: rssBytes(),
      clockOffsetMs: options.clockOffsetMs(),
      disturbed: disturbances.length > 0,
    },
  };
}

/** The same for a run whose evidence is gathered. */
function recorded(options: RunnerOptions, recorder: RunRecorder): RunnerOptions {
  const { network, secret } = options.context;
  const context = {
    ...options.context,
    network: recorder.network(network),
    ...(secret && { secret: recorder.secret(secret) }),
  };
  return { ...options, context };
}

interface Attempt {
  readonly result: RunResult;
  readonly released?: Promise<void>;
}

const NOW: Promise<void> = Promise.resolve();

async function attempt(
  options: RunnerOptions,
  probe: Probe | undefined,
  check: Parameters<typeof runOnce>[2],
  stop: AbortSignal,
): Promise<Attempt> {
  if (probe === undefined)
    return {
      result: failed('bad_params', `This agent does not run probes of type ${JSON.stringify(check.type)}.`),
    };
  const params = parsed(probe, check.params);
  if (!params.success) {
    const faults = params.error.issues.map(
      (issue) => `${issue.path.join('.') || 'params'}: ${issue.message}`,
    );
    return { result: failed('bad_params', faults.join('; ')) };
  }
  return underDeadline(options, check.timeoutMs, stop, (signal) =>
    probe.run(
      { ...options.context, ...sessionOf(check), ...watchersOf(check), signal },
      check.target,
      params.data,
    ),
  );
}

function sessionOf({ sessionId }: Parameters<typeof runOnce>[2]): { readonly sessionId?: string } {
  return sessionId === undefined ? {} : { sessionId };
}

function watchersOf({ watchers }: Parameters<typeof runOnce>[2]): { readonly watchers?: Watchers } {
  return watchers === undefined ? {} : { watchers };
}

type Parsed = ReturnType<Probe['params']['safeParse']>;

/** Parameters of a schedule are the same object run after run: they are parsed once, and go when it goes. */
const parsedParams = new WeakMap<Probe, WeakMap<object, Parsed>>();

function parsed(probe: Probe, params: unknown): Parsed {
  if (typeof params !== 'object' || params === null) return probe.params.safeParse(params ?? {});
  const known = parsedParams.get(probe) ?? new WeakMap<object, Parsed>();
  parsedParams.set(probe, known);
  const before = known.get(params);
  if (before) return before;
  const now = probe.params.safeParse(params);
  known.set(params, now);
  return now;
}

/** Runs `work` until it ends, or cuts it off when it ignores its aborted signal for longer than the grace. */
function underDeadline(
  { clock, timers }: RunnerOptions,
  timeoutMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<RunResult>,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const controller = new AbortController();
    let cancelCut = (): void => {};
    const abort = (reason: DOMException): void => {
      cancelDeadline();
      stop.removeEventListener('abort', stopped);
      cancelCut = timers.after(AGENT_LIMITS.abortGraceMs.value, () =>
        resolve({
          result: failed(
            'timeout',
            `The run went on ${AGENT_LIMITS.abortGraceMs.value} ms after it was aborted, and was cut off.`,
          ),
          released: ended,
        }),
      );
      controller.abort(reason);
    };
    const stopped = (): void => abort(new DOMException('The agent stops.', 'AbortError'));
    const overdue = (): void =>
      abort(new DOMException(`The run took longer than ${timeoutMs} ms.`, 'TimeoutError'));
    const dueMs = clock.monotonicMs() + timeoutMs;
    let cancelDeadline = timers.after(timeoutMs, () => {
      // Whoever stood still finds the timer first, and after it what had come in time: that is read before the run is given up.
      if (clock.monotonicMs() - dueMs < AGENT_LIMITS.disturbedDelayMs.value) overdue();
      else cancelDeadline = timers.after(AGENT_LIMITS.catchUpMs.value, overdue);
    });
    stop.addEventListener('abort', stopped, { once: true });
    // The probe is called within a promise so that one that throws at once is no different.
    const ended = NOW.then(() => work(controller.signal))
      .catch((error: unknown) => failed('internal', describe(error)))
      .then((result) => {
        cancelDeadline();
        cancelCut();
        stop.removeEventListener('abort', stopped);
        resolve({ result });
      });
    if (stop.aborted) stopped();
  });
}

function failed(code: Failure['code'], message: string): RunResult {
  return {
    outcome: 'fail',
    failure: { layer: 'agent', blame: 'agent', code, message },
    metrics: {},
    attributes: {},
    phases: [],
  };
}

/** A bug in a probe as one line: what, and where it was thrown. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${error.name}: ${error.message}${where === undefined ? '' : ` (${where.trim()})`}`;
}
