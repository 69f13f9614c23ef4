import { describe, expect, it } from 'vitest';
import { formatDuration, probeSchema, SPEC_LIMITS, specSchema } from '../../probes/spec.ts';

const probe = { name: 'home', type: 'http', targets: ['origin'], every: '30s' };
const takes = (change: object): boolean => probeSchema.safeParse({ ...probe, ...change }).success;
const ms = (value: number): string => `${value}ms`;

describe('a probe', () => {
  it('runs no more often than everyMinMs and no more seldom than everyMaxMs', () => {
    const { everyMaxMs, everyMinMs } = SPEC_LIMITS;
    expect([everyMinMs.value, everyMaxMs.value].map((value) => takes({ every: ms(value) }))).toEqual([
      true,
      true,
    ]);
    expect([everyMinMs.value - 1, everyMaxMs.value + 1].map((value) => takes({ every: ms(value) }))).toEqual([
      false,
      false,
    ]);
  });

  it('has a timeout of timeoutMaxMs at most', () => {
    const { value } = SPEC_LIMITS.timeoutMaxMs;
    expect(takes({ timeout: formatDuration(value) })).toBe(true);
    expect(takes({ timeout: ms(value + 1) })).toBe(false);
  });
});

describe('a spec', () => {
  const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  const accepts = (targets: number, probes: number): boolean =>
    specSchema.safeParse({
      version: 1,
      targets: many(targets, (i) => ({ name: `target-${i}`, url: 'http://video.example/' })),
      probes: many(probes, (i) => ({ ...probe, name: `probe-${i}`, targets: ['target-0'] })),
    }).success;

  it('has so many targets and probes, and not one more', () => {
    const { probes, targets } = SPEC_LIMITS;
    expect(accepts(targets.value, 1)).toBe(true);
    expect(accepts(targets.value + 1, 1)).toBe(false);
    expect(accepts(1, probes.value)).toBe(true);
    expect(accepts(1, probes.value + 1)).toBe(false);
  });
});
