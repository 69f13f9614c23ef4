/**
 * Keeps foreign web pages out. On loopback, where nobody may be asked who they are, and with the cookie of a dashboard that is
 * signed in, any page in the user's browser could send requests: those carry an Origin or `Sec-Fetch-Site`, or, where the page has
 * pointed its own name at 127.0.0.1 (DNS rebinding), a Host that is that name.
 */
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { ApiError } from './errors.ts';

function isForeignPage(headers: Headers, host: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') return true;
  const origin = headers.get('origin');
  if (origin === null) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/** An address cannot be rebound by DNS, nor can `localhost`, which browsers resolve themselves. */
function isUnforgeableHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || bare === 'localhost' || bare.endsWith('.localhost');
}

/**
 * Refuses what a page of another origin sends (403 cross_origin) and, unless `anyHost`, requests to a
 * host name other than localhost, an address or one of `hosts` (403 foreign_host). Links that people follow pass, and so do
 * programs: other collectors are such.
 */
export function refuseForeignPages(options: {
  readonly anyHost: boolean;
  readonly hosts?: readonly string[];
}): MiddlewareHandler {
  return async (context, next) => {
    const headers = context.req.raw.headers;
    const url = new URL(context.req.url);
    const isOurs =
      options.anyHost || options.hosts?.includes(url.hostname) || isUnforgeableHost(url.hostname);
    if (!isOurs) {
      throw new ApiError(
        'foreign_host',
        `This collector does not answer as ${url.hostname}.`,
        'Use its address, such as http://127.0.0.1:7077.',
      );
    }
    const isNavigation = context.req.method === 'GET' && headers.get('sec-fetch-mode') === 'navigate';
    if (!isNavigation && isForeignPage(headers, url.host)) {
      throw new ApiError(
        'cross_origin',
        'A web page of another origin may not use this API.',
        'Use the dashboard of this collector, or a program such as curl or the outrider CLI.',
      );
    }
    await next();
  };
}
