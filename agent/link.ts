/** The way to the collectors: keeps one session, on the first of the list that takes it, through every kind of trouble. */
import { CLOSE_CODES } from '../protocol/errors.ts';
import { AGENT_PATH, type LinkHealth } from '../protocol/frame.ts';
import { Backoff } from './backoff.ts';
import { takesAgents } from './dial-check.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { Finish, SessionEnd, SessionOptions } from './session.ts';
import { Session } from './session.ts';
import { sleep } from './time.ts';
import type { Ask } from './watching.ts';

export interface LinkOptions extends Omit<SessionOptions, 'url' | 'singly'> {
  /** Addresses of collectors, the preferred first. */
  readonly collectors: readonly string[];
  /** See `AGENT_LIMITS.returnMs`, which it is when absent. */
  readonly returnMs?: number;
  /** Uniform in [0, 1). */
  random(): number;
  onConnected?(url: string): void;
  onDisconnected?(url: string, end: SessionEnd): void;
}

/** Delay between attempts while the agent stops and has results to deliver. */
const STOPPING_RETRY_MS = 100;

/** `ws://host:7077` or `http://host:7077`, with or without the path, as the address that is dialled. */
export function collectorUrl(address: string): string {
  const url = new URL(address);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.pathname === '/') url.pathname = AGENT_PATH;
  return url.href;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #urls: readonly string[];
  readonly #backoff: Backoff;
  /** Per collector the monotonic time before which it does not want to be called. */
  readonly #notBeforeMs = new Map<number, number>();
  readonly #stop = new AbortController();
  /** Aborts when the agent stops: what is spooled is to be delivered now. */
  readonly #wake = new AbortController();
  #session: Session | undefined;
  #next = 0;
  /** A collector before the present one takes agents again: the way leads there. */
  #returnTo: number | undefined;
  #refusals = 0;
  #welcomes = 0;
  #position = 0;
  #stopping = false;
  #onWelcomed: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#urls = options.collectors.map(collectorUrl);
    this.#backoff = new Backoff(options.random);
  }

  get connected(): boolean {
    return this.#session?.welcomed ?? false;
  }

  /** Results sent and not acknowledged. */
  get inFlight(): number {
    return this.#session?.inFlight ?? 0;
  }

  /** How often a collector took this agent in, and which of the list has it now. */
  get standing(): LinkHealth {
    return { sessions: this.#welcomes, collector: this.#position, collectors: this.#urls.length };
  }

  /** As `Session.ask`; unasked when there is none. */
  readonly ask: Ask = async (request, signal) => this.#session?.ask(request, signal) ?? 'unasked';

  /** There is evidence to send. */
  offerEvidence(): void {
    this.#session?.offerEvidence();
  }

  /** As `Session.hears`; false when there is none. */
  hears(signal: AbortSignal): Promise<boolean> {
    return this.#session?.hears(signal) ?? Promise.resolve(false);
  }

  start(): void {
    if (this.#urls.length > 0) this.#loop ??= this.#run();
  }

  /** New results were stored. */
  notify(): void {
    this.#session?.notify();
  }

  /** Cuts the connection without a word, as a network that fails does; the link comes back by itself. */
  interrupt(): void {
    this.#session?.interrupt();
  }

  /** Ends without a word: another process goes on with the spool, and says what is left to say. */
  async leave(): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    this.#stop.abort();
    this.#session?.interrupt();
    await this.#loop;
  }

  /** Delivers what it can within `flushMs`, says goodbye, and ends. */
  async stop(stoppedAtMs: number, reason: string, flushMs: number): Promise<Finish> {
    this.#stopping = true;
    this.#wake.abort();
    const late = new AbortController();
    const cancel = this.#options.timers.after(flushMs, () => late.abort());
    let finish: Finish = { delivered: false, known: false };
    while (this.#loop && !(finish.delivered && finish.known) && !late.signal.aborted) {
      await this.#untilWelcomed(late.signal);
      const session = this.#session;
      if (!session?.welcomed) continue;
      finish = await session.finish({ stoppedAtMs, reason }, late.signal);
      // A session that broke before everything was delivered and known may have a successor.
      if (!finish.delivered || !finish.known) await Promise.race([session.ended, aborted(late.signal)]);
    }
    cancel();
    this.#stop.abort();
    this.#session?.close(1000, 'stopped');
    await this.#loop;
    return finish;
  }

  #untilWelcomed(signal: AbortSignal): Promise<void> {
    if (this.connected) return Promise.resolve();
    const welcomed = new Promise<void>((resolve) => {
      this.#onWelcomed = resolve;
    });
    return Promise.race([welcomed, aborted(signal)]);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const index = this.#choose();
      const url = this.#urls[index] as string;
      const singly = this.#refusals >= AGENT_LIMITS.refusals.value;
      const session = new Session({
        ...this.#options,
        url,
        singly,
        onWelcome: (welcome) => {
          this.#welcomes += 1;
          this.#position = index + 1;
          this.#options.onConnected?.(url);
          this.#options.onWelcome(welcome);
          this.#onWelcomed?.();
          if (index > 0) void this.#returnLater(session, index);
        },
      });
      this.#session = session;
      const end = await session.ended;
      this.#session = undefined;
      this.#options.onDisconnected?.(url, end);
      this.#judge(index, end, singly);
      await this.#pause();
    }
  }

  /**
   * While a session is with a later collector of the list, looks now and then whether an earlier one takes agents, and then
   * leaves in order. Each agent has times of its own, so that a fleet comes back over minutes.
   */
  async #returnLater(session: Session, index: number): Promise<void> {
    const { random, returnMs = AGENT_LIMITS.returnMs.value, timers } = this.#options;
    const over = new AbortController();
    void session.ended.then(() => over.abort());
    const signal = AbortSignal.any([over.signal, this.#wake.signal]);
    while (!signal.aborted) {
      await sleep(timers, returnMs * (0.5 + random()), signal);
      for (let earlier = 0; earlier < index && !signal.aborted; earlier += 1) {
        if (this.#waitMs(earlier) > 0) continue;
        const url = this.#urls[earlier] as string;
        const takes = await takesAgents(
          url,
          AGENT_LIMITS.handshakeMs.value,
          signal,
          this.#options.authorities,
        );
        if (!takes || signal.aborted) continue;
        this.#returnTo = earlier;
        session.leave();
        return;
      }
    }
  }

  /** How long a collector does not want to be called yet. */
  #waitMs(index: number): number {
    return Math.max(0, (this.#notBeforeMs.get(index) ?? 0) - this.#options.clock.monotonicMs());
  }

  /** The next of the list that may be called, or the one that may be called the soonest. */
  #choose(): number {
    const order = this.#urls.map((_, offset) => (this.#next + offset) % this.#urls.length);
    return order.reduce((best, index) => (this.#waitMs(index) < this.#waitMs(best) ? index : best));
  }

  /** What the end of a session says about the next attempt. */
  #judge(index: number, end: SessionEnd, singly: boolean): void {
    const { clock, spool } = this.#options;
    const stable = (end.lastedMs ?? 0) >= AGENT_LIMITS.stableMs.value;
    if (stable) this.#backoff.reset();
    // One that has stopped answering would first keep the agent waiting for its handshake.
    const onward = (index + 1) % this.#urls.length;
    this.#next = this.#returnTo ?? (stable && !(end.unheard && index === 0) ? 0 : onward);
    this.#returnTo = undefined;
    // Another process has taken this agent's name, and would only be thrown out in turn; or a person has to act before it is let in.
    const inVain = end.code === CLOSE_CODES.replaced || end.code === CLOSE_CODES.unauthorised;
    const retryAfterMs = end.retryAfterMs ?? (inVain ? AGENT_LIMITS.backoffMaxMs.value : undefined);
    if (retryAfterMs !== undefined)
      this.#notBeforeMs.set(
        index,
        clock.monotonicMs() + Math.min(retryAfterMs, AGENT_LIMITS.retryAfterMaxMs.value),
      );
    const refused = end.code === CLOSE_CODES.bad_frame && end.unacked !== undefined;
    if (refused && singly && end.unacked) spool.drop(end.unacked.boot, end.unacked.seq, 'refused');
    this.#refusals = refused && !end.acked ? this.#refusals + 1 : 0;
  }

  /** What the collector asked for first, even while stopping; the jitter after it, so that a fleet does not come back in step. */
  async #pause(): Promise<void> {
    const { random, timers } = this.#options;
    const askedMs = this.#waitMs(this.#choose());
    if (askedMs > 0) await sleep(timers, askedMs, this.#stop.signal);
    if (this.#stopping) return sleep(timers, STOPPING_RETRY_MS, this.#stop.signal);
    // Many were asked for the same time at the same moment: the longer it was, the more of them there may be.
    const spreadMs = askedMs * AGENT_LIMITS.retrySpread.value * random();
    await sleep(timers, spreadMs + this.#backoff.nextMs(), this.#wake.signal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
