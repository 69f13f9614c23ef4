/** Authorities beside the usual ones, for every connection of this process over TLS. */
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Trusts the certificates of a PEM file. Throws a `CliError` (exit 65) when it is none. `option`: what named the file. */
export function trustAuthorities(option: string, file: string): void {
  try {
    const pem = readFileSync(file, 'utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('there is no certificate in it');
    createSecureContext({ ca: pem });
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  } catch (cause) {
    throw new CliError(`${option} ${file} cannot be used`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'give a PEM file of certificates',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
