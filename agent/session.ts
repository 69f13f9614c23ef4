/**
 * One WebSocket session with one collector: hello, welcome, then results out and acks, schedules and requests in, until
 * either side ends it. What the peer does wrong ends the session with a code, and nothing else.
 */
import { WebSocket } from 'ws';
import type { Clock } from '../probes/probe.ts';
import { decodeFrame, encodeFrame } from '../protocol/codec.ts';
import { GOODBYE, ProtocolError } from '../protocol/errors.ts';
import type {
  AgentFrame,
  Challenge,
  Frame,
  Goodbye,
  Health,
  Hello,
  RunNow,
  Schedule,
  Welcome,
} from '../protocol/frame.ts';
import { PROTOCOL_VERSION } from '../protocol/frame.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import { answersPing } from './answers-ping.ts';
import type { ClockOffset } from './clock-offset.ts';
import { ClockQuestions } from './clock-questions.ts';
import { type Authorities, dial } from './dial.ts';
import { EvidenceSender } from './evidence/evidence-sender.ts';
import type { EvidenceSpool } from './evidence/evidence-spool.ts';
import type { Identity } from './identity.ts';
import { InFlight } from './in-flight.ts';
import { AGENT_LIMITS } from './limits.ts';
import { Pulse } from './pulse.ts';
import type { ResultSource } from './result-source.ts';
import { Sender } from './sender.ts';
import type { Cancel, Timers } from './time.ts';
import { WatchQuestions } from './watch-questions.ts';
import type { Ask } from './watching.ts';

export interface SessionOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly spool: ResultSource;
  readonly offset: ClockOffset;
  /** What failed runs have to show; none where absent. */
  readonly evidence?: EvidenceSpool;
  /** Who this agent is, for a collector that wants to know; a session with one ends where absent. */
  readonly identity?: Pick<Identity, 'prove'>;
  readonly authorities?: Authorities;
  /** See `SenderOptions`. */
  readonly singly: boolean;
  hello(): Omit<Hello, 'type' | 'versions' | 'boot' | 'spooledBoots' | 'sentMs'>;
  health(): Omit<Health, 'type' | 'sentMs'>;
  onWelcome(welcome: Welcome): void;
  onSchedule(schedule: Schedule): void;
  onRunNow(run: RunNow): void;
}

export interface SessionEnd {
  /** Milliseconds from the welcome to the end; undefined when there was none. */
  readonly lastedMs: number | undefined;
  /** WebSocket close code; 1006 when the connection broke. */
  readonly code: number;
  readonly reason: string;
  /** The collector asked not to be called for so long. */
  readonly retryAfterMs: number | undefined;
  /** It was there and stopped answering: its machine, the network or the process stands still. */
  readonly unheard: boolean;
  /** Some result was acknowledged. */
  readonly acked: boolean;
  /** The first result sent and not acknowledged. */
  readonly unacked: { readonly boot: string; readonly seq: number } | undefined;
}

const NORMAL_CLOSE = 1000;
const BEFORE_WELCOME: readonly Frame['type'][] = ['challenge', 'welcome', 'drain'];

/** How a session was when the agent stopped. */
export interface Finish {
  /** Nothing was left in the spool. */
  readonly delivered: boolean;
  /** It is in the store that the agent has stopped: nothing is expected of it from then on. */
  readonly known: boolean;
}

export class Session {
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #socket: WebSocket;
  readonly #questions: ClockQuestions;
  readonly #pulse: Pulse;
  readonly #watching = new WatchQuestions((request) => this.#send(request));
  /** That of the WebSocket, which is the same for both ends over TLS. */
  #connection: unknown;
  #watches = false;
  #evidence: EvidenceSender | undefined;
  #inFlight: InFlight | undefined;
  #sender: Sender | undefined;
  #named: string[] = [];
  #welcomedMs: number | undefined;
  #cancelDrain: Cancel | undefined;
  #draining = false;
  #acked = false;
  #unheard = false;
  #retryAfterMs: number | undefined;
  #fault = '';
  #onProgress: (() => void) | undefined;

