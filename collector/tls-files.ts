/** Certificate and key out of files, looked at every second: a new pair counts for the connections made after it, and ends none. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions, Server } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { ACCESS_LIMITS } from './access/limits.ts';
import { CollectorError } from './errors.ts';

export interface TlsFiles {
  /** PEM: the certificate, and behind it those up to its authority. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/** Before, nothing of it is sure to be fresh in each session: RFC 9325 §3.1.1. */
const MIN_VERSION = 'TLSv1.2';

/** Days before the end of a certificate from which on it is warned of, at each look that finds a new one. */
const WARN_DAYS = 14;

/** Reads the pair. Rejects with `CollectorError('tls')` that names the file and what is wrong. */
export async function readTls(files: TlsFiles): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all([read(files.certFile), read(files.keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new CollectorError(
      'tls',
      `${files.certFile} and ${files.keyFile} are no certificate and its key: ${messageOf(error)}`,
      'Give PEM files that belong together; the key without a passphrase.',
      error,
    );
  }
  return { cert, key, minVersion: MIN_VERSION };
}

/** Keeps a server on the newest pair that is whole; a broken one is said in the log, and the last good one stays. */
export function followTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  first: SecureContextOptions,
  log: Logger,
): () => void {
  let last = digestOf(first);
  let trouble = '';
  warnOfEnd(first, log);
  const look = async (): Promise<void> => {
    try {
      const pair = await readTls(files);
      trouble = '';
      const digest = digestOf(pair);
      if (digest === last) return;
      last = digest;
      server.setSecureContext(pair);
      log.info({ cert: files.certFile }, 'a new certificate is in use');
      warnOfEnd(pair, log);
    } catch (error) {
      const message = messageOf(error);
      if (message !== trouble)
        log.error({ err: error }, 'the certificate cannot be used; the last one stays');
      trouble = message;
    }
  };
  const timer = setInterval(() => void look(), ACCESS_LIMITS.rewatchMs.value);
  timer.unref();
  return () => clearInterval(timer);
}

function warnOfEnd({ cert }: SecureContextOptions, log: Logger): void {
  const { validTo } = new X509Certificate(cert as Buffer);
  const days = (Date.parse(validTo) - Date.now()) / 86_400_000;
  if (days < WARN_DAYS)
    log.warn({ validTo }, days < 0 ? 'the certificate has expired' : 'the certificate expires soon');
}

function digestOf({ cert, key }: SecureContextOptions): string {
  return createHash('sha256')
    .update(cert as Buffer)
    .update(key as Buffer)
    .digest('hex');
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CollectorError(
      'tls',
      `${file} cannot be read: ${messageOf(error)}`,
      'Give a file that this user may read.',
      error,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
