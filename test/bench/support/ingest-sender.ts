/**
 * The fleet as the benchmark of ingest needs it: one process, a WebSocket an agent, frames that were encoded before the clock
 * starts, credit respected. Started by `ingest.ts`, which speaks to it over the channel between the two.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../../protocol/codec.ts';
import { AGENT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from '../../../protocol/frame.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';
import { bytesOnWire, type FrameAgent, frameAgents, framesOf, type Source } from './ingest-frames.ts';
import type { SenderOrder, SenderReport } from './ingest-messages.ts';
import { FRAME_RESULTS } from './ingest-settings.ts';

/** Sessions that are being opened at a time. */
const DIALLING = 100;
/** Until credit is shared out evenly. */
const SHARED_MS = 30_000;
const LOOK_MS = 100;

class Sender {
  readonly #agent: FrameAgent;
  readonly #boot = randomUUID();
  readonly #socket: WebSocket;
  readonly welcomed: Promise<void>;
  #frames: Uint8Array[] = [];
  #next = 0;
  #credit = 0;
  #sentSeq = 0;
  #ackedSeq = 0;
  #madeSeq = 0;
  #allAcked: (() => void) | undefined;

  constructor(url: string, agent: FrameAgent, fail: (error: Error) => void) {
    this.#agent = agent;
    this.#socket = new WebSocket(url, [SUBPROTOCOL], { perMessageDeflate: false });
    this.#socket.on('open', () => this.#hello());
    this.#socket.on('error', fail);
    this.#socket.on('close', (code, reason) =>
      fail(new Error(`the collector ended the session of ${agent.id}: ${code} ${reason}`)),
    );
    this.welcomed = new Promise((resolve) => {
      this.#socket.on('message', (data) => this.#received(data as Buffer, resolve));
    });
  }

  /** Whether it may send a frame at all: the share of one that came late grows once those before have given theirs back. */
  get mayFrame(): boolean {
    return this.#credit >= FRAME_RESULTS;
  }

  /** Makes the frames of the next `count` results; gives their bytes on the wire. */
  encode(source: Source, count: number): number {
    this.#frames = framesOf(source, this.#boot, this.#madeSeq + 1, count);
    this.#next = 0;
    this.#madeSeq += count;
    return this.#frames.reduce((sum, frame) => sum + bytesOnWire(frame), 0);
  }

  /** Resolves when every result that was made is acknowledged. */
  send(): Promise<void> {
    return new Promise((resolve) => {
      this.#allAcked = resolve;
      this.#pump();
    });
  }

  health(): void {
    const quiet = { running: 0, dropped: {}, scheduleRevision: 0, eventLoopDelayMs: 0, cpuRatio: 0 };
    const frame = { ...quiet, rssBytes: 0, clockOffsetMs: 0, lastError: '' };
    const pending = this.#madeSeq - this.#ackedSeq;
    this.#socket.send(encodeFrame({ type: 'health', sentMs: Date.now(), pending, ...frame }));
  }

  #hello(): void {
    const { id, labels } = this.#agent;
    this.#socket.send(
      encodeFrame({
        type: 'hello',
        versions: [PROTOCOL_VERSION],
        agent: id,
        boot: this.#boot,
        labels,
        capabilities: { probeTypes: ['http'], browser: '' },
        software: 'bench',
        scheduleRevision: 0,
        spooledBoots: [this.#boot],
        sentMs: Date.now(),
      }),
    );
  }

  #received(data: Buffer, welcomed: () => void): void {
    const frame = decodeFrame(data);
    if (frame.type === 'welcome') {
      this.#credit = frame.credit;
      welcomed();
    } else if (frame.type === 'ack') {
      this.#credit = frame.credit;
      this.#ackedSeq = Math.max(this.#ackedSeq, frame.seq);
      this.#pump();
    }
  }

  #pump(): void {
    while (this.#next < this.#frames.length) {
      if (this.#sentSeq - this.#ackedSeq + FRAME_RESULTS > this.#credit) return;
      this.#socket.send(this.#frames[this.#next] as Uint8Array);
      this.#next += 1;
      this.#sentSeq += FRAME_RESULTS;
    }
    if (this.#ackedSeq < this.#madeSeq) return;
    this.#allAcked?.();
    this.#allAcked = undefined;
  }
}

let senders: Sender[] = [];
let source: Source | undefined;

const report = (message: SenderReport): void => {
  process.send?.(message);
};
const fail = (error: Error): void => {
  report({ type: 'failed', message: error.message });
  process.exit(1);
};

async function connect(order: Extract<SenderOrder, { type: 'connect' }>): Promise<void> {
  const { agents, records, regions, sinceMs, url } = order;
  source = { records, sinceMs, random: Math.random };
  const address = new URL(AGENT_PATH, url.replace(/^http/, 'ws')).href;
  const fleet = frameAgents(agents, regions);
  for (let from = 0; from < fleet.length; from += DIALLING) {
    const some = fleet.slice(from, from + DIALLING).map((agent) => new Sender(address, agent, fail));
    await Promise.all(some.map(({ welcomed }) => welcomed));
    senders = [...senders, ...some];
  }
  setInterval(() => {
    for (const sender of senders) sender.health();
  }, LINK_LIMITS.healthEveryMs.value);
  for (const untilMs = performance.now() + SHARED_MS; !senders.every(({ mayFrame }) => mayFrame); ) {
    if (performance.now() > untilMs) throw new Error('the share of some agents is less than a frame');
    await sleep(LOOK_MS);
  }
  report({ type: 'connected' });
}

async function encode(perAgent: number): Promise<void> {
  let wireBytes = 0;
  for (const sender of senders) {
    wireBytes += sender.encode(source as Source, perAgent);
    // Health and acks go on meanwhile.
    await turn();
  }
  report({ type: 'encoded', results: perAgent * senders.length, wireBytes });
}

async function send(): Promise<void> {
  const startedMs = performance.now();
  await Promise.all(senders.map((sender) => sender.send()));
  report({ type: 'acked', ms: performance.now() - startedMs });
}

process.on('message', (order: SenderOrder) => {
  const work =
    order.type === 'connect' ? connect(order) : order.type === 'encode' ? encode(order.perAgent) : send();
  work.catch(fail);
});
process.once('disconnect', () => process.exit());
