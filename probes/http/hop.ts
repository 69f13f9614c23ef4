/** One hop of an `http` run: guard, connect or take the kept connection, exchange, read and judge the body. */
import { hash } from 'node:crypto';
import type { Cmcd } from '../net/cmcd.ts';
import { type HttpResponse, requestPath } from '../net/exchange.ts';
import { endpointOf } from '../net/host-port.ts';
import type { Endpoint } from '../net/network.ts';
import type { TcpInfoReader } from '../net/tcp-info.ts';
import { turn } from '../net/turns.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext, Target } from '../probe.ts';
import { assertionFailure } from './assertions.ts';
import { type HttpConnection, openConnection } from './connection.ts';
import type { RunCredentials } from './credentials.ts';
import { decodedBody } from './decoded-body.ts';
import { expectationOf, needsBody } from './expect.ts';
import type { HttpRecord } from './http-record.ts';
import { HTTP_LIMITS } from './limits.ts';
import type { HttpParams } from './params.ts';
import { isRedirect, type PlannedRequest } from './redirect.ts';
import { statusFailure } from './status.ts';
import { type Kept, warmConnectionsOf } from './warm-connections.ts';

/** What all hops of a run have in common. */
export interface HopRun {
  readonly context: RunContext;
  readonly target: Target;
  readonly params: HttpParams;
  readonly record: HttpRecord;
  readonly cmcd: Cmcd;
  readonly credentials: RunCredentials;
  readonly readTcp: TcpInfoReader | undefined;
}

export type HopEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string };

interface Talk {
  readonly end: HopEnd;
  /** The body was read whole, so that the connection may serve again. */
  readonly isWhole: boolean;
  /** The connection was closed before anything came: as a kept one is by a server that has waited long enough. */
  readonly isStale: boolean;
}

/** Methods that may be sent again when a kept connection was closed under them (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Writes what it measured into the record, whatever the end. The connection is closed or kept when it answers. */
export async function runHop(run: HopRun, request: PlannedRequest): Promise<HopEnd> {
  const { context, params } = run;
  const forbidden = context.network.forbids(request.url);
  if (forbidden) return failed(forbidden);
  const endpoint = endpointOf(request.url);
  if (!endpoint) throw new Error('a URL passed the guard that is neither http nor https');
  if (params.connection === 'cold') return (await onFresh(run, request, endpoint, close)).end;
  const pool = warmConnectionsOf(context.network);
  const key = keyOf(run, request.url);
  const keep = (kept: Kept, isWhole: boolean) =>
    isWhole ? pool.put(key, kept, context.clock.monotonicMs()) : close(kept);
  const kept = pool.take(key);
  if (kept) {
    context.network.kept?.(kept.connection.connected, endpoint);
    run.record.addKept(kept.connection);
    const { end, isWhole, isStale } = await talk(run, request, kept.connection);
    keep(kept, isWhole);
    if (!isStale || !IDEMPOTENT.has(request.method) || context.signal.aborted) return end;
  }
  return (await onFresh(run, request, endpoint, keep)).end;
}

async function onFresh(
  run: HopRun,
  request: PlannedRequest,
  endpoint: Endpoint,
  leave: (kept: Kept, isWhole: boolean) => void,
): Promise<Talk> {
  const { context, params, record } = run;
  const startMs = context.clock.monotonicMs();
  const opened = await openConnection(context.network, endpoint, params, context);
  record.addConnection(opened.connected, startMs, request.url.host);
  if (!opened.ok) return { end: failed(opened.connected.failure), isWhole: false, isStale: false };
  const spoken = await talk(run, request, opened);
  leave({ connection: opened, openedMs: context.clock.monotonicMs() }, spoken.isWhole);
  return spoken;
}

function close({ connection }: Kept): void {
  connection.close();
}

/** Leaves the connection open, but for a bug of ours. */
async function talk(run: HopRun, request: PlannedRequest, connection: HttpConnection): Promise<Talk> {
  try {
    return await exchanged(run, request, connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function exchanged(run: HopRun, request: PlannedRequest, connection: HttpConnection): Promise<Talk> {
  const { context, params, record, cmcd, readTcp } = run;
  const expect = expectationOf(params.expect);
  const maxBodyBytes = needsBody(expect)
    ? Math.min(params.maxBodyBytes, HTTP_LIMITS.assertedBytes.value)
    : params.maxBodyBytes;
  const marked = cmcd.mark(request.url);
  const response = await connection.exchange(
    {
      method: request.method,
      path: requestPath(marked.url),
      host: request.url.host,
      headers: { ...marked.headers, ...request.headers, ...request.credentials },
      ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
    },
    { clock: context.clock, signal: context.signal, maxBodyBytes },
  );
  record.addAnswer(connection, response, readTcp?.(connection.connected.socket)?.rttMs);
  if (!response.ok) {
    const isStale = response.failure.code === 'reset' && response.firstByteMs === undefined;
    return { end: failed(response.failure), isWhole: false, isStale };
  }
  const { location } = response.headers;
  if (params.followRedirects > 0 && location !== undefined && isRedirect(response.status, response.headers)) {
    // Its body is for people without a browser: nobody waits for it, unless the connection is to serve again.
    const isWhole = params.connection === 'warm' && (await response.body.drain()).ok;
    return { end: { kind: 'redirect', status: response.status, location }, isWhole, isStale: false };
  }
  return judge(run, response);
}

/** Reads the body and holds the answer against what is expected. A wrong status says more than what became of its body. */
async function judge(run: HopRun, response: HttpResponse): Promise<Talk> {
  const { params, record, credentials } = run;
  const expect = expectationOf(params.expect);
  const collected = needsBody(expect) ? await response.body.collect() : undefined;
  const end = collected ?? (await response.body.drain());
  // What is made of the answer waits until all that has arrived meanwhile has its time.
  await turn();
  record.addBody(response, end);
  const isWhole = end.ok && end.complete;
  const over = (failure: Failure | undefined): Talk => ({
    end: failure ? failed(failure) : { kind: 'done' },
    isWhole,
    isStale: false,
  });
  const wrong = statusFailure(response.status, expect.status);
  if (wrong) return over(wrong);
  if (!end.ok) return over(end.failure);
  const answer = { headers: response.headers, byteCount: end.byteCount };
  if (!collected) return over(assertionFailure(answer, expect, credentials.redact));
  const body = await decodedBody(collected.bytes, response.headers['content-encoding']);
  if (!body.ok) return over(body.failure);
  return over(assertionFailure({ ...answer, body: body.bytes }, expect, credentials.redact));
}

/** One for each agent, target and set of parameters: two probes that are the same in all of them may well share. */
function keyOf({ context, target, params }: HopRun, url: URL): string {
  return hash('sha256', JSON.stringify([context.agent.id, target.name, url.origin, params]), 'base64');
}

function failed(failure: Failure): HopEnd {
  return { kind: 'failed', failure };
}
