/** One hop of an `http` run: guard, connect, exchange, read the body, close. */

import type { Cmcd } from '../net/cmcd.ts';
import { exchange, requestPath } from '../net/exchange.ts';
import { endpointOf } from '../net/host-port.ts';
import type { Connected } from '../net/network.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import type { HttpRecord } from './http-record.ts';
import type { HttpParams } from './params.ts';
import { isRedirect, type PlannedRequest } from './redirect.ts';
import { statusFailure } from './status.ts';

export type HopEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string };

/** Writes what it measured into `record`, whatever the end. The connection is closed when it answers. */
export async function runHop(
  context: RunContext,
  request: PlannedRequest,
  params: HttpParams,
  record: HttpRecord,
  cmcd: Cmcd,
): Promise<HopEnd> {
  const forbidden = context.network.forbids(request.url);
  if (forbidden) return failed(forbidden);
  const endpoint = endpointOf(request.url);
  if (!endpoint) throw new Error('a URL passed the guard that is neither http nor https');
  const startMs = context.clock.monotonicMs();
  const connected = await context.network.connect(endpoint, context.signal);
  record.addConnection(connected, startMs, request.url.host);
  if (!connected.ok) return failed(connected.failure);
  try {
    return await talk(connected, context, request, params, record, cmcd);
  } finally {
    connected.socket.destroy();
  }
}

async function talk(
  connected: Connected,
  context: RunContext,
  request: PlannedRequest,
  params: HttpParams,
  record: HttpRecord,
  cmcd: Cmcd,
): Promise<HopEnd> {
  const marked = cmcd.mark(request.url);
  const response = await exchange(
    connected,
    {
      method: request.method,
      path: requestPath(marked.url),
      host: request.url.host,
      headers: { ...marked.headers, ...request.headers },
      ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
    },
    { clock: context.clock, signal: context.signal, maxBodyBytes: params.maxBodyBytes },
  );
  record.addAnswer(connected, response);
  if (!response.ok) return failed(response.failure);
  const { location } = response.headers;
  if (params.followRedirects > 0 && location !== undefined && isRedirect(response.status, response.headers)) {
    // Its body is for people without a browser: nobody waits for it.
    return { kind: 'redirect', status: response.status, location };
  }
  const end = await response.body.drain();
  record.addBody(response, end);
  // A wrong status says more than what became of its body.
  const wrong = statusFailure(response.status, params.expect);
  if (wrong) return failed(wrong);
  return end.ok ? { kind: 'done' } : failed(end.failure);
}

function failed(failure: Failure): HopEnd {
  return { kind: 'failed', failure };
}
