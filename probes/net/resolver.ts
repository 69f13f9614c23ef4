/**
 * Names to addresses by c-ares: `dns.lookup` shares the thread pool of the process, and a busy pool would show as slow DNS.
 * Each lookup is cold: a resolver of its own, no cache.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import { NetworkOptionsError } from './errors.ts';
import { deadlineFailure, socketFailure } from './socket-failure.ts';

export const RESOLVER_LIMITS = {
  addresses: {
    value: 64,
    reason: 'More than any service answers with; each is checked against the policy.',
    past: 'The name fails with server_failure.',
  },
} as const;

export interface Resolved {
  readonly ok: true;
  /** At least one, all of one family, in the order of the answer. */
  readonly addresses: readonly string[];
  /** Absent when no lookup was needed: a literal address, or `localhost`. */
  readonly dnsMs?: number;
}

export interface NotResolved {
  readonly ok: false;
  readonly failure: Failure;
  readonly dnsMs: number;
}

export interface ResolverOptions {
  /** `address[:port]`; the name servers of the system when empty. */
  readonly nameServers: readonly string[];
  /** The only family to ask for; IPv4 and, where a name has none, IPv6 when absent. */
  readonly family?: 4 | 6;
}

export interface NameResolver {
  /** `host` in canonical form. Never throws for what name servers do; ends soon after `signal` aborts. */
  resolve(host: string, signal: AbortSignal): Promise<Resolved | NotResolved>;
}

/** Throws `NetworkOptionsError` when a name server is not an address. */
export function createResolver(options: ResolverOptions, clock: Clock): NameResolver {
  newResolver(options.nameServers);
  return {
    async resolve(host, signal) {
      const known = withoutLookup(host, options.family);
      if (known) return { ok: true, addresses: [known] };
      const resolver = newResolver(options.nameServers);
      const cancel = () => resolver.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      const startMs = clock.monotonicMs();
      try {
        const addresses = signal.aborted ? [] : await lookUp(resolver, host, options, signal);
        const dnsMs = clock.monotonicMs() - startMs;
        if (signal.aborted) return { ok: false, failure: deadlineFailure('dns', host), dnsMs };
        if (addresses.length > RESOLVER_LIMITS.addresses.value) {
          return { ok: false, failure: socketFailure('dns', tooMany(addresses.length), host), dnsMs };
        }
        return { ok: true, addresses, dnsMs };
      } catch (error) {
        const dnsMs = clock.monotonicMs() - startMs;
        const failure = signal.aborted
          ? deadlineFailure('dns', host)
          : socketFailure('dns', error as Error & { code?: string }, host);
        return { ok: false, failure, dnsMs };
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

/**
 * The address of a host that needs no lookup: a literal, or `localhost` and names below it, which are loopback by
 * RFC 6761 §6.3 and which no name server must be asked for.
 */
export function withoutLookup(host: string, family?: 4 | 6): string | undefined {
  if (isIP(host) !== 0) return host;
  if (host === 'localhost' || host.endsWith('.localhost')) return family === 6 ? '::1' : '127.0.0.1';
  return undefined;
}

async function lookUp(
  resolver: Resolver,
  host: string,
  options: ResolverOptions,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    if (options.family === 6) return await resolve6(resolver, host);
    const v4 = await resolver.resolve4(host).catch(unlessMissing);
    if (v4.length > 0) return v4;
    if (options.family === 4) throw notFound();
    return await resolve6(resolver, host);
  } catch (error) {
    // c-ares does not read the hosts file. With name servers of our own, only they are asked.
    if (!isMissing(error) || options.nameServers.length > 0) throw error;
    return await systemLookup(host, options.family, signal, error);
  }
}

/** An alias may lead to a name that has none: that is an answer without addresses, and no error of the resolver. */
async function resolve6(resolver: Resolver, host: string): Promise<string[]> {
  const addresses = await resolver.resolve6(host);
  if (addresses.length === 0) throw notFound();
  return addresses;
}

/** The resolver of the system, for names that only it knows; a name that it does not know either keeps the first error. */
async function systemLookup(
  host: string,
  family: 4 | 6 | undefined,
  signal: AbortSignal,
  cause: unknown,
): Promise<string[]> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(cause), { once: true });
  });
  const found = await Promise.race([
    lookup(host, { all: true, family: family ?? 0 }).catch(() => []),
    aborted,
  ]);
  const wanted = found.some((entry) => entry.family === 4) ? 4 : 6;
  const addresses = found.filter((entry) => entry.family === wanted).map((entry) => entry.address);
  if (addresses.length === 0) throw cause;
  return addresses;
}

function newResolver(nameServers: readonly string[]): Resolver {
  const resolver = new Resolver();
  if (nameServers.length === 0) return resolver;
  try {
    resolver.setServers(nameServers);
  } catch (cause) {
    throw new NetworkOptionsError(
      `nameServers: ${JSON.stringify(nameServers)} must be addresses such as 9.9.9.9, 127.0.0.1:5353 or [2620:fe::fe]:53.`,
      { cause },
    );
  }
  return resolver;
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

function unlessMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

function notFound(): Error {
  return Object.assign(new Error('no address of this family'), { code: 'ENODATA' });
}

function tooMany(count: number): Error {
  return new Error(
    `the name has ${count} addresses, more than the limit of ${RESOLVER_LIMITS.addresses.value}`,
  );
}
