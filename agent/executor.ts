/** From an occasion to a result in the spool: a turn in a lane, a run, a draft. Every occasion ends in exactly one result. */
import type { MissedReason } from '../probes/outcome.ts';
import type { Clock, Lane as LaneName, Probe } from '../probes/probe.ts';
import type { Assignment, Watch } from '../protocol/frame.ts';
import { sessionIdOf } from '../protocol/session-id.ts';
import { inTurn } from './browser-turn.ts';
import type { CapName, RunCaps } from './caps.ts';
import type { Compilers } from './compilers.ts';
import type { Judge } from './control/judge.ts';
import type { Draft, Occasion } from './draft.ts';
import { missedDraft, runDraft } from './draft.ts';
import { cleaned, type EvidenceKeeper } from './evidence/keep-evidence.ts';
import type { HealthReporter } from './health.ts';
import type { Entry } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { RunnerOptions } from './runner.ts';
import { runOnce } from './runner.ts';
import type { Timers } from './time.ts';
import { sleep } from './time.ts';
import { Asking, type WatchingOptions, watcherOf } from './watching.ts';

export interface ExecutorOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly lanes: Lanes;
  readonly runner: RunnerOptions;
  /** Of this start of the agent, as its results have it. */
  readonly boot: string;
  readonly health: HealthReporter;
  /** Told of every run; those of the process stay as they are where absent. */
  readonly compilers?: Pick<Compilers, 'ran'>;
  /** What the owner lets it run; everything where absent. */
  readonly caps?: Pick<RunCaps, 'take'>;
  /** The last word on whose fault a failure is; that of the probe where absent. */
  readonly judge?: Judge;
  /** Keeps what a failed run has to show. */
  readonly evidence?: EvidenceKeeper;
  /** How runs have others watch for what they publish. */
  ask: WatchingOptions['ask'];
  /** The secret of this name for runs of the check; none where absent. */
  secret?(assignment: Assignment, name: string): string | undefined;
  /** The probe of a type, if this agent runs it. */
  probeOf(type: string): Probe | undefined;
  onTrouble(message: string, error?: unknown): void;
}

export type Job = Occasion & {
  readonly assignment: Assignment;
  /** What is to be watched for the run `requestId` of another agent, in place of the probe's own run. */
  readonly watch?: Watch;
};

export class Executor {
  readonly #options: ExecutorOptions;
  /** For runs of the light lane, which have no turn of the browser yet. */
  readonly #lightRunner: RunnerOptions;
  readonly #jobs = new Set<Promise<void>>();
  readonly #saidCaps = new Set<CapName>();
  /** Aborts when no further run is to start. */
  readonly #closing = new AbortController();
  /** Aborts when runs under way are to end. */
  readonly #stopping = new AbortController();

  constructor(options: ExecutorOptions) {
    this.#options = options;
    const { browser } = options.runner.context;
    const shared = browser && inTurn(browser, (signal) => this.#enter('browser', signal));
    const context = { ...options.runner.context, ...(shared ? { browser: shared } : {}) };
    this.#lightRunner = { ...options.runner, context };
  }

  /** Runs or waiting for their turn. */
  get running(): number {
    return this.#jobs.size;
  }

  /** Takes a job; `done` gets its result, always once, and before `stop` resolves. */
  take(job: Job, done: (draft: Draft) => void): void {
    const work = this.#work(job)
      .then(done)
      .finally(() => this.#jobs.delete(work));
    this.#jobs.add(work);
  }

  /** The result of a job that is not to be run. */
  missed(job: Occasion, reason: MissedReason): Draft {
    return missedDraft(job, reason, this.#options.clock.wallMs(), this.#options.health.state());
  }

  /** Gives up what waits, lets runs end by themselves for `runsMs`, then aborts them. Resolves when every job is done. */
  async stop(runsMs: number): Promise<void> {
    this.#closing.abort();
    await this.finish(runsMs);
  }

  /** Lets what runs or waits come to its end for `runsMs`, then aborts it. Resolves when every job is done. */
  async finish(runsMs: number): Promise<void> {
    const late = this.#options.timers.after(runsMs, () => {
      this.#closing.abort();
      this.#stopping.abort();
    });
    await Promise.all(this.#jobs);
    late();
  }

  async #work(job: Job): Promise<Draft> {
    const { boot } = this.#options;
    const { type, target, params, timeoutMs, everyMs } = job.assignment;
    const probe = this.#probeOf(job);
    const lane = probe?.lane ?? 'light';
    const laneRunner = lane === 'light' ? this.#lightRunner : this.#options.runner;
    const runner = this.#withSecrets(laneRunner, job.assignment);
    const entry = await this.#enter(lane, this.#closing.signal, everyMs);
    if (!entry.entered) return this.missed(job, entry.reason);
    const cap = this.#options.caps?.take(target.url, lane);
    if (cap !== undefined) {
      entry.release();
      this.#capped(cap);
      return this.missed(job, 'capped');
    }
    const { scheduledMs, requestId } = job;
    const run = { boot, probe: job.assignment.probe, target: target.name, scheduledMs, requestId };
    const sessionId = sessionIdOf(run);
    this.#options.compilers?.ran();
    const asking = new Asking(
      { run: sessionId, probe: run.probe, target: run.target },
      { ...this.#options, clockOffsetMs: runner.clockOffsetMs },
    );
    const check = { type, target, params, timeoutMs, sessionId, watchers: asking.watchers };
    const end = await runOnce(runner, probe, check, this.#stopping.signal);
    if (job.trigger === 'schedule') this.#options.health.started(end.startedWallMs - job.scheduledMs);
    const { released } = end;
    if (released === undefined) entry.release();
    else
      void Promise.race([released, sleep(this.#options.timers, AGENT_LIMITS.zombieMs.value)]).then(() =>
        entry.release(),
      );
    if (end.stopped) return this.missed(job, 'agent_down');
    const judged = (await this.#options.judge?.(end, this.#stopping.signal)) ?? end.result;
    const result = cleaned(judged, end.recorder);
    this.#options.evidence?.({ ...end, result }, { run: sessionId, ...run });
    const attributes = { ...result.attributes, ...asking.attributes };
    return runDraft(job, { ...end, result: { ...result, attributes } });
  }

  /** Said once for each cap: a schedule beyond it meets it again and again. */
  #capped(cap: CapName): void {
    if (this.#saidCaps.has(cap)) return;
    this.#saidCaps.add(cap);
    this.#options.onTrouble(
      `The cap caps.${cap} of this agent’s configuration is reached: runs past it are missed.`,
    );
  }

  /** What a run of this check may read of secrets. */
  #withSecrets(runner: RunnerOptions, assignment: Assignment): RunnerOptions {
    const { secret } = this.#options;
    if (!secret) return runner;
    return { ...runner, context: { ...runner.context, secret: (name) => secret(assignment, name) } };
  }

  #probeOf({ assignment, watch, requestId }: Job): Probe | undefined {
    const { probeOf, runner } = this.#options;
    const probe = probeOf(assignment.type);
    return probe && watch ? watcherOf(probe, watch, requestId, runner.clockOffsetMs) : probe;
  }

  /** Waits for a turn, no longer than the interval of the check. */
  async #enter(
    lane: LaneName,
    signal: AbortSignal,
    everyMs: number = AGENT_LIMITS.browserWaitMs.value,
  ): Promise<Entry> {
    const { lanes, onTrouble } = this.#options;
    try {
      return await lanes.enter(lane, everyMs, signal);
    } catch (error) {
      onTrouble('The lock of the browser cannot be taken: its runs are shed.', error);
      return { entered: false, reason: 'shed' };
    }
  }
}
