/**
 * The address policy inside the browser. Every request of a tab, redirects included, is held until its host was resolved and
 * held against the policy; and the address that the browser then connected to is held against it once more, since a name
 * can answer differently the second time.
 *
 * The answer for a host is kept, so that only the first request to a host waits for it, and callers that know the host
 * beforehand ask before their clock runs. Holding a request costs 1 to 5 ms (a turn through this process).
 */
import type { CDPSession } from 'playwright-core';
import { endpointOf, formatHostPort } from '../net/host-port.ts';
import type { AddressPolicy, Endpoint, Network } from '../net/network.ts';
import type { Failure } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import type { BrowserLimits } from './limits.ts';

export interface Admission {
  /** Why the policy or name resolution stands against a URL, or undefined. Never throws. */
  admit(url: URL): Promise<Failure | undefined>;
  /** Why the policy stands against an address that was connected to, or undefined. */
  refuses(address: string): Failure | undefined;
  /** False when the policy allows every address there is: then no request needs to be held. */
  readonly isNeeded: boolean;
}

interface Answer {
  readonly atMs: number;
  readonly failure: Promise<Failure | undefined>;
  isRenewing: boolean;
}

/** URLs that lead to no network. */
const LOCAL_SCHEMES = new Set(['data:', 'blob:', 'about:']);

export function createAdmission(network: Network, clock: Clock, limits: BrowserLimits): Admission {
  const answers = new Map<string, Answer>();

  function ask(key: string, endpoint: Endpoint): Answer {
    const answer = {
      atMs: clock.monotonicMs(),
      failure: reachability(network, endpoint, limits.admissionMs),
      isRenewing: false,
    };
    answers.delete(key);
    answers.set(key, answer);
    for (const oldest of answers.keys()) {
      if (answers.size <= limits.admissions) break;
      answers.delete(oldest);
    }
    return answer;
  }

  return {
    isNeeded: !allowsEverything(network.options.policy),
    refuses: (address) => {
      const url = URL.parse(`http://${formatHostPort({ host: address, port: 80 })}/`);
      return url ? network.forbids(url) : undefined;
    },
    async admit(url) {
      if (LOCAL_SCHEMES.has(url.protocol)) return undefined;
      const failure = network.forbids(url);
      const endpoint = endpointOf(url);
      if (failure || !endpoint) return failure;
      const key = formatHostPort({ host: endpoint.hostname, port: endpoint.port });
      const known = answers.get(key);
      const ageMs = known ? clock.monotonicMs() - known.atMs : Number.POSITIVE_INFINITY;
      if (!known || ageMs > limits.admissionStaleMs) return ask(key, endpoint).failure;
      if (ageMs > limits.admissionFreshMs && !known.isRenewing) {
        known.isRenewing = true;
        void ask(key, endpoint);
      }
      // A refusal is asked again each time: the owner may have changed the name, and it must not fail for minutes.
      return (await known.failure) === undefined ? undefined : ask(key, endpoint).failure;
    },
  };
}

/**
 * One plain TCP connection, closed at once: the network resolves the name and checks each of its addresses before it dials.
 * What else goes wrong (refused, timed out) is for the browser to meet and to report.
 */
async function reachability(
  network: Network,
  endpoint: Endpoint,
  timeoutMs: number,
): Promise<Failure | undefined> {
  const plain = { ...endpoint, protocol: 'http:' } as const;
  const connected = await network.connect(plain, AbortSignal.timeout(timeoutMs));
  if (connected.ok) {
    connected.socket.destroy();
    return undefined;
  }
  const { failure } = connected;
  return failure.layer === 'dns' || failure.code === 'forbidden_target' ? failure : undefined;
}

function allowsEverything({ allow, deny }: AddressPolicy): boolean {
  return deny.length === 0 && allow.includes('0.0.0.0/0') && allow.includes('::/0');
}

/** Holds the requests of a tab; `onRefused` comes with the first failure, and the request never leaves. */
export async function guardRequests(
  devtools: CDPSession,
  admission: Admission,
  onRefused: (failure: Failure) => void,
): Promise<void> {
  if (!admission.isNeeded) return;
  devtools.on('Fetch.requestPaused', async ({ requestId, request }) => {
    const url = URL.parse(request.url);
    const failure = url ? await admission.admit(url) : undefined;
    if (failure) onRefused(failure);
    const answer = failure
      ? devtools.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' })
      : devtools.send('Fetch.continueRequest', { requestId });
    // The tab was closed meanwhile, and the request with it.
    await answer.catch(() => {});
  });
  // Nothing can hold a web socket: its handshake may have left when the run ends for it.
  devtools.on('Network.webSocketCreated', async ({ url }) => {
    const parsed = URL.parse(url.replace(/^ws/, 'http'));
    const failure = parsed ? await admission.admit(parsed) : undefined;
    if (failure) onRefused(failure);
  });
  devtools.on('Network.responseReceived', ({ response }) => {
    const failure = response.remoteIPAddress && admission.refuses(unbracketed(response.remoteIPAddress));
    if (failure) onRefused(failure);
  });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
}

function unbracketed(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1');
}
