/**
 * From the final answer of an upload until it plays: the status is asked for until it announces something to play, and only
 * what it announced is played, each thing until it plays. One thing after the other, in turns at the interval of polling.
 */
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import { type Failed, failed, type Uploaded, type UploadRun } from '../upload/upload-run.ts';
import { attemptPlay, isForbidden } from './attempt.ts';
import { PUBLISH_LIMITS } from './limits.ts';
import { Pace } from './pace.ts';
import type { PublishParams } from './params.ts';
import type { StatusApi, StatusTold } from './status-api.ts';
import { fillUrl, type Known } from './template.ts';

export interface PublicationOptions {
  readonly context: RunContext;
  readonly run: UploadRun;
  readonly params: PublishParams;
  readonly uploaded: Uploaded;
  readonly known: Known;
  readonly api: StatusApi;
  /** The first address that was announced; called once. */
  onAnnounced(url: URL): void;
  /** The first address that plays; called once. */
  onPlays(url: URL): void;
}

interface Announced {
  /** As last announced: addresses that are signed are other ones in each answer. */
  url: URL;
  /** When it played; undefined while it does not. */
  atMs?: number;
}

/** In place of the name of a rendition: the upload as a whole. */
const WHOLE = '';

export class Publication {
  readonly #options: PublicationOptions;
  readonly #states: Readonly<Record<'accepted' | 'done' | 'failed', ReadonlySet<string>>>;
  readonly #pace: Pace;
  /** The whole, by the empty name, and renditions, in the order in which they were announced. */
  readonly #announced = new Map<string, Announced>();
  #lastState: string | undefined;
  /** Why it did not play, the last time. */
  #lastPlay: Failure | undefined;
  /** Nothing further is announced. */
  #isComplete = false;

