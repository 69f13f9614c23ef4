/** The connections of one start: one for what follows one another, others for what a player fetches beside it. */
import type { Metrics } from '../metrics.ts';
import type { Cmcd } from '../net/cmcd.ts';
import { connectionAttributes } from '../net/response-attributes.ts';
import { HttpSession } from '../net/session.ts';
import type { RunContext } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import { cmcdObjectOf } from './cmcd-object.ts';
import { type FetchWatch, MediaFetcher } from './media-fetcher.ts';
import type { PackagingFacts } from './packaging-facts.ts';
import { recordResponse } from './playback-run.ts';

interface ConnectionOptions {
  readonly context: RunContext;
  readonly cmcd: Cmcd;
  readonly timeline: Timeline;
  /** Filled with what connections and responses tell. */
  readonly measured: { readonly metrics: Metrics; readonly attributes: Record<string, string> };
  readonly facts: PackagingFacts;
  readonly origin: string | undefined;
}

export class Connections {
  readonly #options: ConnectionOptions;
  readonly #end = new AbortController();
  readonly #sessions: HttpSession[] = [];
  readonly #fetchers: MediaFetcher[] = [];
  readonly #beside = new Map<string, MediaFetcher>();
  /** The first one. */
  readonly fetcher: MediaFetcher;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.fetcher = this.#open(0);
  }

  beside(name: string): MediaFetcher {
    const fetcher = this.#beside.get(name) ?? this.#open(this.fetcher.roundTrips);
    this.#beside.set(name, fetcher);
    return fetcher;
  }

  get requestCount(): number {
    return this.#fetchers.reduce((sum, { requestCount }) => sum + requestCount, 0);
  }

  /** Of the first connection. */
  get connectMetrics(): Metrics {
    return this.#sessions[0]?.connectMetrics ?? {};
  }

  /** Ends every request under way, and closes what is open. */
  giveUp(): void {
    this.#end.abort();
    for (const session of this.#sessions) session.close();
  }

  #open(roundTrips: number): MediaFetcher {
    const { context, cmcd, timeline, measured, facts, origin } = this.#options;
    const { network, clock, userAgent } = context;
    const signal = AbortSignal.any([context.signal, this.#end.signal]);
    const session = new HttpSession({ network, clock, signal, userAgent, cmcd, timeline });
    const isStarting = (): boolean => measured.metrics.first_frame_ms === undefined;
    const watch: FetchWatch = {
      onConnected: (connected) =>
        Object.assign(measured.attributes, { ...connectionAttributes(connected), ...measured.attributes }),
      onResponse: (response, plan) => {
        recordResponse(measured, response);
        facts.addHead(response, plan);
        if (isStarting()) facts.addStep(response);
      },
      onRedirect: (response) => {
        if (isStarting()) facts.addRedirect(response);
      },
      objectOf: (plan) => cmcdObjectOf(plan, measured),
    };
    const fetcher = new MediaFetcher(session, watch, { roundTrips, origin });
    this.#sessions.push(session);
    this.#fetchers.push(fetcher);
    return fetcher;
  }
}
