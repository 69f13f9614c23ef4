/** Opens the WebSocket to a collector. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../protocol/frame.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';
import { AgentConfigError } from './config.ts';

/** PEM of the authorities that collectors are trusted by, beside the usual ones; undefined for those alone. */
export type Authorities = () => string | undefined;

export function dial(url: string, handshakeTimeout: number, authorities?: Authorities): WebSocket {
  const more = authorities?.();
  return new WebSocket(url, [SUBPROTOCOL], {
    perMessageDeflate: false,
    maxPayload: LINK_LIMITS.frameBytes.value,
    handshakeTimeout,
    ...(more === undefined ? {} : { ca: [...rootCertificates, more] }),
  });
}

/** Those of a file, read at each call, so that it can be replaced. Throws `AgentConfigError` when it cannot be read now; later the last stay. */
export function authoritiesOf(file: string | undefined): Authorities {
  if (file === undefined) return () => undefined;
  let last = read(file);
  return () => {
    try {
      last = read(file);
    } catch {
      // The last ones are better than none: it is being replaced.
    }
    return last;
  };
}

function read(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AgentConfigError([`ca: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new AgentConfigError([`ca: there is no certificate in ${file}`]);
  return text;
}
