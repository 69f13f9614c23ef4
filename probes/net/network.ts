/** Connections for probes: guarded by the address policy, timed phase by phase, one per call. */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Failure } from '../outcome.ts';

/** Which addresses the owner of the agent lets probes reach. */
export interface AddressPolicy {
  /** CIDR blocks allowed although they are private, loopback, link-local or metadata addresses. */
  readonly allow: readonly string[];
  /** CIDR blocks forbidden in addition. */
  readonly deny: readonly string[];
}

export interface NetworkOptions {
  readonly policy: AddressPolicy;
  /**
   * `host:port` → `host:port` dialled in its place, as `curl --connect-to`: the URL, Host header and
   * TLS name stay. It is how one machine stands in for several regions.
   */
  readonly connectTo: Readonly<Record<string, string>>;
  /** Name servers, `address[:port]`; those of the system when empty. */
  readonly nameServers: readonly string[];
  /** Further trusted certificate authorities, PEM. */
  readonly trustedCa?: string;
  /** The only address family to use; IPv4, or IPv6 where a name has no IPv4 address, when absent. */
  readonly family?: 4 | 6;
}

export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Application protocols to offer in the handshake, best first (RFC 7301); HTTP/1.1 when absent. */
  readonly alpn?: readonly string[];
  /** The only address family to dial; that of the options when absent. */
  readonly family?: 4 | 6;
}

/** One fresh connection and how long each step took. Absent phases did not happen. */
export interface Connected {
  readonly ok: true;
  readonly socket: Socket | TLSSocket;
  readonly dnsMs?: number;
  readonly connectMs: number;
  readonly tlsMs?: number;
  readonly remoteAddress: string;
  /** That was dialled there: not that of the endpoint where `connectTo` has another. */
  readonly remotePort?: number;
  readonly tlsVersion?: string;
  readonly alpn?: string;
}

export interface NotConnected {
  readonly ok: false;
  readonly failure: Failure;
  /** The steps that were begun; the one that `failure.layer` names did not succeed. */
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** What the server showed in a handshake that failed. */
  readonly certificate?: X509Certificate;
}

/** Where a connection would go: the very address that the policy was asked about. */
export interface Located {
  readonly ok: true;
  readonly address: string;
  readonly port: number;
  readonly dnsMs?: number;
}

export interface Network {
  /** The first half of `connect`: resolves and checks every address against the policy, and dials nothing. */
  locate(endpoint: Endpoint, signal: AbortSignal): Promise<Located | NotConnected>;
  /** Resolves, checks every address against the policy, dials. Never throws for what the peer or the network did. */
  connect(endpoint: Endpoint, signal: AbortSignal): Promise<Connected | NotConnected>;
  /** Told of a connection of an earlier run that serves this one too, where somebody looks on. */
  kept?(connected: Connected, endpoint: Endpoint): void;
  /** The failure that the policy holds against a URL before any connection (scheme, literal address), or undefined. */
  forbids(url: URL): Failure | undefined;
  readonly options: NetworkOptions;
}
