/** A collector that does what a test says: a real WebSocket server, real frames, and nothing that it was not told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { GOODBYE } from '../../protocol/errors.ts';
import type { AgentFrame, CollectorFrame, Goodbye, Health, Hello, Welcome } from '../../protocol/frame.ts';
import { AGENT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from '../../protocol/frame.ts';
import type { ResultRecord } from '../../protocol/record.ts';

export interface Received {
  readonly boot: string;
  readonly record: ResultRecord;
}

/** One session as the collector sees it. */
export class Peer {
  readonly socket: WebSocket;
  readonly frames: AgentFrame[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, onFrame: (frame: AgentFrame, peer: Peer) => void) {
    this.socket = socket;
    socket.on('message', (data) => {
      const frame = decodeFrame(data as Buffer) as AgentFrame;
      this.frames.push(frame);
      onFrame(frame, this);
      this.#look();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#look();
    });
    socket.on('error', () => {});
  }

  get hello(): Hello | undefined {
    return this.frames.find((frame) => frame.type === 'hello');
  }

  get healths(): Health[] {
    return this.frames.filter((frame) => frame.type === 'health');
  }

  get goodbye(): Goodbye | undefined {
    return this.frames.find((frame) => frame.type === 'goodbye');
  }

  /** Results of this session, in the order in which they came. */
  get results(): Received[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'results'
        ? frame.batch.records.map((record) => ({ boot: frame.batch.boot, record }))
        : [],
    );
  }

  send(frame: CollectorFrame): void {
    this.socket.send(encodeFrame(frame));
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.socket.send(bytes);
  }

  /** Resolves as soon as `condition` holds, looked at after every frame. */
  until(condition: (peer: Peer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Waits so long, and then for all that the agent had sent by that time. */
  async quiet(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const answered = once(this.socket, 'pong');
    this.socket.ping();
    await answered;
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export interface Script {
  /** What the welcome says beside the usual; undefined sends none. */
  welcome?(hello: Hello, peer: Peer): Partial<Welcome> | undefined;
  /** Acknowledges every batch at once; true where absent. */
  readonly acks?: boolean;
  /** Says that a goodbye is in its store; true where absent. */
  readonly knows?: boolean;
  onFrame?(frame: AgentFrame, peer: Peer): void;
  /** Answers the upgrade with this HTTP status instead. */
  refuse?(): { readonly status: number; readonly headers?: string } | undefined;
}

export class ScriptedCollector {
  readonly peers: Peer[] = [];
  script: Script;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #waiting = new Set<() => void>();

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer();
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    this.#server.on('upgrade', (request, socket, head) => {
      const refusal = this.script.refuse?.();
      if (refusal || request.url !== AGENT_PATH) {
        const { status, headers } = refusal ?? { status: 404 };
        socket.end(`HTTP/1.1 ${status} No\r\n${headers ?? ''}Content-Length: 0\r\n\r\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.peers.push(new Peer(webSocket, (frame, peer) => this.#received(frame, peer)));
        for (const look of [...this.#waiting]) look();
      });
    });
  }

  /** Listens on a port of its own until the test ends. */
  static async start(script: Script = {}): Promise<ScriptedCollector> {
    const collector = new ScriptedCollector(script);
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    onTestFinished(() => collector.close());
    return collector;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every result of every session, repeated deliveries included. */
  get results(): Received[] {
    return this.peers.flatMap((peer) => peer.results);
  }

  /** The session with this number, from 0, as soon as there is one. */
  session(number: number): Promise<Peer> {
    return new Promise((resolve) => {
      const look = (): void => {
        const peer = this.peers[number];
        if (!peer) return;
        this.#waiting.delete(look);
        resolve(peer);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #received(frame: AgentFrame, peer: Peer): void {
    if (frame.type === 'hello') {
      const welcome = this.script.welcome ? this.script.welcome(frame, peer) : {};
      if (welcome) peer.send({ ...usualWelcome(frame), ...welcome });
    }
    if (frame.type === 'results' && this.script.acks !== false) {
      const { boot, records } = frame.batch;
      peer.send({ type: 'ack', boot, seq: records.at(-1)?.seq ?? 0, credit: 5000 });
    }
    if (frame.type === 'health')
      peer.send({ type: 'health_ack', echoSentMs: frame.sentMs, serverMs: Date.now() });
    if (frame.type === 'goodbye' && this.script.knows !== false)
      peer.socket.close(GOODBYE.code, GOODBYE.reason);
    this.script.onFrame?.(frame, peer);
  }
}

export function usualWelcome(hello: Hello): Welcome {
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    session: 'session-1',
    serverMs: Date.now(),
    helloSentMs: hello.sentMs,
    held: {},
    credit: 5000,
    schedule: { type: 'schedule', revision: 1, assignments: [] },
  };
}
