/** Answers: media with ranges and injected stalls, JSON, errors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readRange } from './byte-range.ts';
import { type Clock, sleep } from './clock.ts';
import type { Injected } from './injected.ts';

/** Something that can be sent in part. */
export interface Content {
  readonly size: number;
  readonly contentType: string;
  readonly etag: string;
  readonly cacheControl: string;
  /** The bytes `first` to `last`, both included. */
  read(first: number, last: number): Buffer | Readable;
}

/** How one request is answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly injected: Injected;
  readonly clock: Clock;
  /** Aborts when the client leaves or the origin closes. */
  readonly signal: AbortSignal;
}

/** Answers with a content: 200, 206, 304 or 416, with no body for HEAD. */
export async function sendContent(exchange: Exchange, content: Content): Promise<void> {
  const { request, response, injected } = exchange;
  response.setHeader('etag', content.etag);
  response.setHeader('cache-control', content.cacheControl);
  response.setHeader('accept-ranges', injected.noRange ? 'none' : 'bytes');
  if (namesEtag(request.headers['if-none-match'], content.etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = wantsRange(exchange, content)
    ? readRange(request.headers.range, content.size)
    : { kind: 'whole' as const };
  if (range.kind === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${content.size}`);
    sendError(response, 416, 'range_not_satisfiable', `There are only ${content.size} bytes.`);
    return;
  }
  response.setHeader('content-type', content.contentType);
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: content.size - 1 };
  if (range.kind === 'part') response.setHeader('content-range', `bytes ${first}-${last}/${content.size}`);
  response.setHeader('content-length', last - first + 1);
  response.writeHead(range.kind === 'part' ? 206 : 200);
  if (request.method === 'HEAD' || content.size === 0) response.end();
  else await sendBody(exchange, content.read(first, last));
}

/** Ranges are for GET (RFC 9110 §14.2), and only of the version that If-Range names (§13.1.5). */
function wantsRange({ request, injected }: Exchange, content: Content): boolean {
  const version = request.headers['if-range'];
  return request.method === 'GET' && !injected.noRange && (version === undefined || version === content.etag);
}

function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const named = header.split(',').map((item) => item.trim().replace(/^W\//, ''));
  return named.includes('*') || named.includes(etag);
}

async function sendBody(exchange: Exchange, body: Buffer | Readable): Promise<void> {
  const { response, injected } = exchange;
  const pauses = injected.pauseAt !== undefined && injected.pauseMs > 0;
  if (Buffer.isBuffer(body) && !pauses) {
    response.end(body);
    return;
  }
  const chunks = Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
  try {
    await pipeline(chunks, (source) => (pauses ? paused(exchange, source) : source), response);
  } catch {
    // The client left, or the file went away in mid-body: the cut connection says so.
    response.destroy();
  }
}

/** The chunks, with the injected stall after `pauseAt` bytes; none when the body ends before. */
async function* paused(
  { injected, clock, signal }: Exchange,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let left = injected.pauseAt ?? 0;
  let stalled = false;
  for await (const chunk of source) {
    if (stalled || chunk.length <= left) {
      left -= stalled ? 0 : chunk.length;
      yield chunk;
      continue;
    }
    if (left > 0) yield chunk.subarray(0, left);
    await sleep(injected.pauseMs, clock, signal);
    stalled = true;
    yield chunk.subarray(left);
  }
}

/** Answers with a JSON document that is never cached. */
export function sendJson(response: ServerResponse, status: number, document: unknown): void {
  const body = `${JSON.stringify(document)}\n`;
  response.setHeader('cache-control', 'no-store');
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Answers with an error in the shape `{error: {code, message}}`. */
export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { error: { code, message } });
}

/** Headers that a page may send. */
const ALLOW_HEADERS =
  'Range, If-Range, If-None-Match, Content-Type, Content-Range, Cache-Control, Traceparent, Upload-Complete, ' +
  'Upload-Offset, Upload-Length, Upload-Draft-Interop-Version, X-Upload-Content-Length, X-Upload-Content-Type';

/** Answers OPTIONS: pages of any origin may use the path so. */
export function sendPreflight({ request, response }: Exchange, methods: readonly string[]): void {
  response.setHeader('access-control-allow-methods', methods.join(', '));
  response.setHeader('access-control-allow-headers', ALLOW_HEADERS);
  response.setHeader('access-control-max-age', '600');
  // Chromium asks this before a public page may reach a private address.
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response.writeHead(204).end();
}

/** A path or segment without its percent-encoding; '' where that is broken. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

/** A header that is a whole number, as a non-negative Integer of Structured Fields is (RFC 9651 §3.3.1); undefined for others. */
export function integerOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
