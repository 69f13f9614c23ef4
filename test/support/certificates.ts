/** An authority with its certificate in a file, and servers of this machine that it has signed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../probes/net/certificates.ts';

export interface AuthorityFolder {
  /** PEM file of its certificate. */
  readonly caFile: string;
  /** Makes a certificate for 127.0.0.1 and localhost under a name of its own, in two files. */
  issue(name: string): { readonly certFile: string; readonly keyFile: string };
  remove(): void;
}

export function makeAuthorityFolder(): AuthorityFolder {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-ca-'));
  const authority = makeAuthority('outrider test');
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    caFile: write('ca.crt', authority.cert),
    issue(name) {
      const { cert, key } = makeCertificate({ names: [name, '127.0.0.1', 'localhost'], authority });
      return { certFile: write(`${name}.crt`, cert), keyFile: write(`${name}.key`, key) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
