import { describe, expect, it } from 'vitest';
import { SealedSecrets } from '../../agent/sealed-secrets.ts';
import { newSealingKey, publicKeyText, seal } from '../../protocol/sealed-secret.ts';

const key = newSealingKey();
const publicKey = publicKeyText(key);
const otherKey = publicKeyText(newSealingKey());

function secretsOf(own: Readonly<Record<string, string>> = {}, keyOf = () => key) {
  const troubles: string[] = [];
  let reads = 0;
  const secrets = new SealedSecrets({
    own: (name) => (Object.hasOwn(own, name) ? own[name] : undefined),
    key: () => {
      reads += 1;
      return keyOf();
    },
    onTrouble: (message) => troubles.push(message),
  });
  return { secrets, troubles, reads: () => reads };
}

describe('sealed secrets', () => {
  it('open for runs of the probe that they came with, and for no other', () => {
    const { secrets, troubles } = secretsOf();
    const front = {
      probe: 'front',
      secrets: { token: [seal('token', 'abc', otherKey), seal('token', 'abc', publicKey)] },
    };
    expect(secrets.get(front, 'token')).toBe('abc');
    expect(secrets.get({ probe: 'other' }, 'token')).toBeUndefined();
    expect(secrets.get(front, 'unknown')).toBeUndefined();
    expect(secrets.get(front, 'constructor')).toBeUndefined();
    expect(troubles).toEqual([]);
  });

  it('come after what the owner gave the agent itself', () => {
    const { secrets, reads } = secretsOf({ token: 'of the owner' });
    expect(
      secrets.get({ probe: 'front', secrets: { token: [seal('token', 'abc', publicKey)] } }, 'token'),
    ).toBe('of the owner');
    expect(reads()).toBe(0);
  });

  it('read the key once, and only when it is needed', () => {
    const { secrets, reads } = secretsOf();
    secrets.get({ probe: 'front' }, 'token');
    expect(reads()).toBe(0);
    const front = { probe: 'front', secrets: { token: [seal('token', 'abc', publicKey)] } };
    secrets.get(front, 'token');
    secrets.get(front, 'token');
    expect(reads()).toBe(1);
  });

  it.each([
    ['are for other agents', [seal('token', 'hunter2', otherKey)], /sealed for other agents alone/],
    [
      'were sealed under another name',
      [seal('else', 'hunter2', publicKey)],
      /cannot be opened: token does not open/,
    ],
    ['are nothing of the kind', ['hunter2'], /sealed for other agents alone/],
  ])('that %s are none, which is said without the secret', (_case, sealed, message) => {
    const { secrets, troubles } = secretsOf();
    expect(secrets.get({ probe: 'front', secrets: { token: sealed } }, 'token')).toBeUndefined();
    expect(troubles[0]).toMatch(message);
    expect(troubles.join()).not.toContain('hunter2');
  });

  it('are none where the key cannot be read', () => {
    const { secrets, troubles } = secretsOf({}, () => {
      throw new Error('EACCES');
    });
    const front = { probe: 'front', secrets: { token: [seal('token', 'abc', publicKey)] } };
    expect(secrets.get(front, 'token')).toBeUndefined();
    expect(troubles[0]).toMatch(/the key of this agent cannot be read/);
  });
});
