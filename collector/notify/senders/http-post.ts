/** One POST of JSON to a receiver, and what its answer means. */
import { NOTIFY_LIMITS } from '../limits.ts';
import { cutText } from '../notice-text.ts';
import { without } from '../secret-ref.ts';
import type { Sent } from './sender.ts';

export interface Post {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Texts that no message may show; the address is one anyway. */
  readonly secrets?: readonly string[];
  /** What is amiss with an answer of 200 by its text; undefined for nothing. */
  readonly refusal?: (said: string) => string | undefined;
}

/** Redirects are not followed: the receiver is the one that was configured. */
export async function postJson({ body, headers, refusal, secrets = [], signal, url }: Post): Promise<Sent> {
  const hidden = [...secretsOf(url), ...secrets];
  try {
    const response = await fetch(withoutCredentials(url), {
      method: 'POST',
      body,
      redirect: 'manual',
      signal,
      headers: { 'content-type': 'application/json', ...credentials(url), ...headers },
    });
    const said = response.ok && !refusal ? '' : await beginning(response);
    await response.body?.cancel().catch(() => undefined);
    const { ok, status } = response;
    const amiss = ok ? refusal?.(said) : said;
    if (ok && amiss === undefined) return { ok: true };
    const reason = excerpt(without(`HTTP ${status}${amiss ? `: ${amiss}` : ''}`, hidden));
    const afterMs = retryAfterMs(response.headers.get('retry-after'));
    // An error behind a 200 does not say whether it passes.
    const retry = ok || isPassing(status);
    return { ok: false, retry, reason, ...(afterMs === undefined ? {} : { afterMs }) };
  } catch (error) {
    return { ok: false, retry: true, reason: without(reasonOf(error), hidden) };
  }
}

const isPassing = (status: number): boolean =>
  status >= 500 || status === 408 || status === 425 || status === 429;

/** RFC 9110 §10.2.3: seconds; a date is not worth the trouble, and the pause of our own will do. */
function retryAfterMs(text: string | null): number | undefined {
  const ms = 1000 * Number(text ?? Number.NaN);
  return ms > 0 ? Math.min(ms, NOTIFY_LIMITS.pauseMaxMs.value) : undefined;
}

const ANSWER_BYTES = 4096;
const EXCERPT_CHARS = 200;

/** The beginning of what a receiver says. */
async function beginning(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  const reader = response.body?.getReader();
  let bytes = 0;
  while (reader && bytes < ANSWER_BYTES) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || !value) break;
    chunks.push(value);
    bytes += value.length;
  }
  await reader?.cancel().catch(() => undefined);
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

/** On one line, for people. */
const excerpt = (said: string): string => cutText(said.replace(/[\p{Cc}\s]+/gu, ' ').trim(), EXCERPT_CHARS);

/** What is said, read as an object; undefined where it is none. */
export function jsonOf(said: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(said);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A page for people, of whatever stands before the receiver, where that itself would answer a program. */
export const pageText = (said: string): string | undefined =>
  /^\s*<(!doctype|html)/i.test(said) ? 'it answers with a page, as a login or a proxy does' : undefined;

/** Of an address: all of it, its path, and every part of that which is long enough for a token. */
function secretsOf(url: URL): string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values(), url.username, url.password];
  return [
    url.href,
    `${url.pathname}${url.search}`,
    ...parts.flatMap((part) => [part, decoded(part)]).filter((part) => part.length >= TOKEN_CHARS),
  ];
}

/** Shorter parts of a path are words such as `hooks`. */
const TOKEN_CHARS = 8;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `fetch` takes no user and password in an address (RFC 9110 §4.2.4). */
function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function credentials({ password, username }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || cause.name;
}
