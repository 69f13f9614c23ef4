/** Anchors: places of the operator's choice, in networks of their own, whose reachability says that this agent has a way out. */
import type { Endpoint } from '../../probes/net/network.ts';

export interface Anchor {
  /** As configured. */
  readonly name: string;
  readonly endpoint: Endpoint;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * `https://www.example.net` (resolved, connected and shaken hands with), `http://host[:port]` or `tcp://host:port` (resolved and
 * connected); undefined for anything else. No request is sent.
 */
export function parseAnchor(text: string): Anchor | undefined {
  const isTcp = text.startsWith('tcp:');
  const url = URL.parse(isTcp ? text.replace('tcp:', 'http:') : text);
  if (!url) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  // `http://host:80` and `tcp://host:80` leave no port in a URL of http.
  const usual = PORTS[url.protocol];
  const port = url.port === '' ? usual : Number(url.port);
  if (usual === undefined || port === undefined || (isTcp && !/:\d+\/?$/.test(text))) return undefined;
  const protocol = url.protocol as Endpoint['protocol'];
  return { name: text, endpoint: { protocol, hostname: url.hostname, port } };
}
