/**
 * One session of one agent: hello within its time, then results, health and goodbye. Whatever breaks the contract ends this
 * session, with a code and a reason, and touches no other.
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../probes/probe.ts';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { CLOSE_CODES, type CloseName, ProtocolError } from '../../protocol/errors.ts';
import type { CollectorFrame, Frame, Health, Hello, Schedule } from '../../protocol/frame.ts';
import { PROTOCOL_VERSION } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { RecordBatch, ResultRecord } from '../../protocol/record.ts';
import type { AgentLink } from '../registry/link.ts';
import { INGEST_LIMITS } from './limits.ts';
import type { Boot } from './progress.ts';

/** What a session needs of the collector. */
export interface SessionHost {
  readonly clock: Clock;
  /** Makes the session that of its agent. Rejects with a `ProtocolError` to refuse it. */
  admit(session: Session, hello: Hello): Promise<Admission>;
  /** Takes new records into the store, in the order of their seqs. */
  accept(session: Session, boot: string, records: readonly ResultRecord[]): void;
  health(session: Session, health: Health): void;
  goodbye(session: Session, stoppedAtMs: number): void;
  /** Any frame came. */
  heard(session: Session): void;
  /** Results that an agent may have in flight now. */
  credit(): number;
  counted(what: 'received' | 'duplicate' | 'gap', count: number): void;
  /** Once, however the session ended. */
  ended(session: Session, code: number): void;
}

export interface Admission {
  readonly boots: ReadonlyMap<string, Boot>;
  readonly schedule: Schedule;
}

interface Unacknowledged {
  readonly boot: string;
  readonly lastSeq: number;
  readonly count: number;
}

const SPOKEN_VERSIONS: readonly number[] = [PROTOCOL_VERSION];
const WS_ERROR_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};
/** RFC 6455 §5.5: a close frame holds 125 bytes, two of them the code. */
const REASON_BYTES_MAX = 123;

export class Session implements AgentLink {
  readonly #socket: WebSocket;
  readonly #host: SessionHost;
  readonly #helloTimer: NodeJS.Timeout;
  #state: 'silent' | 'joining' | 'open' | 'ended' = 'silent';
  #hello: Hello | undefined;
  #boots: ReadonlyMap<string, Boot> = new Map();
  /** Batches in the order in which they came. */
  #unacknowledged: Unacknowledged[] = [];
  #inFlight = 0;
  /** With which this side ended the session. */
  #endCode: number | undefined;
  #heardMs: number;

  constructor(socket: WebSocket, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#heardMs = host.clock.monotonicMs();
    this.#helloTimer = setTimeout(
      () => this.end('no_hello', `no hello within ${LINK_LIMITS.helloMs.value} ms`),
      LINK_LIMITS.helloMs.value,
    );
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

  /** Monotonic milliseconds of the last frame. */
  get heardMs(): number {
    return this.#heardMs;
  }

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
    if (this.#socket.readyState > this.#socket.OPEN) return;
    this.#endCode ??= CLOSE_CODES[close];
    this.#socket.close(CLOSE_CODES[close], cutToBytes(reason, REASON_BYTES_MAX));
    this.#forceCloseLater();
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
    let acknowledged = 0;
    this.#unacknowledged = this.#unacknowledged.filter((batch) => {
      if (batch.boot !== boot || batch.lastSeq > seq) return true;
      acknowledged = Math.max(acknowledged, batch.lastSeq);
      this.#inFlight -= batch.count;
      return false;
    });
    if (acknowledged > 0) this.send({ type: 'ack', boot, seq: acknowledged, credit: this.#host.credit() });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#state === 'ended' || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#heardMs = this.#host.clock.monotonicMs();
    if (!isBinary) throw new ProtocolError('bad_frame', 'a text frame came; frames are binary');
    this.#onFrame(decodeFrame(data as Buffer));
    if (this.#state === 'open') this.#host.heard(this);
  }

  #onFrame(frame: Frame): void {
    if (frame.type === 'hello') {
      this.#onHello(frame);
      return;
    }
    if (this.#state !== 'open') throw new ProtocolError('bad_frame', `${frame.type} came before the welcome`);
    switch (frame.type) {
      case 'results':
        this.#onResults(frame.batch);
        break;
      case 'health':
        this.#host.health(this, frame);
        this.send({ type: 'health_ack', echoSentMs: frame.sentMs, serverMs: this.#host.clock.wallMs() });
        break;
      case 'goodbye':
        this.#host.goodbye(this, frame.stoppedAtMs);
        break;
      default:
        throw new ProtocolError('bad_frame', `an agent does not send ${frame.type}`);
    }
  }

  #onHello(hello: Hello): void {
    if (this.#state !== 'silent') throw new ProtocolError('bad_frame', 'hello came twice');
    clearTimeout(this.#helloTimer);
    const version = hello.versions.find((spoken) => SPOKEN_VERSIONS.includes(spoken));
    if (version === undefined) {
      throw new ProtocolError(
        'version',
        `the agent speaks ${hello.versions.join(', ') || 'no version'}, the collector ${SPOKEN_VERSIONS.join(', ')}`,
      );
    }
    this.#state = 'joining';
    this.#hello = hello;
    this.#host.admit(this, hello).then(
      (admission) => this.#guard(() => this.#welcome(hello, version, admission)),
      (error: unknown) => this.#fail(error),
    );
  }

  #welcome(hello: Hello, version: number, { boots, schedule }: Admission): void {
    if (this.#state !== 'joining') return;
    this.#state = 'open';
    this.#boots = boots;
    this.send({
      type: 'welcome',
      version,
      session: randomUUID(),
      serverMs: this.#host.clock.wallMs(),
      helloSentMs: hello.sentMs,
      held: Object.fromEntries([...boots].map(([boot, { committed }]) => [boot, committed])),
      credit: this.#host.credit(),
      schedule,
    });
  }

  #onResults({ boot, records }: RecordBatch): void {
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) return;
    const state = this.#boots.get(boot);
    if (!state) throw new ProtocolError('bad_frame', `results of boot ${boot}, which hello did not name`);
    records.forEach(({ seq }, index) => {
      if (seq !== first.seq + index)
        throw new ProtocolError('bad_frame', `seq ${seq} follows ${first.seq + index - 1}`);
    });
    this.#inFlight += records.length;
    const most = LINK_LIMITS.creditResults.value;
    if (this.#inFlight > most) {
      throw new ProtocolError('over_credit', `${this.#inFlight} results in flight; ${most} are the limit`);
    }
    this.#unacknowledged.push({ boot, lastSeq: last.seq, count: records.length });
    this.#host.counted('received', records.length);

    const fresh = records.filter(({ seq }) => seq > state.accepted);
    this.#host.counted('duplicate', records.length - fresh.length);
    if (first.seq > state.accepted + 1) this.#host.counted('gap', 1);
    state.accepted = Math.max(state.accepted, last.seq);
    if (fresh.length > 0) this.#host.accept(this, boot, fresh);
    this.committed(boot, state.committed);
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

  #onClose(code: number): void {
    clearTimeout(this.#helloTimer);
    this.#state = 'ended';
    this.#unacknowledged = [];
    this.#host.ended(this, this.#endCode ?? code);
  }

  /** A peer that does not answer the close is cut. */
  #forceCloseLater(): void {
    const timer = setTimeout(() => this.#socket.terminate(), INGEST_LIMITS.aliveMs.value);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes)).replace(/\uFFFD+$/, '');
}
