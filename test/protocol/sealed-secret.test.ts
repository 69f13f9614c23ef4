import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEALED_PATTERN } from '../../probes/spec.ts';
import {
  keyIdOf,
  newSealingKey,
  open,
  publicKeyText,
  SEALED_LIMITS,
  SealError,
  seal,
  sealedFor,
} from '../../protocol/sealed-secret.ts';

const key = newSealingKey();
const publicKey = publicKeyText(key);

describe('a sealed secret', () => {
  it('opens with the key and the name that it was sealed for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 500, unit: 'grapheme' }), (secret) => {
        expect(open('api-key', seal('api-key', secret, publicKey), key)).toBe(secret);
      }),
      { numRuns: 50 },
    );
  });

  it('is another text each time, and shows neither the secret nor its name', () => {
    const texts = Array.from({ length: 20 }, () => seal('api-key', 'hunter2-hunter2', publicKey));
    expect(new Set(texts).size).toBe(20);
    for (const text of texts) {
      expect(text).toMatch(SEALED_PATTERN);
      expect(Buffer.from(text.split(':')[3] ?? '', 'base64url').toString('latin1')).not.toContain('hunter2');
      expect(text).not.toContain('api-key');
    }
  });

  it('names the key that it is for', () => {
    const sealed = seal('a', 'secret', publicKey);
    expect(sealedFor(sealed)).toBe(keyIdOf(publicKey));
    expect(sealedFor('secret')).toBeUndefined();
  });

  it('does not open under another name, nor with another key', () => {
    const sealed = seal('api-key', 'secret', publicKey);
    expect(() => open('other', sealed, key)).toThrow(/other does not open/);
    expect(() => open('api-key', sealed, newSealingKey())).toThrow(/not sealed for the key of this agent/);
  });

  it('does not open when any of its characters was changed', () => {
    const sealed = seal('api-key', 'secret', publicKey);
    const bodyAt = sealed.lastIndexOf(':') + 1;
    const body = Buffer.from(sealed.slice(bodyAt), 'base64url');
    for (let at = 0; at < body.length; at += 1) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => open('api-key', sealed.slice(0, bodyAt) + changed.toString('base64url'), key)).toThrow(
        SealError,
      );
    }
    expect(() => open('api-key', sealed.slice(0, -8), key)).toThrow(SealError);
  });

  it('has a bounded length', () => {
    const most = SEALED_LIMITS.secretBytes.value;
    expect(open('a', seal('a', 'x'.repeat(most), publicKey), key)).toHaveLength(most);
    expect(() => seal('a', 'x'.repeat(most + 1), publicKey)).toThrow(/and this one 4097/);
    expect(() => seal('a', '', publicKey)).toThrow(SealError);
  });
});

describe('the key of an agent', () => {
  it('is the same as text after it was stored', () => {
    const pem = key.export({ type: 'pkcs8', format: 'pem' });
    expect(publicKeyText(createPrivateKey(pem))).toBe(publicKey);
    expect(publicKey).toMatch(/^outrider-key:1:[A-Za-z0-9_-]{43}$/);
  });

  it.each([
    '',
    'outrider-key:1:',
    'outrider-key:1:AAAA',
    `outrider-key:2:${'A'.repeat(43)}`,
    'ssh-ed25519 AAAA',
  ])('is not %j', (text) => {
    expect(() => seal('a', 'secret', text)).toThrow(/no key of an agent/);
  });

  it('of small order is refused: everybody would know what it agrees on', () => {
    const zero = `outrider-key:1:${Buffer.alloc(32).toString('base64url')}`;
    expect(() => seal('a', 'secret', zero)).toThrow(SealError);
  });

  it('is of X25519 alone', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(() => open('a', seal('a', 'secret', publicKey), privateKey)).toThrow(SealError);
  });
});
