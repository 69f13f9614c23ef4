/**
 * One session of one agent: hello within its time, then results, health and goodbye. Whatever breaks the contract ends this
 * session, with a code and a reason, and touches no other.
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../probes/probe.ts';
import type { WatchReport } from '../../probes/watch-order.ts';
import type { BatchView } from '../../protocol/batch-view.ts';
import { decodeReceived, encodeFrame, type ReceivedFrame } from '../../protocol/codec.ts';
import { CLOSE_CODES, type CloseName, GOODBYE, ProtocolError } from '../../protocol/errors.ts';
import type {
  CollectorFrame,
  EvidenceReport,
  Health,
  Hello,
  Schedule,
  WatchRequest,
} from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { LinkGate } from '../access/link-gate.ts';
import type { AgentLink } from '../registry/link.ts';
import type { IngestCounters } from './counters.ts';
import type { Credit } from './credit.ts';
import { InFlight } from './in-flight.ts';
import { Introduction, type Peer } from './introduction.ts';
import { INGEST_LIMITS } from './limits.ts';
import type { AgentProgress, BootProgress } from './progress.ts';

/** What a session needs of the collector. */
export interface SessionHost {
  readonly clock: Clock;
  readonly counters: IngestCounters;
  /** Where agents have to show who they are. */
  readonly gate?: LinkGate | undefined;
  /** Makes the session that of its agent. Rejects with a `ProtocolError` to refuse it. */
  admit(session: Session, hello: Hello): Promise<Admission>;
  /**
   * Takes the rows of a batch that are new, those from `from` on, into the store, in the order of their seqs. Throws a
   * `ProtocolError` when it cannot take them all.
   */
  accept(session: Session, batch: ReceivedBatch, from: number): void;
  health(session: Session, health: Health): void;
  /** Settles when it is in the store that the agent stopped. Rejects with a `StoreError`. */
  goodbye(session: Session, stoppedAtMs: number): Promise<void>;
  /** What others saw of what the agent published: a report for each place that was asked for. Never rejects. */
  watch(session: Session, request: WatchRequest): Promise<readonly WatchReport[]>;
  /** Takes what a failed run has to show: see `EvidenceIntake.take`. Never rejects. */
  evidence(session: Session, report: EvidenceReport): Promise<number>;
  /** Any frame came. */
  heard(session: Session): void;
  /** It is welcomed now: opens its part of what may be in flight. */
  welcomed(): Credit;
  /** Once, however the session ended. */
  ended(session: Session, code: number): void;
}

/** A batch, and how far its boot and its agent have come. */
export interface ReceivedBatch {
  readonly owner: AgentProgress;
  readonly boot: BootProgress;
  readonly view: BatchView;
}

export interface Admission {
  readonly progress: AgentProgress;
  readonly schedule: Schedule;
}

const WS_ERROR_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};
/** RFC 6455 §5.5: a close frame holds 125 bytes, two of them the code. */
const REASON_BYTES_MAX = 123;

export class Session implements AgentLink {
  readonly #socket: WebSocket;
  readonly #host: SessionHost;
  readonly #introduction: Introduction;
  #state: 'silent' | 'joining' | 'open' | 'ended' = 'silent';
  /** Of an agent that is who it says. */
  #hello: Hello | undefined;
  #progress: AgentProgress | undefined;
  #credit: Credit | undefined;
  readonly #inFlight = new InFlight();
  /** What the agent knows to be held of its own boot: what an ack says that only brings a new credit. */
  #lastAcked = 0;
  /** With which this side ended the session. */
  #endCode: number | undefined;
  /** Monotonic milliseconds since when its end is awaited. */
  #closingMs: number | undefined;
  readonly #openedMs: number;
  #heardMs: number;
  #agedMs: number;

