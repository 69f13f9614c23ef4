/** Which name server is asked, and how: `system`, `9.9.9.9`, `udp://…`, `tcp://…`, `tls://…` (RFC 7858), `https://…` (RFC 8484). */
import { isIP } from 'node:net';

export type Transport = 'udp' | 'tcp' | 'tls' | 'https';

export interface NamedServer {
  readonly transport: Transport;
  /** A name or an address; IPv6 in brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Of DNS over HTTPS. */
  readonly url?: URL;
}

/** `system`: c-ares with the name servers of the agent. */
export type NameServer = 'system' | NamedServer;

const PORTS: Readonly<Record<Transport, number>> = { udp: 53, tcp: 53, tls: 853, https: 443 };

/** Undefined when the text is none of the forms. */
export function parseNameServer(text: string): NameServer | undefined {
  if (text === 'system') return 'system';
  const url = URL.parse(text.includes('://') ? text : `udp://${isIP(text) === 6 ? `[${text}]` : text}`);
  const transport = url?.protocol.slice(0, -1) as Transport | undefined;
  if (!url || !transport || !Object.hasOwn(PORTS, transport)) return undefined;
  if (url.hostname === '' || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  const port = url.port === '' ? PORTS[transport] : Number(url.port);
  if (port === 0) return undefined;
  if (transport === 'https') return { transport, hostname: url.hostname, port, url };
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '') return undefined;
  return { transport, hostname: url.hostname, port };
}
