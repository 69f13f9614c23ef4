import { describe, expect, it } from 'vitest';
import { DETECTOR, PEERS } from './series-rules.ts';

const METHODS = [DETECTOR, ...PEERS];

/** Quiet, then half as slow again. */
const values = Array.from({ length: 300 }, (_, i) => (i < 150 ? 100 : 150) + 0.3 * ((i * 7) % 5));

function found(method: (typeof METHODS)[number], of: readonly (number | undefined)[], setting = 0) {
  const take = method.rule(setting)();
  return of.flatMap((value) => take(value) ?? []);
}

describe.each(METHODS)('$name', (method) => {
  it('finds a change that nobody could miss, soon, and knows about where it began', () => {
    const [first] = found(method, values);
    expect(first?.index).toBeGreaterThanOrEqual(150);
    expect(first?.index).toBeLessThan(160);
    expect(Math.abs((first?.onset ?? 0) - 150)).toBeLessThanOrEqual(2);
  });

  it('begins anew for each series', () => {
    expect(found(method, values)).toEqual(found(method, values));
  });

  it('bears failures in each of its settings, and says nothing of a series that is steady', () => {
    const steady = Array.from({ length: 400 }, (_, i) =>
      i % 97 === 50 ? undefined : 100 + ((i * 7) % 5) * 0.3,
    );
    for (const setting of method.settings.keys()) {
      const said = found(method, steady, setting).length;
      // A fixed threshold tells each failure, and its end.
      expect(said).toBeLessThanOrEqual(method.name === 'static threshold' ? 8 : 0);
    }
  });
});
