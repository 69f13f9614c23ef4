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
import type { RequestMarker } from './browser.ts';
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

/**
 * Holds the requests of a tab; `onRefused` comes with the first failure, and the request never leaves. Returns what marks those that
 * do: where no request is held by the policy they are from then on, for 1 to 5 ms each.
 */
export async function guardRequests(
  devtools: CDPSession,
  admission: Admission,
  onRefused: (failure: Failure) => void,
): Promise<(mark: RequestMarker) => Promise<void>> {
  let mark: RequestMarker | undefined;
  const hold = () => devtools.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
  devtools.on('Fetch.requestPaused', async ({ requestId, request, resourceType }) => {
    const url = URL.parse(request.url);
    const failure = url && admission.isNeeded ? await admission.admit(url) : undefined;
    if (failure) onRefused(failure);
    const marked =
      url && !failure ? mark?.({ url, headers: request.headers, type: resourceType }) : undefined;
    const answer = failure
      ? devtools.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' })
      : devtools.send('Fetch.continueRequest', { requestId, ...(marked && changed(request, marked)) });
    // The tab was closed meanwhile, and the request with it.
    await answer.catch(() => {});
  });
  const markWith = async (given: RequestMarker) => {
    mark = given;
    if (!admission.isNeeded) await hold();
  };
  if (!admission.isNeeded) return markWith;
  // No web socket can be held: our proxy refuses it (socket-proxy.ts), and this says why the run ends.
  devtools.on('Network.webSocketCreated', async ({ url }) => {
    const parsed = URL.parse(url.replace(/^ws/, 'http'));
    const failure = parsed ? await admission.admit(parsed) : undefined;
    if (failure) onRefused(failure);
  });
  devtools.on('Network.responseReceived', ({ response }) => {
    const failure = response.remoteIPAddress && admission.refuses(unbracketed(response.remoteIPAddress));
    if (failure) onRefused(failure);
  });
  await hold();
  return markWith;
}

/**
 * Changed here, behind the page and its CORS checks, a request is no other to them: headers that a page or `Network.setExtraHTTPHeaders`
 * adds make a preflight of every request to another origin.
 */
function changed(
  request: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  { url, headers }: ReturnType<RequestMarker> & object,
) {
  const isMoved = url.href !== URL.parse(request.url)?.href;
  const added = Object.entries(headers);
  // The list is the whole of them, but for the Referer, which the browser would no longer cut as the page's policy wants.
  const own = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'referer');
  return {
    ...(isMoved ? { url: url.href } : {}),
    ...(added.length === 0 ? {} : { headers: [...own, ...added].map(([name, value]) => ({ name, value })) }),
  };
}

function unbracketed(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1');
}
