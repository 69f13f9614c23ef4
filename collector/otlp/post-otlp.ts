/** One request of OTLP over HTTP, as JSON, and what its answer means: https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { request } from 'undici';
import { Redactor } from '../../probes/redact.ts';
import { OTLP_LIMITS } from './limits.ts';

/** `rejected`: of what was sent, what the receiver did not take, although it took the rest. */
export type Posted =
  | { readonly ok: true; readonly rejected: number; readonly message: string }
  | { readonly ok: false; readonly retry: boolean; readonly reason: string; readonly afterMs?: number };

export interface OtlpReceiver {
  /** Base address: `/v1/logs` and `/v1/metrics` are under it. */
  readonly url: string;
  /** Such as `authorization`; never shown. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that the specification names; any other refusal is for good. */
const PASSING = [429, 502, 503, 504];

const compress = promisify(gzip);

/** Never rejects; `withinMs`: an answer that takes longer is none. Redirects are not followed: the receiver is the one that was configured. */
export async function postOtlp(
  { headers, url }: OtlpReceiver,
  signal: 'logs' | 'metrics',
  body: unknown,
  abort: AbortSignal,
  withinMs: number = OTLP_LIMITS.requestMs.value,
): Promise<Posted> {
  try {
    const {
      body: answer,
      headers: said,
      statusCode,
    } = await request(addressOf(url, signal), {
      method: 'POST',
      body: await compress(JSON.stringify(body)),
      headers: { ...headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      signal: AbortSignal.any([abort, AbortSignal.timeout(withinMs)]),
    });
    const text = await beginning(answer);
    if (statusCode >= 200 && statusCode < 300) return { ok: true, ...partOf(text, headers) };
    const afterMs = retryAfterMs(said['retry-after']);
    return {
      ok: false,
      retry: PASSING.includes(statusCode),
      reason: `HTTP ${statusCode}`,
      ...(afterMs !== undefined && { afterMs }),
    };
  } catch (error) {
    const { code, message, name } = error as NodeJS.ErrnoException;
    return { ok: false, retry: true, reason: code || message || name };
  }
}

/** The path of the base stays: `http://host/otlp` has its logs at `/otlp/v1/logs`. */
function addressOf(base: string, signal: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url;
}

async function beginning(answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= OTLP_LIMITS.answerBytes.value) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Of a partial success; anything else counts as success (the specification's own rule). A receiver may repeat what it was sent. */
function partOf(
  text: string,
  headers: OtlpReceiver['headers'],
): { readonly rejected: number; readonly message: string } {
  try {
    const { partialSuccess = {} } = JSON.parse(text || '{}') as {
      partialSuccess?: { rejectedLogRecords?: string; rejectedDataPoints?: string; errorMessage?: string };
    };
    const { errorMessage = '', rejectedDataPoints, rejectedLogRecords } = partialSuccess;
    const message = new Redactor(Object.values(headers)).text(errorMessage);
    return { rejected: Number(rejectedLogRecords ?? rejectedDataPoints ?? 0) || 0, message };
  } catch {
    return { rejected: 0, message: '' };
  }
}

/** RFC 9110 §10.2.3, in seconds; a date is not worth the trouble, and the pause of our own will do. */
function retryAfterMs(text: string | string[] | undefined): number | undefined {
  const ms = 1000 * Number(text ?? Number.NaN);
  return ms > 0 ? Math.min(ms, OTLP_LIMITS.pauseMaxMs.value) : undefined;
}
