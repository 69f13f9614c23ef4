/**
 * Tokens as text: `ot_v_` and 43 letters of 256 random bits and 6 of their checksum. The prefix and the checksum let scanners of
 * source code find one that leaked, and a mistyped one is told from a wrong one without a look at the store.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Role } from './roles.ts';

/** `s` is the session of a dashboard. The letter is for people: what a token may do stands in the store. */
const LETTERS = { viewer: 'v', operator: 'o', admin: 'a', agent: 'e', collector: 'c', session: 's' } as const;
export type TokenKind = Role | 'session';

const SECRET_BYTES = 32;
/** Of the hash, in an id: 48 bits tell a thousand tokens apart. */
const ID_CHARS = 12;

/** For scanners, and for the tests that look for leaks. */
export const TOKEN_PATTERN = /\bot_[voaecs]_[A-Za-z0-9_-]{49}(?![A-Za-z0-9_-])/;

/** What the store knows of a token. The text cannot be had from it: 256 random bits need no slow hash. */
export interface TokenDigest {
  readonly id: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** A new token; its text is shown once and kept nowhere. */
export function newToken(kind: TokenKind): string {
  const body = `ot_${LETTERS[kind]}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return body + checksum(body);
}

/** The digest of a text that has the shape of a token and the right checksum; undefined for any other. */
export function digestOf(text: string): TokenDigest | undefined {
  const match = TOKEN_PATTERN.exec(text);
  if (match?.[0] !== text || !isChecked(text)) return undefined;
  const hash = createHash('sha256').update(text).digest('hex');
  return { id: hash.slice(0, ID_CHARS), hash };
}

/** Compares two hashes in a time that does not tell how far they agree. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function isChecked(text: string): boolean {
  return text.slice(-6) === checksum(text.slice(0, -6));
}

/** CRC-32, base64url. */
function checksum(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64url');
}
