/** Hosts and ports as text: `example.com:80`, `192.0.2.1:443`, `[2001:db8::1]:443`. */
import type { Limit } from '../limit.ts';
import type { Endpoint } from './network.ts';

export interface HostPort {
  /** Lower case, canonical, IPv6 without brackets, no trailing dot. */
  readonly host: string;
  readonly port: number;
}

/**
 * The canonical form of a host name or literal address, as the URL standard has it, so that `0x7f.1`, `2130706433` and
 * `127.0.0.1` are one host; undefined when it is none.
 */
export function canonicalHost(text: string): string | undefined {
  if (canonicalHosts.has(text)) return canonicalHosts.get(text);
  const canonical = canonicalized(text);
  if (text.length > HOST_LIMITS.rememberedChars.value) return canonical;
  if (canonicalHosts.size >= HOST_LIMITS.remembered.value) canonicalHosts.clear();
  canonicalHosts.set(text, canonical);
  return canonical;
}

export const HOST_LIMITS = {
  remembered: {
    value: 1000,
    reason: 'A run asks for the canonical form of its host three times, and it is one of a schedule.',
    past: 'All are forgotten, and made anew.',
  },
  rememberedChars: {
    value: 255,
    reason: 'No name is longer; what a redirect says may be.',
    past: 'It is made anew each time.',
  },
} as const satisfies Record<string, Limit>;

const canonicalHosts = new Map<string, string | undefined>();

function canonicalized(text: string): string | undefined {
  const host = text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
  if (/[/?#@\\\s]|\]./.test(host)) return undefined;
  const url = URL.parse(`http://${host}/`);
  if (!url) return undefined;
  const canonical = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return canonical === '' ? undefined : canonical;
}

/** `host:port` taken apart, or undefined when it is not one. The port is 1 to 65535. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] === undefined ? undefined : canonicalHost(match[1]);
  const port = Number(match?.[2]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** The inverse of `parseHostPort`. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a URL leads; undefined when it is neither http nor https. */
export function endpointOf(url: URL): Endpoint | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { protocol: url.protocol, hostname: url.hostname, port };
}
