import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IDENTITY_KEY_FILE, Identity, type IdentityOptions } from '../../agent/identity.ts';
import type { Challenge } from '../../protocol/frame.ts';
import { isSignedBy } from '../../protocol/link-proof.ts';
import { temporaryFolder } from './fixtures.ts';

const CHALLENGE: Challenge = {
  type: 'challenge',
  nonce: new Uint8Array(32).fill(1),
  collector: 'c1',
  session: 's1',
  binding: '',
  enrolled: false,
};
const HERE = { url: 'ws://127.0.0.1:7077/v1/agent', socket: undefined };

function identityOf(more: Partial<IdentityOptions> = {}): Identity {
  return new Identity({ agent: 'a1', boot: 'b1', dataDir: temporaryFolder(), env: {}, ...more });
}

describe('the identity of an agent', () => {
  it('is a key that is made once, for its user alone to read, and signs what it is asked', () => {
    const dataDir = temporaryFolder();
    const first = identityOf({ dataDir }).prove(CHALLENGE, HERE);
    const file = join(dataDir, IDENTITY_KEY_FILE);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const claim = { challenge: CHALLENGE, bound: new Uint8Array(), agent: 'a1', boot: 'b1' };
    expect(isSignedBy(first.publicKey, claim, first.signature)).toBe(true);
    expect(identityOf({ dataDir }).prove(CHALLENGE, HERE).publicKey).toEqual(first.publicKey);
    expect(identityOf().prove(CHALLENGE, HERE).publicKey).not.toEqual(first.publicKey);
  });

  it('that is broken, or a key of another kind, is not replaced: the collector knows no other', () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, IDENTITY_KEY_FILE);
    writeFileSync(file, 'broken');
    expect(() => identityOf({ dataDir }).prove(CHALLENGE, HERE)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe('broken');
  });

  it('shows its invitation to a collector that does not know it, and to no other', () => {
    const enrolFile = join(temporaryFolder(), 'token');
    writeFileSync(enrolFile, 'from-a-file\n');
    const env = { OUTRIDER_ENROL_TOKEN: 'from-a-variable' };
    expect(identityOf({ env }).prove(CHALLENGE, HERE).enrolmentToken).toBe('from-a-variable');
    expect(identityOf({ env, enrolFile }).prove(CHALLENGE, HERE).enrolmentToken).toBe('from-a-file');
    expect(identityOf({ env }).prove({ ...CHALLENGE, enrolled: true }, HERE).enrolmentToken).toBe('');
    expect([identityOf({ env }).invited, identityOf({ enrolFile }).invited, identityOf().invited]).toEqual([
      true,
      true,
      false,
    ]);
    expect(() => identityOf({ enrolFile: '/nowhere/token' }).prove(CHALLENGE, HERE)).toThrow(/ENOENT/);
  });

  it('sends no invitation in the clear beyond this machine', () => {
    const env = { OUTRIDER_ENROL_TOKEN: 'secret' };
    const at = (url: string) =>
      identityOf({ env }).prove(CHALLENGE, { url, socket: undefined }).enrolmentToken;
    for (const url of [
      'ws://192.0.2.1:7077/',
      'ws://collector.internal/',
      'ws://127.0.0.1.example/',
      'ws://[2001:db8::1]/',
    ])
      expect(() => at(url)).toThrow(/not sent in the clear/);
    for (const url of ['wss://collector.internal/', 'ws://localhost:1/', 'ws://[::1]:1/', 'ws://127.0.0.2/'])
      expect(at(url)).toBe('secret');
  });

  it('signs for TLS that ends here, and for nothing else, where the collector asks for that', () => {
    expect(() => identityOf().prove({ ...CHALLENGE, binding: 'tls-exporter' }, HERE)).toThrow(
      /proxy in between/,
    );
  });
});
