/** One POST of JSON to a receiver, and what its answer means. */
import { NOTIFY_LIMITS } from '../limits.ts';
import { without } from '../secret-ref.ts';
import type { Sent } from './sender.ts';

export interface Post {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Texts that no message may show; the address is one anyway. */
  readonly secrets?: readonly string[];
}

/** Redirects are not followed: the receiver is the one that was configured. */
export async function postJson({ body, headers, secrets = [], signal, url }: Post): Promise<Sent> {
  const hidden = [url.href, `${url.pathname}${url.search}`, ...secrets];
  try {
    const response = await fetch(withoutCredentials(url), {
      method: 'POST',
      body,
      redirect: 'manual',
      signal,
      headers: { 'content-type': 'application/json', ...credentials(url), ...headers },
    });
    const said = response.ok ? '' : await excerpt(response);
    await response.body?.cancel().catch(() => undefined);
    if (response.ok) return { ok: true };
    const { status } = response;
    const reason = without(`HTTP ${status}${said ? `: ${said}` : ''}`, hidden);
    const afterMs = retryAfterMs(response.headers.get('retry-after'));
    return { ok: false, retry: isPassing(status), reason, ...(afterMs === undefined ? {} : { afterMs }) };
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

const EXCERPT_CHARS = 200;

/** The beginning of what a receiver says of a request that it does not take, on one line. */
async function excerpt(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read().catch(() => undefined)) ?? {};
  await reader?.cancel().catch(() => undefined);
  return Buffer.from(value ?? [])
    .toString('utf8')
    .slice(0, EXCERPT_CHARS)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
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
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || cause.name;
}
