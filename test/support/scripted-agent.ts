/** The agent's end of the link, frame by frame, for tests that say exactly what is sent and when. */
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import {
  AGENT_PATH,
  type AgentFrame,
  type Frame,
  type Hello,
  SUBPROTOCOL,
  type Welcome,
} from '../../protocol/frame.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { labelsOf } from './records.ts';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class ScriptedAgent {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** Every frame that came, in order. */
  readonly frames: Frame[] = [];
  readonly #waiting: {
    readonly accept: (frame: Frame) => boolean;
    readonly resolve: (frame: Frame) => void;
  }[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#onFrame(decodeFrame(data as Buffer)));
  }

  /** Connects; rejects with the status when the upgrade is refused. */
  static connect(
    url: string,
    options: { readonly path?: string; readonly protocol?: string; readonly origin?: string } = {},
  ): Promise<ScriptedAgent> {
    const address = `${url.replace(/^http/, 'ws')}${options.path ?? AGENT_PATH}`;
    const socket = new WebSocket(address, options.protocol ?? SUBPROTOCOL, {
      perMessageDeflate: false,
      ...(options.origin !== undefined && { origin: options.origin }),
    });
    const agent = new ScriptedAgent(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(agent));
      socket.once('unexpected-response', (_request, response) => {
        reject(new Error(`status ${response.statusCode}`));
        socket.terminate();
      });
      socket.once('error', reject);
    });
  }

  /** Connects and introduces itself. */
  static async join(
    url: string,
    hello: Partial<Hello> & { readonly agent: string },
  ): Promise<{ readonly agent: ScriptedAgent; readonly welcome: Welcome }> {
    const agent = await ScriptedAgent.connect(url);
    agent.send(helloOf(hello));
    return { agent, welcome: await agent.next('welcome') };
  }

  send(frame: AgentFrame): void {
    this.socket.send(encodeFrame(frame));
  }

  /** `skipped`: results right before these that were given up. */
  results(boot: string, records: readonly ResultRecord[], skipped = 0): void {
    this.send({ type: 'results', batch: { boot, records, skipped } });
  }

  /** The next frame of a type that comes, or that came and was not taken yet. Rejects when the session ends first. */
  next<T extends Frame['type']>(
    type: T,
    accept: (frame: Extract<Frame, { type: T }>) => boolean = () => true,
  ): Promise<Extract<Frame, { type: T }>> {
    const fits = (frame: Frame): frame is Extract<Frame, { type: T }> =>
      frame.type === type && accept(frame as Extract<Frame, { type: T }>);
    const at = this.frames.findIndex(fits);
    const [here] = at < 0 ? [] : this.frames.splice(at, 1);
    if (here && fits(here)) return Promise.resolve(here);
    const came = new Promise<Extract<Frame, { type: T }>>((resolve) => {
      this.#waiting.push({ accept: fits, resolve: resolve as (frame: Frame) => void });
    });
    const ended = this.closed.then(({ code, reason }) => {
      throw new Error(`closed with ${code} ${reason} before ${type} came`);
    });
    return Promise.race([came, ended]);
  }

  /** The ack of `seq` or of a later one. */
  async acked(seq: number): Promise<void> {
    await this.next('ack', (ack) => ack.seq >= seq);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #onFrame(frame: Frame): void {
    const at = this.#waiting.findIndex(({ accept }) => accept(frame));
    const [waiter] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (waiter) waiter.resolve(frame);
    else this.frames.push(frame);
  }
}

export function helloOf(hello: Partial<Hello> & { readonly agent: string }): Hello {
  const boot = hello.boot ?? 'boot-1';
  return {
    type: 'hello',
    versions: [1],
    boot,
    labels: labelsOf('eu-west'),
    capabilities: { probeTypes: ['http', 'playback', 'upload'], browser: '' },
    software: 'outrider/test',
    scheduleRevision: 0,
    spooledBoots: [boot],
    sentMs: Date.now(),
    ...hello,
  };
}
