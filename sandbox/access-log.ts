/** Lines as the log of a CDN has them: who asked for what, when, and with which Common Media Client Data (CTA-5004). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CmcdData, fromCmcdHeaders, fromCmcdQuery } from '@svta/cml-cmcd';

/** One request; as JSON it is a line. */
export interface AccessLine {
  /** When it was over: ISO 8601, UTC. */
  readonly time: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** 0 when the client left before a status was sent. */
  readonly status: number;
  readonly range: string | null;
  readonly user_agent: string | null;
  /** Of the headers, or else of the argument `CMCD`; null without either, or when they cannot be read. */
  readonly cmcd: CmcdData | null;
}

/** The line of a request that is over. */
export function accessLine(request: IncomingMessage, response: ServerResponse, wallMs: number): AccessLine {
  const { method = '', url = '', headers } = request;
  return {
    time: new Date(wallMs).toISOString(),
    method,
    url,
    status: response.headersSent ? response.statusCode : 0,
    range: headers.range ?? null,
    user_agent: headers['user-agent'] ?? null,
    cmcd: cmcdOf(request),
  };
}

function cmcdOf({ url = '', headers }: IncomingMessage): CmcdData | null {
  const named = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[0].startsWith('cmcd-') && typeof entry[1] === 'string',
  );
  const query = new URLSearchParams(url.split('?')[1]);
  try {
    if (named.length > 0) return fromCmcdHeaders(Object.fromEntries(named));
    return query.has('CMCD') ? fromCmcdQuery(query) : null;
  } catch {
    return null;
  }
}