  /** Dials at once. */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#questions = new ClockQuestions(options.clock, options.offset);
    this.#pulse = new Pulse({
      clock: options.clock,
      timers: options.timers,
      welcomed: () => this.welcomed,
      onBeat: () => this.#beat(),
      onSilent: (fault) => this.#giveUp(fault),
    });
    this.#socket = dial(options.url, AGENT_LIMITS.handshakeMs.value, options.authorities);
    this.#socket.on('upgrade', ({ socket }) => {
      this.#connection = socket;
    });
    this.ended = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => resolve(this.#end(code, reason.toString())));
    });
    this.#socket.on('open', () => this.#opened());
    this.#socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary));
    this.#socket.on('pong', () => this.#pulse.heard());
    this.#socket.on('error', (error) => {
      this.#fault ||= error.message || (error as NodeJS.ErrnoException).code || error.name;
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#fault = `the collector answered with HTTP ${response.statusCode}`;
      const seconds = Number(response.headers['retry-after']);
      if (seconds > 0) this.#retryAfterMs = seconds * 1000;
      this.#socket.terminate();
    });
  }

  get welcomed(): boolean {
    return this.#welcomedMs !== undefined;
  }

  /** Results sent and not acknowledged. */
  get inFlight(): number {
    return this.#inFlight?.count ?? 0;
  }

  /** New results were stored. */
  notify(): void {
    this.#sender?.soon();
  }

  /** There is evidence to send. */
  offerEvidence(): void {
    this.#evidence?.offer();
  }

  /** Asks the collector to have others watch; it is unasked where it does not know how, or is about to leave. */
  readonly ask: Ask = async (request, signal) => {
    if (!this.#watches || this.#draining || this.#socket.readyState !== WebSocket.OPEN) return 'unasked';
    return this.#watching.ask(request, signal);
  };

  /** True once the collector answers a ping; false when the session ends or `signal` aborts before it does. */
  async hears(signal: AbortSignal): Promise<boolean> {
    return this.welcomed && answersPing(this.#socket, signal);
  }

  /** Delivers everything that the spool holds, or as much as it can until `signal` aborts, and says goodbye: a session that broke says none. */
  async finish(goodbye: Omit<Goodbye, 'type'>, signal: AbortSignal): Promise<Finish> {
    const { spool } = this.#options;
    await new Promise<void>((resolve) => {
      this.#onProgress = () => {
        spool.commit();
        this.#sender?.now();
        if (signal.aborted || this.#socket.readyState !== WebSocket.OPEN || this.#allDelivered) resolve();
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.#onProgress();
    });
    this.#onProgress = undefined;
    // Applies the last acks, so that what the last health says of the spool is exact.
    spool.commit();
    const left = spool.pending;
    if (this.#socket.readyState !== WebSocket.OPEN) return { delivered: false, known: false };
    this.#sendHealth();
    this.#send({ type: 'goodbye', ...goodbye });
    const known = await this.#untilKnown(signal);
    this.close(GOODBYE.code, GOODBYE.reason);
    return { delivered: left === 0, known };
  }

  /** Whether the collector closes the session in time, which it does once the goodbye is in the store: it has until `signal` aborts, or a moment. */
  #untilKnown(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const late = (): void => resolve(false);
      const cancel = this.#options.timers.after(AGENT_LIMITS.stopGoodbyeMs.value, () => {
        if (signal.aborted) late();
        else signal.addEventListener('abort', late, { once: true });
      });
      void this.ended.then(({ code, reason }) => {
        cancel();
        resolve(code === GOODBYE.code && reason === GOODBYE.reason);
      });
    });
  }

  /** Ends the session in order; a peer that does not answer is cut off soon. */
  close(code: number, reason: string): void {
    this.#sender?.close();
    // A close frame holds at most 123 bytes of reason (RFC 6455 §5.5).
    this.#socket.close(code, reason.slice(0, 100));
    const cancel = this.#options.timers.after(AGENT_LIMITS.drainMs.value, () => this.#socket.terminate());
    void this.ended.then(cancel);
  }

  /** Sends nothing new, waits a moment for what is in flight, and ends the session in order. */
  leave(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#sender?.close();
    this.#cancelDrain = this.#options.timers.after(AGENT_LIMITS.drainMs.value, () =>
      this.close(NORMAL_CLOSE, 'drained'),
    );
    this.#drained();
  }

  /** Cuts the connection without a word, as a network that fails does. */
  interrupt(): void {
    this.#fault ||= 'interrupted';
    this.#socket.terminate();
  }

  get #allDelivered(): boolean {
    return this.#inFlight?.count === 0 && this.#sender?.hasUnsent === false;
  }

  #opened(): void {
    const { spool } = this.#options;
    const boots = spool.boots();
    // The oldest first, for their results are the first to be dropped; and always this boot.
    this.#named = [...new Set([...boots.slice(0, LINK_LIMITS.helloEntries.value - 1), spool.boot])];
    this.#send({
      type: 'hello',
      versions: [PROTOCOL_VERSION],
      boot: spool.boot,
      spooledBoots: this.#named,
      sentMs: this.#questions.ask(),
      ...this.#options.hello(),
    });
    this.#pulse.start();
  }

  #beat(): void {
    if (this.welcomed) this.#sendHealth();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    // Also picks up what a slow socket did not take.
    this.#sender?.now();
  }

  #giveUp(fault: string): void {
    this.#fault = fault;
    this.#unheard = true;
    this.#socket.terminate();
  }

  #received(data: Buffer, isBinary: boolean): void {
    // After our close frame, what still arrives is of no consequence.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#pulse.heard();
    try {
      if (!isBinary) throw new ProtocolError('bad_frame', 'a frame is text; they are binary');
      this.#handle(decodeFrame(data));
    } catch (error) {
      const fault =
        error instanceof ProtocolError
          ? error
          : new ProtocolError(
              'internal',
              `the agent failed: ${error instanceof Error ? error.message : error}`,
            );
      this.#fault = fault.message;
      this.close(fault.closeCode, fault.message);
    }
  }

  #handle(frame: Frame): void {
    if (!this.#inFlight && !BEFORE_WELCOME.includes(frame.type))
      throw new ProtocolError('bad_frame', `the first frame is ${frame.type}, not welcome`);
    switch (frame.type) {
      case 'welcome':
        this.#onWelcome(frame);
        break;
      case 'challenge':
        this.#onChallenge(frame);
        break;
      case 'schedule':
        this.#options.onSchedule(frame);
        break;
      case 'run_now':
        this.#options.onRunNow(frame);
        break;
      case 'watch_answer':
        this.#watching.answered(frame);
        break;
      case 'evidence_ack':
        this.#evidence?.answered(frame);
        break;
      case 'ack':
        this.#onAck(frame.boot, frame.seq, frame.credit);
        break;
      case 'health_ack':
        this.#questions.answered(frame.echoSentMs, frame.serverMs);
        break;
      case 'drain':
        this.#onDrain(frame.retryAfterMs);
        break;
      default:
        throw new ProtocolError('bad_frame', `a collector does not send ${frame.type}`);
    }
  }

  #onChallenge(challenge: Challenge): void {
    const { identity, url } = this.#options;
    if (this.#inFlight) throw new ProtocolError('bad_frame', 'a challenge came out of place');
    if (!identity)
      throw new ProtocolError('unauthorised', 'the collector asks who this agent is: it has no key');
    this.#send(identity.prove(challenge, { url, socket: this.#connection }));
  }

  #onWelcome(welcome: Welcome): void {
    const { spool, timers, singly, clock } = this.#options;
    if (this.#inFlight) throw new ProtocolError('bad_frame', 'welcome came twice');
    if (welcome.version !== PROTOCOL_VERSION)
      throw new ProtocolError(
        'version',
        `version ${welcome.version} was chosen; this agent speaks ${PROTOCOL_VERSION}`,
      );
    const held = new Map(this.#named.map((boot) => [boot, welcome.held[boot] ?? 0]));
    if ((held.get(spool.boot) ?? 0) > spool.lastSeq)
      throw new ProtocolError('bad_frame', 'welcome holds results that this boot never made');
    for (const [boot, seq] of held) spool.heldAtStart(boot, seq);
    this.#questions.answered(welcome.helloSentMs, welcome.serverMs);
    this.#welcomedMs = clock.monotonicMs();
    this.#watches = welcome.watches ?? false;
    this.#inFlight = new InFlight(held, welcome.credit);
    this.#sender = new Sender({
      spool,
      clock,
      timers,
      singly,
      inFlight: this.#inFlight,
      send: (frame) => this.#socket.send(frame),
      buffered: () => this.#socket.bufferedAmount,
    });
    this.#options.onWelcome(welcome);
    this.#sender.now();
    this.#sendHealth();
    this.#beginEvidence(welcome);
  }

  /** A collector that does not know of evidence would end the session. */
  #beginEvidence({ evidence: isTaken }: Welcome): void {
    const { evidence, timers } = this.#options;
    if (!isTaken || !evidence) return;
    this.#evidence = new EvidenceSender({ spool: evidence, timers, send: (frame) => this.#send(frame) });
    this.#evidence.offer();
  }

  #onAck(boot: string, seq: number, credit: number): void {
    this.#inFlight?.acked(boot, seq, credit);
    this.#options.spool.acked(boot, seq);
    this.#acked = true;
    // Results of boots beyond those that a hello can name need a new one.
    const more = this.#options.spool.boots().some((held) => !this.#named.includes(held));
    if (this.#draining) this.#drained();
    else if (more && this.#allDelivered) this.close(NORMAL_CLOSE, 'further boots');
    else this.#sender?.soon();
    this.#onProgress?.();
  }

  #onDrain(retryAfterMs: number): void {
    this.#retryAfterMs = Math.min(retryAfterMs, AGENT_LIMITS.retryAfterMaxMs.value);
    this.leave();
  }

  #drained(): void {
    if (this.inFlight === 0) this.close(NORMAL_CLOSE, 'drained');
  }

  #sendHealth(): void {
    this.#send({ type: 'health', sentMs: this.#questions.ask(), ...this.#options.health() });
  }

  #send(frame: AgentFrame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeFrame(frame));
  }

  #end(code: number, reason: string): SessionEnd {
    this.#pulse.stop();
    this.#cancelDrain?.();
    this.#sender?.close();
    this.#evidence?.close();
    this.#onProgress?.();
    this.#watching.end();
    return {
      lastedMs:
        this.#welcomedMs === undefined ? undefined : this.#options.clock.monotonicMs() - this.#welcomedMs,
      code,
      reason: reason || this.#fault,
      retryAfterMs: this.#retryAfterMs,
      unheard: this.#unheard,
      acked: this.#acked,
      unacked: this.#inFlight?.first,
    };
  }
}
