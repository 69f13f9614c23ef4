import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStapled } from '../../../probes/tls/ocsp.ts';
import { stapledResponse } from './stapled-response.ts';

/** By `openssl ocsp -respout` (3.0.19), for certificate 0x1001: what another hand than ours writes. */
const OPENSSL_GOOD =
  'MIIBAQoBAKCB+zCB+AYJKwYBBQUHMAEBBIHqMIHnMIGOoRQwEjEQMA4GA1UEAwwHVGVzdCBDQRgPMjAyNjExMjExNTIyMjda' +
  'MGUwYzA7MAkGBSsOAwIaBQAEFL9wUsi5wPdgyJEj4JmBXrLAOUImBBS1BttizLiMwUsjI+HoLhGA3eWrYQICEAGAABgPMjAy' +
  'NjExMjExNTIyMjdaoBEYDzIwMjYxMTI4MTUyMjI3WjAKBggqhkjOPQQDAgNIADBFAiEA++e2fysfyJIuusqajxLNVUONh7XM' +
  'wUbXFwVcB524K5QCIBnfTl245JQiIny0yyMyWKCgdbkYLpv9Xnb3kzGKZHb7';
const OPENSSL_REVOKED =
  'MIIBGwoBAKCCARQwggEQBgkrBgEFBQcwAQEEggEBMIH+MIGkoRQwEjEQMA4GA1UEAwwHVGVzdCBDQRgPMjAyNjExMjExNTIy' +
  'MjdaMHsweTA7MAkGBSsOAwIaBQAEFL9wUsi5wPdgyJEj4JmBXrLAOUImBBS1BttizLiMwUsjI+HoLhGA3eWrYQICEAGhFhgP' +
  'MjAyNjAxMDEwMDAwMDBaoAMKAQEYDzIwMjYxMTIxMTUyMjI3WqARGA8yMDI2MTEyODE1MjIyN1owCgYIKoZIzj0EAwIDSQAw' +
  'RgIhAM1KWEA3ru7nyViMDjZMtj3IJ4sJ0HwYE7MV08QtUZceAiEA2Ft0wBCo07t1fNrCcDsLIb8nCZshDrrPbnypNP6eWxg=';

describe('a stapled response', () => {
  it('of OpenSSL is read', () => {
    const times = {
      thisUpdateMs: Date.UTC(2026, 10, 21, 15, 22, 27),
      nextUpdateMs: Date.UTC(2026, 10, 28, 15, 22, 27),
    };
    expect(readStapled(Buffer.from(OPENSSL_GOOD, 'base64'))).toEqual({ status: 'good', ...times });
    expect(readStapled(Buffer.from(OPENSSL_REVOKED, 'base64'))).toEqual({ status: 'revoked', ...times });
  });

  it('tells its status and its times', () => {
    const nextUpdateMs = Date.UTC(2031, 4, 6, 7, 8, 9);
    const stapled = readStapled(stapledResponse({ status: 'good', nextUpdateMs }));
    expect(stapled).toMatchObject({ status: 'good', nextUpdateMs });
    expect(stapled?.thisUpdateMs).toBeLessThan(Date.now());
    expect(readStapled(stapledResponse({ status: 'revoked' }))).not.toHaveProperty('nextUpdateMs');
  });

  it('that is cut anywhere tells nothing, and harms nobody', () => {
    const whole = stapledResponse({ status: 'good' });
    for (let length = 0; length < whole.length; length++) {
      expect(readStapled(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it('of any bytes at all harms nobody', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readStapled(Buffer.from(bytes))).not.toThrow();
      }),
    );
  });

  it('with any byte changed harms nobody', () => {
    const whole = stapledResponse({ status: 'good', nextUpdateMs: Date.now() });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        expect(() => readStapled(changed)).not.toThrow();
      }),
    );
  });
});
