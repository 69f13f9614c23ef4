/** What is at an address: a collector, another program, a port that speaks TLS where it should not, or nobody; and the certificate seen there. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import type { ApiClient } from '../support/api-client.ts';
import { DOCTOR_LIMITS } from './limits.ts';

export type Reached =
  | { readonly kind: 'collector'; readonly offsetMs: number | undefined }
  /** Something answers HTTP that is no collector. */
  | { readonly kind: 'stranger'; readonly said: string }
  /** It takes connections, and this is not what it speaks: `https` where HTTP was spoken, and the other way round. */
  | { readonly kind: 'scheme'; readonly speaks: 'http' | 'https' }
  /** A certificate that is not trusted; `code` as Node has it. */
  | { readonly kind: 'certificate'; readonly code: string; readonly said: string }
  /** The name, the connection, or an answer is missing. */
  | { readonly kind: 'nobody'; readonly code: string; readonly said: string };

const HALF_MS = DOCTOR_LIMITS.checkMs.value / 2;

const TLS_CODES =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/;

/** Asks `/healthz`, without credentials. `client` is made first: what it refuses is said by the check of the token. */
export async function reach(address: URL, nowMs: () => number, client?: () => ApiClient): Promise<Reached> {
  // Trusts the authorities that OUTRIDER_CA names.
  try {
    client?.();
  } catch {
    // Said by the check of the token.
  }
  const startMs = nowMs();
  try {
    const response = await fetch(new URL('/healthz', address), {
      redirect: 'manual',
      signal: AbortSignal.timeout(HALF_MS),
    });
    const text = (await response.text()).slice(0, 1000);
    const middleMs = (startMs + nowMs()) / 2;
    if (!isHealth(text)) {
      // A Node server answers a TLS hello with 400; OpenSSL ones too.
      if (response.status === 400 && /plain HTTP request|HTTPS port/i.test(text))
        return { kind: 'scheme', speaks: 'https' };
      const server = response.headers.get('server');
      return {
        kind: 'stranger',
        said: `${response.status} to /healthz${server ? `, server ${server}` : ''}`,
      };
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    // Told in whole seconds, cut off.
    return { kind: 'collector', offsetMs: Number.isNaN(date) ? undefined : middleMs - (date + 500) };
  } catch (error) {
    return refusedAs(address, innermost(error));
  }
}

async function refusedAs(address: URL, error: Error & { code?: string }): Promise<Reached> {
  const code = error.code ?? error.message;
  if (TLS_CODES.test(code)) return { kind: 'certificate', code, said: error.message };
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    /wrong version number|packet length too long/i.test(error.message)
  )
    return { kind: 'scheme', speaks: 'http' };
  const other = address.protocol === 'http:' && !['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
  if (other && (await certificateAt(address)) !== undefined) return { kind: 'scheme', speaks: 'https' };
  return { kind: 'nobody', code, said: error.message || code };
}

function isHealth(text: string): boolean {
  try {
    return (JSON.parse(text) as { status?: unknown }).status === 'ok';
  } catch {
    return false;
  }
}

/** fetch wraps it in "fetch failed", and several addresses in an aggregate. */
export function innermost(error: unknown): Error & { code?: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors.at(-1));
  if (error instanceof Error && error.cause instanceof Error) return innermost(error.cause);
  return error instanceof Error ? error : new Error(String(error));
}

const portOf = (address: URL): number => Number(address.port || (address.protocol === 'https:' ? 443 : 80));
const hostOf = (address: URL): string => address.hostname.replace(/^\[|\]$/g, '');

/** The certificate shown at an address, trusted or not; undefined where there is no TLS. */
export function certificateAt(address: URL): Promise<PeerCertificate | undefined> {
  const host = hostOf(address);
  return new Promise((resolve) => {
    const socket = connectTls({
      host,
      port: portOf(address),
      rejectUnauthorized: false,
      timeout: HALF_MS / 2,
      ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }),
    });
    const end = (certificate?: PeerCertificate): void => {
      resolve(certificate);
      socket.destroy();
    };
    socket.once('secureConnect', () => end(socket.getPeerCertificate()));
    socket.once('timeout', () => end());
    socket.once('error', () => end());
  });
}

/** How a connection to one address ends: `connected`, or the code of its error. */
export function dial(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: HALF_MS / 2 });
    const end = (how: string): void => {
      resolve(how);
      socket.destroy();
    };
    socket.once('connect', () => end('connected'));
    socket.once('timeout', () => end('ETIMEDOUT'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
  });
}
