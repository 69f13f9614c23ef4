/** The network of an agent: resolve, check every address against the policy, dial the address that was checked. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import { createAddressGuard } from './address-policy.ts';
import { dialTcp, dialTls } from './dial.ts';
import { NetworkOptionsError } from './errors.ts';
import { canonicalHost, endpointOf, formatHostPort, type HostPort, parseHostPort } from './host-port.ts';
import type { Connected, Endpoint, Located, Network, NetworkOptions, NotConnected } from './network.ts';
import { createResolver, withoutLookup } from './resolver.ts';
import { turn } from './turns.ts';

const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** Throws `NetworkOptionsError` for options that cannot be carried out. */
export function createNetwork(options: NetworkOptions, deps: { readonly clock?: Clock } = {}): Network {
  const clock = deps.clock ?? systemClock;
  const guard = createAddressGuard(options.policy);
  const anyFamily = createResolver(options, clock);
  const connectTo = parseConnectTo(options.connectTo);
  const secureContext = secureContexts(options.trustedCa);

  function forbidden(host: string, addresses: readonly string[]): Failure | undefined {
    for (const address of addresses) {
      const reason = guard.forbids(address);
      if (reason) return forbiddenTarget(host, address, reason);
    }
    return undefined;
  }

  function dialled(endpoint: Endpoint): HostPort | undefined {
    const host = canonicalHost(endpoint.hostname);
    if (host === undefined) return undefined;
    const asked = { host, port: endpoint.port };
    return connectTo.get(formatHostPort(asked)) ?? asked;
  }

  async function locate(endpoint: Endpoint, signal: AbortSignal): Promise<Located | NotConnected> {
    const goal = dialled(endpoint);
    if (!goal) return { ok: false, failure: badHost(endpoint.hostname) };
    const impossible = familyFailure(goal.host, endpoint.family, options.family);
    if (impossible) return { ok: false, failure: impossible };
    const resolver = endpoint.family
      ? createResolver({ ...options, family: endpoint.family }, clock)
      : anyFamily;
    const resolved = await resolver.resolve(goal.host, signal);
    if (!resolved.ok) return resolved;
    const dns = resolved.dnsMs === undefined ? {} : { dnsMs: resolved.dnsMs };
    const failure = forbidden(goal.host, resolved.addresses);
    if (failure) return { ok: false, failure, ...dns };
    // The first one, as most clients do; the very address that was checked, so that no second answer can slip in.
    return { ok: true, address: resolved.addresses[0] as string, port: goal.port, ...dns };
  }

  async function connect(endpoint: Endpoint, signal: AbortSignal): Promise<Connected | NotConnected> {
    const tls = endpoint.protocol === 'https:' ? await secureContext() : undefined;
    const located = await locate(endpoint, signal);
    if (!located.ok) return located;
    const { address: remoteAddress, port } = located;
    const dns = located.dnsMs === undefined ? {} : { dnsMs: located.dnsMs };
    const peer = formatHostPort({ host: remoteAddress, port });
    if (located.dnsMs !== undefined) await turn();
    const tcp = await dialTcp(remoteAddress, port, peer, clock, signal);
    const steps = { ...dns, connectMs: tcp.tookMs, remoteAddress, remotePort: port };
    if (!tcp.ok) return { ok: false, failure: tcp.failure, ...steps };
    if (!tls) return { ok: true, socket: tcp.socket, ...steps };
    const hostname = canonicalHost(endpoint.hostname) as string;
    const secure = await dialTls(tcp.socket, hostname, tls, peer, clock, signal, endpoint.alpn);
    if (!secure.ok) {
      tcp.socket.destroy();
      const shown = secure.certificate === undefined ? {} : { certificate: secure.certificate };
      return { ok: false, failure: secure.failure, ...steps, tlsMs: secure.tookMs, ...shown };
    }
    const { socket } = secure;
    return {
      ok: true,
      socket,
      ...steps,
      tlsMs: secure.tookMs,
      tlsVersion: socket.getProtocol() ?? 'unknown',
      ...(socket.alpnProtocol ? { alpn: socket.alpnProtocol } : {}),
    };
  }

  function forbids(url: URL): Failure | undefined {
    const endpoint = endpointOf(url);
    if (!endpoint) {
      return refusal(`${url.protocol} URLs are not probed: only http and https are.`);
    }
    if (url.username !== '' || url.password !== '') {
      return refusal(
        'URLs with a user name or password are not probed: send an Authorization header instead.',
      );
    }
    const goal = dialled(endpoint);
    if (!goal) return badHost(endpoint.hostname);
    const literal = withoutLookup(goal.host, options.family);
    return literal === undefined ? undefined : forbidden(goal.host, [literal]);
  }

  return { locate, connect, forbids, options };
}

/** Made once and before any clock runs: parsing a bundle of authorities takes longer than a handshake. */
function secureContexts(trustedCa: string | undefined): () => Promise<SecureContext> {
  if (trustedCa !== undefined) checkCertificate(trustedCa);
  let made: Promise<SecureContext> | undefined;
  return () => {
    made ??= import('node:tls').then((tls) =>
      tls.createSecureContext(
        trustedCa === undefined ? {} : { ca: [...tls.getCACertificates('default'), trustedCa] },
      ),
    );
    return made;
  };
}

function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new NetworkOptionsError(
      'trustedCa: not a certificate. Give PEM text that begins with -----BEGIN CERTIFICATE-----.',
      { cause },
    );
  }
}

function parseConnectTo(entries: Readonly<Record<string, string>>): Map<string, HostPort> {
  const map = new Map<string, HostPort>();
  for (const [from, to] of Object.entries(entries)) {
    const [asked, goal] = [parseHostPort(from), parseHostPort(to)];
    if (!asked || !goal) {
      throw new NetworkOptionsError(
        `connectTo: ${JSON.stringify(`${from} → ${to}`)} must be host:port on both sides, such as www.example.com:443 → 192.0.2.1:8443.`,
      );
    }
    map.set(formatHostPort(asked), goal);
  }
  return map;
}

function forbiddenTarget(host: string, address: string, reason: string): Failure {
  const where = host === address ? address : `${host} at ${address}`;
  return refusal(
    `This agent must not reach ${where}: ${reason}. The owner of the agent can allow the block in its address policy.`,
  );
}

/** Why a host cannot be dialled by the family that was asked for, before any name server is asked. */
function familyFailure(
  host: string,
  asked: 4 | 6 | undefined,
  owners: 4 | 6 | undefined,
): Failure | undefined {
  if (asked === undefined) return undefined;
  if (owners !== undefined && owners !== asked) {
    const message = `The configuration of this agent has IPv${owners} alone, and the probe asks for IPv${asked}.`;
    return { layer: 'agent', blame: 'agent', code: 'unreachable', message };
  }
  const literal = isIP(host);
  if (literal === 0 || literal === asked) return undefined;
  const message = `${host} is an IPv${literal} address, and the probe asks for IPv${asked}.`;
  return { layer: 'agent', blame: 'agent', code: 'bad_params', message };
}

function badHost(hostname: string): Failure {
  return refusal(`${JSON.stringify(hostname.slice(0, 100))} is not a host name or address.`);
}

function refusal(message: string): Failure {
  return { layer: 'agent', blame: 'agent', code: 'forbidden_target', message };
}
