import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bindingKind,
  bindingOf,
  isSignedBy,
  type LinkClaim,
  PROOF_BYTES,
  publicKeyOf,
  signClaim,
} from '../../protocol/link-proof.ts';

const claim: LinkClaim = {
  challenge: { nonce: new Uint8Array(32).fill(1), collector: 'c1', session: 's1', binding: 'tls-exporter' },
  bound: new Uint8Array(32).fill(2),
  agent: 'a1',
  boot: 'b1',
};
const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = publicKeyOf(privateKey);
const signature = signClaim(privateKey, claim);

describe('the proof of an agent', () => {
  it('is good for the very claim that was signed', () => {
    expect(publicKey).toHaveLength(PROOF_BYTES.publicKey);
    expect(signature).toHaveLength(PROOF_BYTES.signature);
    expect(isSignedBy(publicKey, claim, signature)).toBe(true);
  });

  const other = (part: Partial<LinkClaim['challenge']>): LinkClaim => ({
    ...claim,
    challenge: { ...claim.challenge, ...part },
  });
  it.each<readonly [string, LinkClaim]>([
    ['another nonce', other({ nonce: new Uint8Array(32).fill(9) })],
    ['another collector', other({ collector: 'c2' })],
    ['another session', other({ session: 's2' })],
    ['no binding', other({ binding: '' })],
    ['another connection', { ...claim, bound: new Uint8Array(32).fill(3) }],
    ['another agent', { ...claim, agent: 'a2' }],
    ['another boot', { ...claim, boot: 'b2' }],
    ['letters moved from one field to the next', { ...claim, agent: 'a1b', boot: '1' }],
  ])('is of no use for %s', (_, wrong) => {
    expect(isSignedBy(publicKey, wrong, signature)).toBe(false);
  });

  it('is of no use with another key, with bytes that are no key, or changed in any byte', () => {
    const stranger = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
    expect(isSignedBy(stranger, claim, signature)).toBe(false);
    expect(isSignedBy(new Uint8Array(32).fill(255), claim, signature)).toBe(false);
    expect(isSignedBy(new Uint8Array(3), claim, signature)).toBe(false);
    for (let at = 0; at < signature.length; at += 1) {
      const changed = Uint8Array.from(signature, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(isSignedBy(publicKey, claim, changed)).toBe(false);
    }
  });

  it('is bound to nothing where there is no TLS, and cannot be bound to it there', () => {
    expect(bindingKind({})).toBe('');
    expect(bindingOf({}, '')).toHaveLength(0);
    expect(bindingOf({}, 'tls-exporter')).toBeUndefined();
  });
});
