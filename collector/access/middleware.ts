/** Asks who sends a request, whether they may, and notes what they changed. */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { ApiError, type ApiErrorCode } from '../api/errors.ts';
import { isLoopback } from '../listen.ts';
import type { Access, Principal, RefusalReason, Refused } from './access.ts';
import { type Audit, auditDetail } from './audit.ts';
import { endedBy } from './ended-by.ts';
import { authorise, isAudited, needOf } from './permissions.ts';

/** The cookie of a dashboard that is signed in. Over TLS its name keeps other hosts from setting it (RFC 6265bis §4.1.3.2). */
const SESSION_COOKIES = { secure: '__Host-outrider', plain: 'outrider_session' } as const;

/** The one that counts for a request: over TLS the plain one may be somebody else's, who wants his session used. */
export const sessionCookie = (context: Context): string =>
  new URL(context.req.url).protocol === 'https:' ? SESSION_COOKIES.secure : SESSION_COOKIES.plain;

const WHY: Readonly<Record<RefusalReason, string>> = {
  malformed: 'The token is mistyped: its checksum does not fit.',
  unknown: 'The token is not known here.',
  expired: 'The token has expired.',
  revoked: 'The token was revoked.',
  too_many_failures: 'Too many tokens from this address were refused.',
};

const HINT =
  'Give a token: OUTRIDER_TOKEN or --token-file; an admin makes one with `outrider tokens add`, the first is made by `outrider tokens bootstrap`.';

/** What the router tells of a request: who sent it. */
declare module 'hono' {
  interface ContextVariableMap {
    /** Absent where nobody is asked, or was known. */
    principal: Principal | undefined;
  }
}

export interface AccessMiddlewareOptions {
  readonly access: Access;
  readonly audit: Audit;
  nowMs(): number;
  /** The route that a request leads to, such as `GET /api/v1/agents/:id`; undefined where there is none. */
  routeOf(method: string, path: string): string | undefined;
}

export function accessControl({ access, audit, nowMs, routeOf }: AccessMiddlewareOptions): MiddlewareHandler {
  return async (context, next) => {
    const { method, path } = context.req;
    const route = routeOf(method === 'HEAD' ? 'GET' : method, path);
    // There is nothing, which is no secret.
    if (route === undefined) return next();
    const remote = remoteAddress(context);
    const known = await whoAsks(context, access, remote);
    const principal = known && 'refused' in known ? undefined : known;
    context.set('principal', principal);
    const note = (status: number, detail: string): void => {
      // Who was not known is counted, not noted: anybody could fill the log.
      if (!isAudited(route) || status === 401 || status === 429) return;
      // A route may have found out who it is.
      const { id = '', name = '', role = '' } = context.get('principal') ?? {};
      audit.note({
        atMs: nowMs(),
        actor: name,
        token: id,
        role,
        action: route,
        path,
        status,
        remote,
        detail,
      });
    };
    if (access.required) {
      const verdict = authorise(route, principal?.role, isOnThisMachine(context, remote));
      if (verdict === 'unauthenticated') return challenge(context, known as Refused | undefined);
      if (verdict === 'forbidden') {
        access.counters.forbidden += 1;
        note(403, '');
        throw new ApiError(
          'forbidden',
          `${principal?.name} is ${principal?.role}, and ${route} needs ${needOf(route) ?? 'a role that nobody has'}.`,
          'Ask an admin for a token of that role.',
        );
      }
    }
    await next();
    if (principal) endWithToken(context, access, principal);
    if (isAudited(route)) note(context.res.status, auditDetail(await bodyOf(context)));
  };
}

/** Undefined where no token was given. */
async function whoAsks(
  context: Context,
  access: Access,
  remote: string,
): Promise<Principal | Refused | undefined> {
  if (!access.required) return undefined;
  const header = context.req.header('authorization');
  const cookie = getCookie(context, sessionCookie(context));
  const given = header === undefined ? cookie : /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (given === undefined && header === undefined) return undefined;
  const known = await access.authenticate(given ?? '', remote);
  // A session is good for the page that has its cookie, and for nothing else.
  if ('refused' in known || header === undefined || known.kind !== 'session') return known;
  access.failed(remote);
  return { refused: 'unknown', retryAfterMs: 0 };
}

/** 401, or 429 with how long to wait; a person with a browser is led to where the token is asked for. */
function challenge(context: Context, refused: Refused | undefined): Response {
  if (refused?.refused === 'too_many_failures') {
    context.header('Retry-After', String(Math.ceil(refused.retryAfterMs / 1000)));
    throw new ApiError('too_many_failures', WHY.too_many_failures, 'Wait a moment.');
  }
  const { headers } = context.req.raw;
  const isPage = context.req.method === 'GET' && headers.get('accept')?.includes('text/html');
  if (isPage && !context.req.path.startsWith('/api/')) {
    const { pathname, search } = new URL(context.req.url);
    return context.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
  }
  context.header('WWW-Authenticate', 'Bearer realm="outrider"');
  const code: ApiErrorCode = 'unauthenticated';
  throw new ApiError(code, refused ? WHY[refused.refused] : 'This collector wants to know who asks.', HINT);
}

/** A stream that goes on is as good as the token that it was opened with. */
function endWithToken(context: Context, access: Access, principal: Principal): void {
  const { body, headers } = context.res;
  if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return;
  const { done, signal } = access.watch(principal);
  context.res = new Response(endedBy(body, signal, done), context.res);
}

/** What was asked for, where it was read already. */
async function bodyOf(context: Context): Promise<string> {
  const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '');
  return isJson && context.req.bodyCache.text !== undefined ? context.req.text() : '';
}

/** Of the peer; empty where there is no socket. */
export function remoteAddress(context: Context): string {
  const { incoming } = (context.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress ?? '';
}

/** What proxies add, each by its own habit. */
const FORWARDED =
  /^(?:forwarded|x-forwarded-.+|via|x-real-ip|x-client-ip|x-original-.+|true-client-ip|cf-.+)$/;

/** HTTP/1.0 is what a proxy speaks that was told nothing else, and such a one adds no header either: nginx before 1.29.7. */
function isOldHttp(context: Context): boolean {
  const { incoming } = (context.env ?? {}) as { incoming?: { httpVersion?: string } };
  return incoming?.httpVersion === '1.0';
}

/** From this machine, and not by a proxy on it, nor by the name of another one that a page was given. */
function isOnThisMachine(context: Context, remote: string): boolean {
  const { headers } = context.req.raw;
  const isForwarded = [...headers.keys()].some((name) => FORWARDED.test(name)) || isOldHttp(context);
  const { hostname } = new URL(context.req.url);
  return !isForwarded && isLoopback(remote) && isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
