import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStapled } from '../../../probes/tls/ocsp.ts';
import { stapledResponse } from './stapled-response.ts';

describe('a stapled response', () => {
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
