/**
 * How one agent gives its place to the next on the same machine, so that an upgrade misses no slot. Both meet at a socket in
 * the data directory. The old one starts no slot from an instant T on, closes its spool and says what is still under way; the new
 * one opens the spool and starts every slot from T on; what ends in the old one is reported to the new one, which stores it.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Trigger } from '../probes/outcome.ts';
import type { Assignment } from '../protocol/frame.ts';
import type { Draft } from './draft.ts';
import { AGENT_LIMITS } from './limits.ts';
import { sleep, systemTimers, type Timers } from './time.ts';

/** A run that the old process began and still has to end. */
export interface OpenRun {
  readonly id: number;
  readonly assignment: Assignment;
  readonly scheduledMs: number;
  readonly trigger: Trigger;
  readonly requestId: string;
  /** It ends a slot of its check. */
  readonly slot: boolean;
}

type Message =
  | { readonly type: 'takeover'; readonly version: number }
  | { readonly type: 'yours'; readonly stoppedAtMs: number; readonly runs: readonly OpenRun[] }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'running' }
  | { readonly type: 'ended'; readonly run: number; readonly draft: Draft };

const VERSION = 1;

export class HandoverError extends Error {
  readonly hint = 'Stop the other agent, or start this one again.';
}

export const handoverSocket = (dataDir: string): string => join(dataDir, 'handover.sock');

/** Messages over a socket, one JSON text a line. */
class Wire {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #rest = '';
  #early: Message[] = [];
  #listener: ((message: Message) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    // The close that follows is what counts.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** From now on; what came before is given at once. */
  listen(listener: (message: Message) => void): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const message of early) listener(message);
  }

  /** The first that came or comes; those behind it wait for the next who listens. */
  next(): Promise<Message> {
    const early = this.#early.shift();
    if (early) return Promise.resolve(early);
    return new Promise((resolve) => {
      this.#listener = (message) => {
        this.#listener = undefined;
        resolve(message);
      };
    });
  }

  send(message: Message): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#rest += text;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > AGENT_LIMITS.handoverChars.value) this.cut();
    for (const message of lines.map(parsed)) {
      if (!message) this.cut();
      else if (this.#listener) this.#listener(message);
      else this.#early.push(message);
    }
  }
}

function parsed(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

/** The old process: who takes over, as it sees it. */
export class Successor {
  readonly #wire: Wire;
  readonly #timers: Timers;

  constructor(wire: Wire, timers: Timers) {
    this.#wire = wire;
    this.#timers = timers;
  }

  refuse(why: string): void {
    this.#wire.send({ type: 'refused', why });
    this.#wire.end();
  }

  /** The spool is free. Resolves to whether the successor runs on it within the limit. */
  async give(stoppedAtMs: number, runs: readonly OpenRun[]): Promise<boolean> {
    const running = new Promise<boolean>((resolve) => {
      this.#wire.listen((message) => message.type === 'running' && resolve(true));
    });
    const over = new AbortController();
    const late = sleep(this.#timers, AGENT_LIMITS.handoverMs.value, over.signal).then(() => false);
    this.#wire.send({ type: 'yours', stoppedAtMs, runs });
    const kept = await Promise.race([running, this.#wire.closed.then(() => false), late]);
    over.abort();
    if (!kept) this.#wire.cut();
    return kept;
  }

  ended(run: number, draft: Draft): void {
    this.#wire.send({ type: 'ended', run, draft });
  }

  /** Nothing is under way any more; resolves when the successor has it all. */
  async end(): Promise<void> {
    this.#wire.end();
    await this.#wire.closed;
  }
}

/** The old process: where a successor asks. Only who may open the data directory gets to it. */
export class HandoverDesk {
  readonly #server: Server;
  #asked = false;

  /** `onTrouble`: there is no hand-over, e.g. because the path is longer than a socket's may be; the agent goes on. */
  constructor(
    dataDir: string,
    timers: Timers,
    onAsked: (successor: Successor) => void,
    onTrouble: (error: Error) => void,
  ) {
    const path = handoverSocket(dataDir);
    this.#server = createServer((socket) => {
      const wire = new Wire(socket);
      wire.listen((message) => {
        if (message.type !== 'takeover' || this.#asked) return wire.cut();
        const successor = new Successor(wire, timers);
        if (message.version !== VERSION) return successor.refuse(`version ${message.version} is not known`);
        this.#asked = true;
        onAsked(successor);
      });
    });
    this.#server.on('error', onTrouble);
    // Left behind by a process that was killed: who holds the spool is the only one who listens here.
    rmSync(path, { force: true });
    this.#server.listen(path);
    this.#server.unref();
  }

  /** Removes the socket; a hand-over under way goes on. */
  close(): void {
    this.#server.close();
  }
}

/** The new process: what it takes over. */
export interface Inherited {
  /** The old process started no slot from this instant on, Unix milliseconds. */
  readonly stoppedAtMs: number;
  readonly runs: readonly OpenRun[];
  /** Says that the spool is in good hands, and hears of each run that ends, then of the end: what was not heard of by then is lost. */
  follow(ended: (run: number, draft: Draft) => void, over: () => void): void;
}

/** Asks the agent that runs on this data directory for its place; undefined when none listens there. Throws `HandoverError`. */
export async function takeOver(
  dataDir: string,
  timers: Timers = systemTimers,
): Promise<Inherited | undefined> {
  const socket = connect(handoverSocket(dataDir));
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!connected) return undefined;
  const wire = new Wire(socket);
  const answer = wire.next();
  wire.send({ type: 'takeover', version: VERSION });
  const over = new AbortController();
  const late = sleep(timers, AGENT_LIMITS.handoverMs.value, over.signal);
  const message = await Promise.race([answer, wire.closed, late]);
  over.abort();
  if (message?.type !== 'yours') {
    wire.cut();
    const why = message?.type === 'refused' ? message.why : 'it did not give it up in time';
    throw new HandoverError(`The agent that runs on ${dataDir} keeps its place: ${why}.`);
  }
  return {
    stoppedAtMs: message.stoppedAtMs,
    runs: message.runs,
    follow(ended, ends) {
      wire.listen((heard) => heard.type === 'ended' && ended(heard.run, heard.draft));
      wire.send({ type: 'running' });
      void wire.closed.then(ends);
    },
  };
}
