import { describe, expect, it } from 'vitest';
import { ROLES } from '../../../collector/access/roles.ts';
import { digestOf, newToken, sameHash, TOKEN_PATTERN } from '../../../collector/access/token-text.ts';
import { Redactor } from '../../../probes/redact.ts';

describe('a token', () => {
  it('is 256 random bits with a prefix, a letter and a checksum', () => {
    const seen = new Set<string>();
    for (const kind of [...ROLES, 'session'] as const) {
      const text = newToken(kind);
      expect(text).toMatch(TOKEN_PATTERN);
      expect(Buffer.from(text.slice(5, 48), 'base64url')).toHaveLength(32);
      expect(digestOf(text)).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
      seen.add(text.slice(5));
    }
    expect(seen.size).toBe(ROLES.length + 1);
  });

  it('that is mistyped in any one place, or is more or less than one, has no digest', () => {
    const text = newToken('viewer');
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(digestOf(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
    for (const wrong of ['', ` ${text}`, `${text}\n`, `${text}A`, text.slice(0, -1), text.toUpperCase()])
      expect(digestOf(wrong)).toBeUndefined();
  });

  it('is known by a hash that says nothing of it, compared in constant time', () => {
    const [one, other] = [digestOf(newToken('admin')), digestOf(newToken('admin'))];
    expect(sameHash(one?.hash ?? '', one?.hash ?? '')).toBe(true);
    expect(sameHash(one?.hash ?? '', other?.hash ?? '')).toBe(false);
    expect(sameHash(one?.hash ?? '', '')).toBe(false);
    expect(one?.id).toBe(one?.hash.slice(0, 12));
  });

  it('is taken out of whatever agents show of a run', () => {
    const text = newToken('operator');
    expect(new Redactor().text(`the body says ${text}.`)).toBe('the body says [redacted].');
  });
});
