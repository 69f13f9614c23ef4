/** A plain HTTP client that tells how an exchange went, broken ones included. */
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the body ended before its announced end. */
  readonly complete: boolean;
  /** From the call until the response head, milliseconds. */
  readonly headMs: number;
  readonly totalMs: number;
}

/** One exchange on a connection of its own, unless an agent is given. Rejects when no response head came. */
export function exchange(url: string, sent: Sent = {}): Promise<Exchanged> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: sent.method ?? 'GET',
      headers: sent.headers ?? {},
      agent: sent.agent ?? false,
      ...(sent.signal && { signal: sent.signal }),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const headMs = performance.now() - startedMs;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete: response.complete,
          headMs,
          totalMs: performance.now() - startedMs,
        }),
      );
    });
    outgoing.end(sent.body);
  });
}

/** The code of the error that a promise rejects with, or 'none'. */
export async function errorCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

export function json(answer: Exchanged): Record<string, unknown> {
  return JSON.parse(answer.body.toString('utf8'));
}
