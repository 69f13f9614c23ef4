/** Where the collector listens: loopback, unless somebody insists. */
import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { CollectorError } from './errors.ts';

export interface Protection {
  /** Who asks has to show a token or a key. */
  readonly auth: boolean;
  readonly tls: boolean;
}

/**
 * The address to listen on. Throws `CollectorError('exposed')` for one that is not loopback, unless there are access control and TLS, or
 * `insecureListen` names it.
 */
export function chooseAddress(
  host: string | undefined,
  insecureListen: string | undefined,
  protection: Protection = { auth: false, tls: false },
): string {
  if (insecureListen !== undefined) return insecureListen;
  const address = host ?? '127.0.0.1';
  const lacks = lackOf(protection);
  if (lacks === undefined || isLoopback(address)) return address;
  throw new CollectorError(
    'exposed',
    `${address} can be reached by others, and there is no ${lacks}.`,
    `Start with --auth, --tls-cert and --tls-key, listen on 127.0.0.1, or say that you want this with \`--insecure-listen ${address}\`.`,
  );
}

/** What keeps others from an address and is not there: `access control`, `TLS`, or both; undefined when nothing lacks. */
export function lackOf({ auth, tls }: Protection): string | undefined {
  const lacks = [...(auth ? [] : ['access control']), ...(tls ? [] : ['TLS'])];
  return lacks.length > 0 ? lacks.join(' and no ') : undefined;
}

export function isLoopback(address: string): boolean {
  if (address === 'localhost') return true;
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';
}

/** Listens; 0 takes a free port. Resolves to the port. Rejects with `CollectorError`. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** `http://127.0.0.1:7077`; an address of all interfaces is shown as this machine's. */
export function urlOf(host: string, port: number, scheme: 'http' | 'https' = 'http'): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${scheme}://${isIP(shown) === 6 ? `[${shown}]` : shown}:${port}`;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): CollectorError {
  if (error.code === 'EADDRINUSE') {
    return new CollectorError(
      'port_in_use',
      `Port ${port} on ${host} is in use by another program.`,
      'If it is a collector, use it (`--collector URL`) or stop it; otherwise choose another with `--port`.',
      error,
    );
  }
  if (error.code === 'EACCES') {
    return new CollectorError(
      'address',
      `The collector may not listen on port ${port}.`,
      'Choose a port above 1023 with `--port`.',
      error,
    );
  }
  return new CollectorError(
    'address',
    `The collector cannot listen on ${host}:${port}: ${error.message}`,
    'Choose an address of this machine.',
    error,
  );
}
