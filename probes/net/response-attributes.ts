/** The facts about a response that every probe reports alike: which server, which edge, from a cache or not. */
import type { Attributes } from '../probe.ts';
import type { Connected } from './network.ts';

type Headers = Readonly<Record<string, string>>;

export const ATTRIBUTE_LIMITS = {
  chars: {
    value: 64,
    reason: 'A point of presence or a cache status is a word; longer is not one.',
    past: 'The value is cut.',
  },
} as const;

/** `server_ip`, and `tls_version` on https. */
export function connectionAttributes(connected: Connected): Attributes {
  return {
    server_ip: connected.remoteAddress,
    ...(connected.tlsVersion === undefined ? {} : { tls_version: connected.tlsVersion }),
  };
}

/** `http_status`, `http_version`, and `pop` and `cache_status` where the response tells them; with those of the connection. */
export function responseAttributes(
  connected: Connected,
  response: { readonly status: number; readonly headers: Headers },
): Attributes {
  const pop = popOf(response.headers);
  const cacheStatus = cacheStatusOf(response.headers);
  return {
    ...connectionAttributes(connected),
    http_status: String(response.status),
    http_version: '1.1',
    ...(pop === undefined ? {} : { pop }),
    ...(cacheStatus === undefined ? {} : { cache_status: cacheStatus }),
  };
}

/** The point of presence that answered, in the words of its network: `FRA56-P4`, `FRA`, `eu-west`. */
export function popOf(headers: Headers): string | undefined {
  const candidates = [
    headers['x-pop'],
    headers['x-amz-cf-pop'],
    // Cloudflare: `8a1b2c3d4e5f6789-FRA`.
    /-([A-Z]{3})$/.exec(headers['cf-ray'] ?? '')?.[1],
    // Fastly: one cache a hop, ours last: `cache-iad-kiad7000125-IAD, cache-fra-etou8220088-FRA`.
    /-([A-Z]{3})$/.exec(lastItem(headers['x-served-by']))?.[1],
    headers['x-edge-location'],
    headers['x-cdn-pop'],
    // bunny.net: `BunnyCDN-DE1-1047`.
    /^BunnyCDN-([A-Z]{2,3}\d*)-/.exec(headers.server ?? '')?.[1],
  ];
  return tidy(candidates.find((candidate) => candidate !== undefined && candidate.trim() !== ''));
}

const CACHE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bstale\b|updating/, 'stale'],
  [/revalidated|refresh/, 'revalidated'],
  [/expired/, 'expired'],
  [/bypass|dynamic|\bpass\b|uncacheable|no-?store/, 'bypass'],
  [/\bmiss\b|fwd=|_miss/, 'miss'],
  [/\bhit\b|_hit|hit_/, 'hit'],
];

/**
 * `hit`, `miss`, `expired`, `stale`, `revalidated` or `bypass` as the cache nearest to us told it; undefined when nothing did. A
 * positive Age alone is a hit: some cache held it (RFC 9111 §5.1).
 */
export function cacheStatusOf(headers: Headers): string | undefined {
  const told = [
    // RFC 9211: the cache nearest to the user comes last.
    lastItem(headers['cache-status']),
    headers['cf-cache-status'],
    headers['cdn-cache'],
    headers['x-cache-status'],
    lastItem(headers['x-cache']),
  ];
  for (const text of told) {
    const word = CACHE_WORDS.find(([pattern]) => pattern.test((text ?? '').toLowerCase()));
    if (word) return word[1];
  }
  return Number(headers.age) > 0 ? 'hit' : undefined;
}

function lastItem(list: string | undefined): string {
  return list?.split(',').at(-1)?.trim() ?? '';
}

/** Printable ASCII of bounded length: the value comes from a stranger and ends up in tables and labels. */
function tidy(value: string | undefined): string | undefined {
  const text = value
    ?.replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, ATTRIBUTE_LIMITS.chars.value);
  return text === '' ? undefined : text;
}
