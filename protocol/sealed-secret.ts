/**
 * Secrets sealed to the key of an agent: whoever carries or keeps them, collectors and stores included, cannot read them. An ephemeral
 * X25519 key (RFC 7748) agrees on a secret with the key of the agent, HKDF-SHA256 (RFC 5869) makes a key of it, AES-256-GCM
 * seals. The name of the secret is authenticated: one that was sealed under another name does not open.
 *
 *     outrider-key:1:<public key>                          what an agent shows of its key
 *     outrider-sealed:1:<key id>:<ephemeral key, tag, text>   base64url
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { Limit } from '../probes/limit.ts';
import { SEALED_PATTERN } from '../probes/spec.ts';

export const SEALED_LIMITS = {
  secretBytes: {
    value: 4096,
    reason: 'A private key or a long token; larger things are no credentials.',
    past: 'It is not sealed.',
  },
} as const satisfies Record<string, Limit>;

const KEY_PREFIX = 'outrider-key:1:';
const SEALED_PREFIX = 'outrider-sealed:1:';
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** A secret that cannot be sealed or opened; the message never has the secret. */
export class SealError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SealError';
  }
}

export function newSealingKey(): KeyObject {
  return generateKeyPairSync('x25519').privateKey;
}

/** What others need to seal for this key. */
export function publicKeyText(key: KeyObject): string {
  return KEY_PREFIX + rawPublicKey(key).toString('base64url');
}

/** Names the key within sealed text. Throws `SealError` for text that is no key. */
export function keyIdOf(publicKey: string): string {
  return idOf(readPublicKey(publicKey).raw);
}

/** Throws `SealError` for a key that is none, and for a secret that is empty or too long. */
export function seal(name: string, secret: string, publicKey: string): string {
  const { key, raw } = readPublicKey(publicKey);
  const plain = Buffer.from(secret);
  if (plain.length === 0 || plain.length > SEALED_LIMITS.secretBytes.value)
    throw new SealError(
      `a secret has 1 to ${SEALED_LIMITS.secretBytes.value} bytes, and this one ${plain.length}`,
    );
  const ephemeral = generateKeyPairSync('x25519');
  const sender = rawPublicKey(ephemeral.publicKey);
  const { iv, secretKey } = agreeWith(ephemeral.privateKey, key, sender, raw);
  const cipher = createCipheriv('aes-256-gcm', secretKey, iv).setAAD(aadOf(name));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  const body = Buffer.concat([sender, cipher.getAuthTag(), text]);
  return `${SEALED_PREFIX}${idOf(raw)}:${body.toString('base64url')}`;
}

/** The id of the key that text was sealed for; undefined when it is no sealed text. */
export function sealedFor(sealed: string): string | undefined {
  return SEALED_PATTERN.test(sealed) ? sealed.split(':')[2] : undefined;
}

/** Throws `SealError` when it was sealed for another key or name, or was changed on its way. */
export function open(name: string, sealed: string, key: KeyObject): string {
  const own = rawPublicKey(key);
  if (sealedFor(sealed) !== idOf(own)) throw new SealError(`${name} is not sealed for the key of this agent`);
  const body = Buffer.from(sealed.split(':')[3] ?? '', 'base64url');
  const sender = body.subarray(0, KEY_BYTES);
  try {
    const { iv, secretKey } = agree(key, publicKeyOf(sender), sender, own);
    const decipher = createDecipheriv('aes-256-gcm', secretKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(aadOf(name)).setAuthTag(body.subarray(KEY_BYTES, KEY_BYTES + TAG_BYTES));
    const text = body.subarray(KEY_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SealError(`${name} does not open: it was sealed under another name, or changed`, { cause });
  }
}

/** A key of small order agrees on the same secret with everybody: OpenSSL refuses it (RFC 7748 §6.1). */
function agreeWith(...args: Parameters<typeof agree>): ReturnType<typeof agree> {
  try {
    return agree(...args);
  } catch (cause) {
    throw new SealError('this key is of small order, and none that an agent has made', { cause });
  }
}

/** Key and nonce of one sealing: the ephemeral key is used once, so that a nonce derived beside the key never repeats. */
function agree(own: KeyObject, other: KeyObject, sender: Buffer, recipient: Buffer) {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const salt = Buffer.concat([sender, recipient]);
  const derived = Buffer.from(hkdfSync('sha256', shared, salt, 'outrider sealed secret 1', 44));
  return { secretKey: derived.subarray(0, 32), iv: derived.subarray(32) };
}

function aadOf(name: string): Buffer {
  return Buffer.from(`outrider sealed secret 1\n${name}`);
}

function idOf(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('base64url').slice(0, 16);
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}

function readPublicKey(text: string): { readonly key: KeyObject; readonly raw: Buffer } {
  const raw = Buffer.from(text.trim().slice(KEY_PREFIX.length), 'base64url');
  if (!text.trim().startsWith(KEY_PREFIX) || raw.length !== KEY_BYTES)
    throw new SealError(
      'this is no key of an agent: it begins with outrider-key:1: and has 43 more characters',
    );
  return { key: publicKeyOf(raw), raw };
}
