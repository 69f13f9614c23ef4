import { describe, expect, it } from 'vitest';
import { limitValues, ORIGIN_LIMITS, PROXY_LIMITS } from '../../sandbox/limits.ts';

describe('the limits of the sandbox', () => {
  it.each(Object.entries({ ...ORIGIN_LIMITS, ...PROXY_LIMITS }))(
    'say of %s why it is so and what happens past it',
    (_name, limit) => {
      expect(limit.value).toBeGreaterThan(0);
      expect(limit.reason).toMatch(/\.$/);
      expect(limit.past).toMatch(/\.$/);
    },
  );

  it('leave room for the largest upload among those stored', () => {
    expect(ORIGIN_LIMITS.storedBytes.value).toBeGreaterThanOrEqual(ORIGIN_LIMITS.uploadBytes.value);
  });

  it('can be replaced one by one, for tests', () => {
    const values = limitValues(ORIGIN_LIMITS, { uploadBytes: 7 });
    expect(values.uploadBytes).toBe(7);
    expect(values.connections).toBe(ORIGIN_LIMITS.connections.value);
  });
});