  constructor(socket: WebSocket, host: SessionHost, peer: Peer = { socket: undefined, address: '' }) {
    this.#socket = socket;
    this.#host = host;
    this.#introduction = new Introduction({
      ...{ gate: host.gate, peer, isOver: () => this.over },
      send: (challenge) => this.send(challenge),
      admit: (hello, version) => this.#admit(hello, version),
      refuse: (error) => this.#fail(error),
    });
    this.#openedMs = host.clock.monotonicMs();
    this.#heardMs = this.#openedMs;
    this.#agedMs = this.#openedMs;
    socket.on('message', (data, isBinary) => this.#guard(() => this.#onMessage(data, isBinary)));
    socket.on('close', (code) => this.#onClose(code));
    // What ws finds wrong it closes itself, with a code of RFC 6455 §7.4.1.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#endCode ??= WS_ERROR_CODES[error.code ?? ''] ?? 1002;
    });
  }

  /** Of the agent; empty before its hello. */
  get agent(): string {
    return this.#hello?.agent ?? '';
  }

  get boot(): string {
    return this.#hello?.boot ?? '';
  }

  /** True once no frame of it is taken any more. */
  get over(): boolean {
    return this.#state === 'ended' || this.#socket.readyState !== this.#socket.OPEN;
  }

  get welcomed(): boolean {
    return this.#credit !== undefined;
  }

  /** True once its socket is closed. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** A peer that does not read what it is sent is cut. */
  send(frame: CollectorFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > INGEST_LIMITS.unreadBytes.value) this.cut();
    else this.#socket.send(encodeFrame(frame));
  }

  /** Closes with a code of the protocol and a reason for people. */
  end(close: CloseName, reason: string): void {
    this.#close(CLOSE_CODES[close], reason);
  }

  /** Cuts the connection without a word: the peer is not there any more. */
  cut(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends what has had its time: a hello that does not come, a close that is not answered, a peer that is gone. */
  sweep(nowMs: number, isRead: boolean): void {
    const { aliveMs, silentMs } = INGEST_LIMITS;
    if (this.#closingMs !== undefined) {
      if (nowMs - this.#closingMs > aliveMs.value) this.cut();
      return;
    }
    // What is not read cannot be heard.
    if (!isRead) return;
    const { awaits } = this.#introduction;
    if (awaits !== undefined && nowMs - this.#openedMs > LINK_LIMITS.helloMs.value)
      this.end('no_hello', `no ${awaits} within ${LINK_LIMITS.helloMs.value} ms`);
    else if (nowMs - this.#heardMs > silentMs.value) this.cut();
    // Whatever an agent sent before the last time has arrived, or the agent would be cut.
    if (nowMs - this.#agedMs <= silentMs.value) return;
    this.#agedMs = nowMs;
    this.#credit?.age();
  }

  /** Tells the agent of its present share, when that is another; true when it did. */
  refreshCredit(): boolean {
    const credit = this.#credit;
    if (!credit?.stale || this.over) return false;
    const before = credit.granted;
    if (credit.renew() === before) return false;
    this.send({ type: 'ack', boot: this.boot, seq: this.#lastAcked, credit: credit.granted });
    return true;
  }

  /** True when the peer answers a ping in time. */
  alive(withinMs: number): Promise<boolean> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (alive: boolean) => {
        clearTimeout(timer);
        this.#socket.off('pong', onPong);
        this.#socket.off('close', onClose);
        resolve(alive);
      };
      const onPong = () => settle(true);
      const onClose = () => settle(false);
      const timer = setTimeout(() => settle(false), withinMs);
      this.#socket.once('pong', onPong);
      this.#socket.once('close', onClose);
      this.#socket.ping();
    });
  }

  /** Results of `boot` up to `seq` are in the store: what of it this session sent is acknowledged. */
  committed(boot: string, seq: number): void {
    const acknowledged = this.#inFlight.committed(boot, seq);
    if (acknowledged === 0) return;
    if (boot === this.boot) this.#lastAcked = Math.max(this.#lastAcked, acknowledged);
    this.send({ type: 'ack', boot, seq: acknowledged, credit: this.#credit?.renew() ?? 1 });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const { clock, counters } = this.#host;
    counters.framesReceived += 1;
    counters.bytesReceived += (data as Buffer).length;
    if (this.over) return;
    this.#heardMs = clock.monotonicMs();
    if (!isBinary) throw new ProtocolError('bad_frame', 'a text frame came; frames are binary');
    this.#onFrame(decodeReceived(data as Buffer));
    if (this.#state === 'open') this.#host.heard(this);
  }

  #onFrame(frame: ReceivedFrame): void {
    if (frame.type === 'hello') {
      this.#introduction.hello(frame);
      return;
    }
    if (frame.type === 'proof') {
      this.#introduction.proof(frame);
      return;
    }
    if (this.#state !== 'open') throw new ProtocolError('bad_frame', `${frame.type} came before the welcome`);
    switch (frame.type) {
      case 'results':
        this.#onResults(frame.view);
        break;
      case 'health':
        this.#host.health(this, frame);
        this.send({ type: 'health_ack', echoSentMs: frame.sentMs, serverMs: this.#host.clock.wallMs() });
        break;
      case 'goodbye':
        // Until the close the agent does not rely on it; when it cannot be written, the agent goes without.
        this.#host.goodbye(this, frame.stoppedAtMs).then(
          () => this.#close(GOODBYE.code, GOODBYE.reason),
          () => undefined,
        );
        break;
      case 'watch_request':
        // One that has left meanwhile goes without: whoever watched has a row all the same.
        void this.#host
          .watch(this, frame)
          .then((reports) => this.send({ type: 'watch_answer', run: frame.run, reports }));
        break;
      case 'evidence':
        void this.#host
          .evidence(this, frame)
          .then((retryAfterMs) => this.send({ type: 'evidence_ack', run: frame.run, retryAfterMs }));
        break;
      default:
        throw new ProtocolError('bad_frame', `an agent does not send ${frame.type}`);
    }
  }

  #admit(hello: Hello, version: number): void {
    this.#state = 'joining';
    this.#hello = hello;
    this.#host.admit(this, hello).then(
      (admission) => this.#guard(() => this.#welcome(hello, version, admission)),
      (error: unknown) => this.#fail(error),
    );
  }

  #welcome(hello: Hello, version: number, { progress, schedule }: Admission): void {
    if (this.over) return;
    this.#state = 'open';
    this.#progress = progress;
    this.#credit = this.#host.welcomed();
    const heldOf = (boot: string) => progress.boots.get(boot)?.committed ?? 0;
    this.#lastAcked = heldOf(hello.boot);
    this.send({
      type: 'welcome',
      version,
      session: this.#introduction.session ?? randomUUID(),
      serverMs: this.#host.clock.wallMs(),
      helloSentMs: hello.sentMs,
      held: Object.fromEntries(namedBoots(hello).map((boot) => [boot, heldOf(boot)])),
      credit: this.#credit.renew(),
      schedule,
      watches: true,
      evidence: true,
    });
  }

  #onResults(view: BatchView): void {
    const { counters } = this.#host;
    const { boot, firstSeq, skipped, count } = view;
    const owner = this.#progress;
    const progress = this.#named(boot) ? owner?.boots.get(boot) : undefined;
    if (!owner || !progress)
      throw new ProtocolError('bad_frame', `results of boot ${boot}, which hello did not name`);
    // Taken for a gap, results that were overtaken would count as held, and the agent would delete them.
    if (firstSeq - skipped > progress.accepted + 1)
      throw new ProtocolError(
        'bad_frame',
        `seq ${firstSeq} came after ${progress.accepted}, and only ${skipped} were given up`,
      );
    const lastSeq = firstSeq + count - 1;
    this.#inFlight.sent(boot, lastSeq, count);
    const most = this.#credit?.most ?? 0;
    if (this.#inFlight.count > most)
      throw new ProtocolError(
        'over_credit',
        `${this.#inFlight.count} results in flight; ${most} are the limit`,
      );

    const from = Math.min(count, Math.max(0, progress.accepted + 1 - firstSeq));
    counters.resultsReceived += count;
    counters.resultsDuplicate += from;
    if (firstSeq > progress.accepted + 1) counters.sequenceGaps += 1;
    if (from < count) this.#host.accept(this, { owner, boot: progress, view }, from);
    this.committed(boot, progress.committed);
  }

  #named(boot: string): boolean {
    return this.#hello?.boot === boot || this.#hello?.spooledBoots.includes(boot) === true;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const close = error instanceof ProtocolError ? error.close : 'internal';
    this.end(close, error instanceof Error ? error.message : String(error));
  }

  #close(code: number, reason: string): void {
    if (this.#socket.readyState > this.#socket.OPEN) return;
    this.#endCode ??= code;
    this.#closingMs = this.#host.clock.monotonicMs();
    this.#socket.close(code, cutToBytes(reason, REASON_BYTES_MAX));
  }

  #onClose(code: number): void {
    this.#state = 'ended';
    this.#credit?.close();
    this.#host.ended(this, this.#endCode ?? code);
  }
}

/** The boots whose results a session may bring. */
export function namedBoots({ boot, spooledBoots }: Hello): readonly string[] {
  return [...new Set([...spooledBoots, boot])];
}

function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes)).replace(/\uFFFD+$/, '');
}
