import { describe, expect, it } from 'vitest';
import { Failures } from '../../../collector/access/failures.ts';
import { ACCESS_LIMITS } from '../../../collector/access/limits.ts';

const { addresses, failureEveryMs, failures } = ACCESS_LIMITS;

function failuresAt() {
  const clock = { nowMs: 0 };
  return { clock, book: new Failures(() => clock.nowMs) };
}

describe('failures of an address', () => {
  it('are free up to `failures`; each further attempt waits `failureEveryMs`', () => {
    const { book, clock } = failuresAt();
    for (let n = 0; n < failures.value; n += 1) {
      expect(book.waitMs('192.0.2.1')).toBe(0);
      book.failed('192.0.2.1');
    }
    expect(book.waitMs('192.0.2.1')).toBe(failureEveryMs.value);
    expect(book.waitMs('192.0.2.2')).toBe(0);
    clock.nowMs += failureEveryMs.value - 1;
    expect(book.waitMs('192.0.2.1')).toBe(1);
    clock.nowMs += 1;
    expect(book.waitMs('192.0.2.1')).toBe(0);
    book.failed('192.0.2.1');
    expect(book.waitMs('192.0.2.1')).toBe(failureEveryMs.value);
  });

  it('are those of the whole network where one machine has it all, and of the same machine however it is written', () => {
    const { book } = failuresAt();
    for (let n = 0; n < failures.value; n += 1) book.failed(`2001:db8:1:2::${n.toString(16)}`);
    expect(book.waitMs('2001:db8:1:2:ffff:1:2:3')).toBeGreaterThan(0);
    expect(book.waitMs('2001:db8:1:3::1')).toBe(0);
    for (let n = 0; n < failures.value; n += 1) book.failed('::ffff:192.0.2.1');
    expect(book.waitMs('192.0.2.1')).toBeGreaterThan(0);
  });

  it('are remembered of `addresses` at most', () => {
    const { book } = failuresAt();
    for (let n = 0; n < addresses.value + 5; n += 1)
      book.failed(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    expect(book.addresses).toBe(addresses.value);
  });
});
