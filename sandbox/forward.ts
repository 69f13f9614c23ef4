/** One request through the fault proxy: to the origin and back, as a stream, with the faults of the moment. */
import { Agent, type IncomingMessage, type InformationEvent, request, type ServerResponse } from 'node:http';
import { type Clock, sleep } from './clock.ts';
import type { FaultBoard } from './fault-board.ts';
import type { Link } from './link.ts';

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

export interface ForwardContext {
  readonly region: string;
  readonly upstream: Upstream;
  readonly board: FaultBoard;
  readonly clock: Clock;
}

/** How a request ended; `cut`, `reset` and `error` are faults, `bad_gateway` is an origin that did not answer. */
export type Forwarded = 'forwarded' | 'reset' | 'error' | 'cut' | 'bad_gateway' | 'gone';

/**
 * Carries one request. Order of the faults: a reset comes before any answer; latency and jitter precede the first
 * byte of every answer, the proxy's own errors included.
 */
export async function forward(
  context: ForwardContext,
  link: Link,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<Forwarded> {
  const { board } = context;
  // A client that leaves makes writing fail; that it left is seen on the link.
  response.on('error', () => undefined);
  if (board.drawReset(link.verdicts)) {
    link.reset();
    return 'reset';
  }
  const status = board.drawErrorStatus();
  if (status !== undefined) {
    await sendError(
      context,
      link,
      response,
      status,
      `The ${context.region} fault proxy answers this instead of the origin.`,
    );
    return 'error';
  }
  const interims = new Interims(context, link, response);
  const answer = await ask(context, link, incoming, interims);
  if (answer instanceof Error) {
    if (link.destroyed) return 'gone';
    await sendError(context, link, response, 502, `The origin did not answer: ${answer.message}.`);
    return 'bad_gateway';
  }
  await Promise.all([interims.told, sleep(board.drawDelayMs(), context.clock, link.gone)]);
  return relay(context, link, answer, response);
}

/**
 * A connection to the origin for each request: one kept alive could be closed by the origin just as a request goes out,
 * and the proxy would add a failure that nobody asked for. It still announces keep-alive, because a server that means
 * to close resets whoever is still sending, and an early 413 would get lost.
 */
class OneRequestAgent extends Agent {
  constructor() {
    super({ keepAlive: true });
  }
  override keepSocketAlive(): boolean {
    return false;
  }
}
const agent = new OneRequestAgent();

/** Interim answers on their way back: each with the delay of an answer, none before the one that came before it. */
class Interims {
  readonly #context: ForwardContext;
  readonly #link: Link;
  readonly #response: ServerResponse;
  /** All that came so far have been handed on. */
  told: Promise<unknown> = Promise.resolve();

  constructor(context: ForwardContext, link: Link, response: ServerResponse) {
    this.#context = context;
    this.#link = link;
    this.#response = response;
  }

  handOn({ statusCode, headers }: InformationEvent): void {
    // A 100 would be an answer to Expect, which is not forwarded (RFC 9110 §15.2).
    if (statusCode === 100) return;
    const { board, clock, region } = this.#context;
    const late = sleep(board.drawDelayMs(), clock, this.#link.gone);
    this.told = Promise.all([this.told, late])
      .then(() => {
        if (this.#link.destroyed || this.#response.headersSent) return;
        this.#response.writeInformation(statusCode, { ...headers, 'x-pop': region });
      })
      // A head that Node takes in but refuses to send on.
      .catch(() => this.#link.destroy());
  }
}

/** Sends the request to the origin; an Error when no answer came. */
function ask(
  context: ForwardContext,
  link: Link,
  incoming: IncomingMessage,
  interims: Interims,
): Promise<IncomingMessage | Error> {
  return new Promise((resolve) => {
    const outgoing = request({
      ...context.upstream,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: [...endToEnd(incoming.rawHeaders, ['x-pop', 'expect']), 'x-pop', context.region],
      agent,
    });
    outgoing.on('information', (interim) => interims.handOn(interim));
    outgoing.on('response', resolve);
    outgoing.on('error', resolve);
    const abandon = (): void => void outgoing.destroy(new Error('the client has left'));
    link.gone.addEventListener('abort', abandon, { once: true });
    outgoing.on('close', () => link.gone.removeEventListener('abort', abandon));
    incoming.pipe(outgoing);
  });
}

/** Streams the answer back, cut where a truncation says so. */
async function relay(
  context: ForwardContext,
  link: Link,
  answer: IncomingMessage,
  response: ServerResponse,
): Promise<Forwarded> {
  const headers = [...endToEnd(answer.rawHeaders, ['x-pop']), 'x-pop', context.region];
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
  const cut = context.board.drawCut();
  let left = cut ? (cut.bytes ?? halfOf(answer)) : Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      left ??= Math.floor(chunk.length / 2);
      if (chunk.length > left) {
        // Without this an answer cut at its first byte would end before its head.
        response.flushHeaders();
        if (left > 0) response.write(chunk.subarray(0, left));
        link.destroySoon();
        return 'cut';
      }
      left -= chunk.length;
      const room = response.write(chunk);
      if (!room && !link.destroyed) await drained(response);
      if (link.destroyed) return 'gone';
    }
  } catch {
    // The origin broke off: whoever waits for the rest must see that, never a short answer that looks whole.
    link.destroySoon();
    return 'bad_gateway';
  }
  response.end();
  return link.destroyed ? 'gone' : 'forwarded';
}

/** Half of the announced body; undefined when its length is not announced. */
function halfOf(answer: IncomingMessage): number | undefined {
  const length = answer.headers['content-length'];
  return length === undefined ? undefined : Math.floor(Number(length) / 2);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/** An error of the proxy's own, readable by pages of any origin as the real answer would have been. */
async function sendError(
  context: ForwardContext,
  link: Link,
  response: ServerResponse,
  status: number,
  message: string,
): Promise<void> {
  await sleep(context.board.drawDelayMs(), context.clock, link.gone);
  const body = `${JSON.stringify({ error: { code: `http_${status}`, message } })}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'x-pop',
    'timing-allow-origin': '*',
    'x-pop': context.region,
  });
  response.end(body);
}

/** Headers of one connection, not of the message (RFC 9110 §7.6.1); Transfer-Encoding stays, Node applies it anew. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

/** The end-to-end headers of a raw list (name, value, name, value …), without `dropped` either. */
function endToEnd(raw: readonly string[], dropped: readonly string[]): string[] {
  const named = raw.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === 'connection'
      ? (raw[index + 1] ?? '').toLowerCase().split(/\s*,\s*/)
      : [],
  );
  const skip = new Set([...HOP_BY_HOP, ...dropped, ...named]);
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]];
    if (!skip.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
