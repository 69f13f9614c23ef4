/**
 * Both ends of having an upload watched from elsewhere: an uploader asks its collector, which asks other agents, and each of
 * these runs the watcher in place of the probe. Orders travel in the time of the collector and are moved by what the clock of
 * an agent is off when they leave it and when they come in.
 */

import type { Attributes, Clock, Probe, RunContext, RunResult } from '../probes/probe.ts';
import { watchUntilPlayable } from '../probes/publish/watcher.ts';
import type { NoReports, Watchers } from '../probes/watch-order.ts';
import type { Watch, WatchAnswer, WatchRequest } from '../protocol/frame.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import type { Timers } from './time.ts';

/** `unanswered` when the collector, once asked, can not answer any more, or when `signal` aborts. Never rejects. */
export type Ask = (request: WatchRequest, signal: AbortSignal) => Promise<WatchAnswer | NoReports>;

export interface WatchingOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Clock of the collector minus clock of the agent. */
  clockOffsetMs(): number;
  ask: Ask;
}

/** The run that asks. */
type Publication = Pick<WatchRequest, 'run' | 'probe' | 'target'>;

/** How a run has others watch: once, and no longer than its order, even when the collector is gone or silent. */
export class Asking {
  readonly #publication: Publication;
  readonly #options: WatchingOptions;
  #called = false;
  #unasked = true;

  constructor(publication: Publication, options: WatchingOptions) {
    this.#publication = publication;
    this.#options = options;
  }

  /** What the row of the run says, so that those of its watchers are found with it. */
  get attributes(): Attributes {
    return this.#unasked ? {} : { publish_run: this.#publication.run };
  }

  readonly watchers: Watchers = async ({ from, ...order }, signal) => {
    // The collector would end the session over one that is longer.
    const playUrls = order.playUrls.filter((url) => Buffer.byteLength(url) <= LINK_LIMITS.urlBytes.value);
    if (signal.aborted || this.#called || playUrls.length === 0) return 'unasked';
    this.#called = true;
    // Until it is known better: the run may be over before this is.
    this.#unasked = false;
    const { clock, timers, clockOffsetMs, ask } = this.#options;
    const late = new AbortController();
    const cancel = timers.after(Math.max(0, order.untilWallMs - clock.wallMs()), () => late.abort());
    const watch = moved({ ...order, playUrls }, clockOffsetMs());
    const request = { type: 'watch_request', ...this.#publication, watch, from } as const;
    const answer = await ask(request, AbortSignal.any([signal, late.signal]));
    cancel();
    this.#unasked = answer === 'unasked';
    return typeof answer === 'string' ? answer : answer.reports;
  };
}

/** The probe as one that watches in place of its own run. */
export function watcherOf(
  probe: Probe,
  watch: Watch,
  publishRun: string,
  clockOffsetMs: () => number,
): Probe {
  return {
    ...probe,
    lane: 'light',
    run: async (context: RunContext): Promise<RunResult> => {
      const result = await watchUntilPlayable(context, moved(watch, -clockOffsetMs()));
      return { ...result, attributes: { ...result.attributes, publish_run: publishRun } };
    },
  };
}

function moved(watch: Watch, byMs: number): Watch {
  return { ...watch, sinceWallMs: watch.sinceWallMs + byMs, untilWallMs: watch.untilWallMs + byMs };
}
