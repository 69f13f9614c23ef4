/** Where a target is for probes of protocols below or beside HTTP: host and port, asked of the address policy first. */
import type { Failure } from '../outcome.ts';
import type { Target } from '../probe.ts';
import { canonicalHost, formatHostPort } from './host-port.ts';
import type { Network } from './network.ts';

export interface Peer {
  /** Canonical; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `host:port`, for messages. */
  readonly text: string;
  readonly url: URL;
}

type Found = { readonly ok: true; readonly peer: Peer } | { readonly ok: false; readonly failure: Failure };

/** `ports`: the schemes that the probe takes, without colon, each with its default port; null where the port must be given. */
export function peerOf(
  network: Network,
  target: Target,
  ports: Readonly<Record<string, number | null>>,
  port?: number,
): Found {
  const url = URL.parse(target.url);
  if (!url || url.hostname === '') return misconfigured(`${quoted(target.url)} is not a URL with a host.`);
  const scheme = url.protocol.slice(0, -1);
  if (!Object.hasOwn(ports, scheme)) {
    return forbidden(`${scheme}: URLs are not for this probe: only ${Object.keys(ports).join(', ')} are.`);
  }
  if (url.username !== '' || url.password !== '') {
    return forbidden('URLs with a user name or password are not probed.');
  }
  // Other schemes keep octal and short forms as they are: the canonical one is what the policy must see.
  const hostname = canonicalHost(url.hostname);
  if (hostname === undefined) return forbidden(`${quoted(url.hostname)} is not a host name or address.`);
  const goal = port ?? (url.port === '' ? ports[scheme] : Number(url.port));
  if (goal === null || goal === undefined || goal === 0) {
    return misconfigured(`${quoted(target.url)} names no port: add one, or the parameter \`port\`.`);
  }
  const text = formatHostPort({ host: hostname, port: goal });
  const refusal = network.forbids(new URL(`http://${text}/`));
  return refusal ? { ok: false, failure: refusal } : { ok: true, peer: { hostname, port: goal, text, url } };
}

function misconfigured(message: string): Found {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'bad_params', message } };
}

function forbidden(message: string): Found {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'forbidden_target', message } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