  constructor(options: PublicationOptions) {
    const { accepted, done, failed: broken } = options.params.status;
    this.#options = options;
    this.#states = {
      accepted: new Set([...accepted, ...done]),
      done: new Set(done),
      failed: new Set(broken),
    };
    this.#pace = new Pace(options.context.clock, options.params.pollMs);
  }

  /** Until everything that was announced plays, and nothing further will be; or until it is clear that it will not. */
  async follow(): Promise<Failure | undefined> {
    const { signal } = this.#options.context;
    while (await this.#pace.turn(signal)) {
      const failure = this.#isComplete ? undefined : await this.#askStatus();
      if (failure && !signal.aborted) return failure;
      const forbidden = await this.#playOpen();
      this.#options.run.metrics.publish_poll_ms = this.#pace.longestMs;
      if (forbidden) return forbidden;
      if (this.#isComplete && this.#open().length === 0) {
        this.#noteRenditions();
        return undefined;
      }
    }
    return this.#unfinished();
  }

  async #askStatus(): Promise<Failure | undefined> {
    const told = await this.#options.api.ask();
    if (!told.ok) return told.failure;
    const { state } = told;
    if (state === undefined) return undefined;
    this.#lastState = state;
    if (this.#states.failed.has(state)) return broken(state).failure;
    const lost = told.renditions?.find(
      (one) => one.state !== undefined && this.#states.failed.has(one.state),
    );
    if (lost) return broken(`${lost.state} of a rendition`).failure;
    if (this.#states.accepted.has(state)) this.#noteOnce('publish_accepted_ms', 'accepted', told.atMs);
    return this.#announce(told, state);
  }

  #announce(told: StatusTold, state: string): Failure | undefined {
    const { done } = this.#states;
    const isDone = done.has(state);
    const renditions = told.renditions ?? [];
    const ready = renditions.filter((one) => one.state !== undefined && done.has(one.state));
    for (const { name, playUrl } of ready) {
      const url = playUrl === undefined ? null : URL.parse(playUrl, this.#options.run.url);
      if (!url) return nowhere('calls a rendition done, and does not say where it plays');
      const failure = this.#add(name, url);
      if (failure) return failure;
    }
    if (isDone) {
      const url = this.#playUrl(told);
      if (!url && ready.length === 0)
        return nowhere(
          'calls the upload done, and not where it plays: declare where that stands, or `playUrl`',
        );
      const failure = url && this.#add(WHOLE, url);
      if (failure) return failure;
    }
    const isListed = this.#options.params.status.fields.renditions === undefined || renditions.length > 0;
    this.#isComplete = isDone && isListed && ready.length === renditions.length;
    if (this.#isComplete && renditions.length > 0)
      this.#options.run.attributes.renditions = String(renditions.length);
    return undefined;
  }

  #playUrl({ playUrl }: StatusTold): URL | null {
    const { params, known, run } = this.#options;
    if (playUrl !== undefined) return URL.parse(playUrl, run.url);
    const filled = params.playUrl === undefined ? undefined : fillUrl(params.playUrl, known);
    return filled?.ok ? URL.parse(filled.value, run.url) : null;
  }

  /** Why it can not be played at this address, which is plain ASCII by now, or nothing. */
  #add(name: string, url: URL): Failure | undefined {
    const { value } = PUBLISH_LIMITS.playUrlBytes;
    if (url.href.length > value)
      return nowhere(`says that it plays at an address of ${url.href.length} bytes, more than ${value}`);
    const known = this.#announced.get(name);
    if (known) {
      known.url = url;
      return undefined;
    }
    if (this.#announced.size === 0) this.#options.onAnnounced(url);
    this.#announced.set(name, { url });
    return undefined;
  }

  #open(): readonly Announced[] {
    return [...this.#announced.values()].filter(({ atMs }) => atMs === undefined);
  }

  /** Why it is of no use to try again, or nothing. */
  async #playOpen(): Promise<Failure | undefined> {
    const { context, run, onPlays } = this.#options;
    for (const open of this.#open()) {
      const attempt = await attemptPlay(context, open.url, run.cmcd.mode);
      if (context.signal.aborted && !attempt.plays) return undefined;
      if (!attempt.plays) {
        if (isForbidden(attempt.failure)) return attempt.failure;
        this.#lastPlay = attempt.failure;
        if (attempt.attributes.negative_cached) run.attributes.negative_cached = 'true';
        continue;
      }
      open.atMs = attempt.atMs;
      if (run.metrics.publish_playable_ms === undefined) onPlays(open.url);
      this.#noteOnce('publish_playable_ms', 'playable', attempt.atMs);
    }
    return undefined;
  }

  #noteRenditions(): void {
    const renditions = [...this.#announced].filter(([name]) => name !== WHOLE);
    const times = renditions.map(([, { atMs }]) => atMs ?? 0);
    if (times.length > 0) this.#noteOnce('publish_all_renditions_ms', 'all renditions', Math.max(...times));
  }

  #noteOnce(
    metric: 'publish_accepted_ms' | 'publish_playable_ms' | 'publish_all_renditions_ms',
    phase: string,
    atMs: number | undefined,
  ): void {
    const { run, uploaded } = this.#options;
    if (atMs === undefined || run.metrics[metric] !== undefined) return;
    run.metrics[metric] = atMs - uploaded.endMs;
    run.timeline.add(phase, uploaded.endMs, atMs);
  }

  /** What was still to come when the run was over. */
  #unfinished(): Failure {
    const open = this.#open().length;
    if (open > 0 && this.#lastPlay) {
      const { message } = this.#lastPlay;
      return {
        ...this.#lastPlay,
        layer: 'processing',
        message: `Announced, and not playable before the deadline. Last: ${message}`,
      };
    }
    const state = this.#lastState === undefined ? 'no status was there' : `last state: ${this.#lastState}`;
    const what =
      this.#announced.size > open
        ? 'It plays, and not every rendition was announced'
        : 'The upload was not announced as playable';
    return failed('processing', 'timeout', `${what} before the deadline; ${state}.`).failure;
  }
}

function nowhere(what: string): Failure {
  return failed('processing', 'bad_response', `The status ${what}.`).failure;
}

function broken(state: string): Failed {
  return failed(
    'processing',
    'bad_body',
    `The service could not process the upload: state ${state.slice(0, 100)}.`,
  );
}
