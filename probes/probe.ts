/**
 * What a probe is: its parameters, the metrics it emits, and one function that runs it once.
 * Adding a probe is a file, a line in `registry.ts`, and a test.
 */
import type { z } from 'zod';
import type { Browser } from './browser/browser.ts';
import type { Evidence } from './evidence.ts';
import type { MetricName, Metrics } from './metrics.ts';
import type { Network } from './net/network.ts';
import type { Failure } from './outcome.ts';
import type { OwnRuns } from './own/own-runs.ts';
import type { Watchers } from './watch-order.ts';

/** What is probed. Labels: service, cdn, pop, variant, or any other. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Time, injected so that tests and the simulator run the real code under a clock of their own. */
export interface Clock {
  /** Monotonic milliseconds, fractions included; only differences mean anything. */
  monotonicMs(): number;
  /** Unix milliseconds. */
  wallMs(): number;
}

/** Everything that a run may touch. */
export interface RunContext {
  /** Aborts at the deadline of the run or when the agent stops: a run ends soon after. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** Name resolution and connections, guarded by the address policy of the agent. */
  readonly network: Network;
  /** The browser of the agent; absent on a light agent. */
  readonly browser?: Browser;
  /** Other agents that can be asked when they see an upload; absent where no collector coordinates them. */
  readonly watchers?: Watchers;
  /** The modules and programs that the owner of the agent has signed off; absent where there are none. */
  readonly own?: OwnRuns;
  readonly agent: { readonly id: string; readonly region: string };
  /** Names the run in the logs of others; random when absent. A UUID. */
  readonly sessionId?: string;
  /** An honest User-Agent, e.g. `Outrider/0.1 (+synthetic probe; agent eu-west-1)`. */
  readonly userAgent: string;
  /** The credentials of this name at the agent; undefined when it has none. Never to be told to anybody else. */
  secret?(name: string): string | undefined;
}

/** A stretch of the run, for the waterfall. Milliseconds from the start of the run. */
export interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly note?: string;
}

/**
 * Facts about a run that are not numbers, e.g. `pop`, `cache_status`, `server_ip`, `http_version`,
 * `http_status`, `tls_version`, `browser_build`, `rendition`, `player`, `send_clock`.
 */
export type Attributes = Readonly<Record<string, string>>;

/** Something odd about a target that a run came across, with what it costs its users. */
export interface Finding {
  /** Stable, in snake case, e.g. `moov_at_end`. */
  readonly id: string;
  /** One or two sentences: what is so, and what to do. */
  readonly text: string;
  /** Predicted milliseconds; 0 where it does not cost time. */
  readonly costMs: number;
  /**
   * What costs: `never` keeps some viewers from any start, `start` delays the one that was measured, `later` what follows it or
   * the next start, `note` none of them.
   */
  readonly when: 'never' | 'start' | 'later' | 'note';
}

interface Measured {
  /** Absent metrics were not measured: never 0 in their place. */
  readonly metrics: Metrics;
  readonly attributes: Attributes;
  readonly phases: readonly Phase[];
  /** Worst first. Not on the wire: attribute `findings` has their ids there. */
  readonly findings?: readonly Finding[];
  /** What the agent cannot see by itself of a run that failed, e.g. what a page showed. Not on the wire with the result. */
  readonly evidence?: Partial<Evidence>;
}

/** How a run ended. A failing target is a value; `run` throws only for bugs. */
export type RunResult =
  | (Measured & { readonly outcome: 'ok' })
  | (Measured & { readonly outcome: 'fail'; readonly failure: Failure });

/** Light runs share a lane of sockets; browser runs take turns on the whole machine. */
export type Lane = 'light' | 'browser';

export interface Probe<Params = unknown> {
  readonly type: string;
  readonly lane: Lane;
  /** One sentence for help texts. */
  readonly summary: string;
  readonly params: z.ZodType<Params>;
  readonly metrics: readonly MetricName[];
  /** What the detector judges, each with a `minEffect` in the dictionary. */
  readonly judged: readonly MetricName[];
  readonly defaults: { readonly everyMs: number; readonly timeoutMs: number };
  /** The capability, beside the type, that an agent must have told to be given these parameters, e.g. `own:sign-in`. */
  requires?(params: unknown): string;
  run(context: RunContext, target: Target, params: Params): Promise<RunResult>;
}
