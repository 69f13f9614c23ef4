import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  probeSchema,
  SPEC_LIMITS,
  sloNumbers,
  sloSchema,
  specSchema,
} from '../../probes/spec.ts';

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

describe('a promise', () => {
  const slo = (more: object) => takes({ slo: { objective: '99.9%', ...more } });

  it('is for sloWindowMinMs to sloWindowMaxMs', () => {
    const { sloWindowMaxMs, sloWindowMinMs } = SPEC_LIMITS;
    expect([sloWindowMinMs.value, sloWindowMaxMs.value].map((value) => slo({ window: ms(value) }))).toEqual([
      true,
      true,
    ]);
    expect(slo({ window: ms(sloWindowMinMs.value - 1) })).toBe(false);
    expect(slo({ window: ms(sloWindowMaxMs.value + 1) })).toBe(false);
  });

  it('is of a share that can be kept and broken', () => {
    const of = (objective: string) => takes({ slo: { objective } });
    expect(['50%', '99%', '99.9 %', '99.9999%'].map(of)).toEqual([true, true, true, true]);
    expect(['49%', '100%', '99.9', '0.999', '99.99999%', 'all'].map(of)).not.toContain(true);
  });

  it('is read as numbers, with the error budget exact', () => {
    const read = (more: object) =>
      sloNumbers(sloSchema.parse({ objective: '99.9%', metric: 'ttfb_ms', under: '800ms', ...more }));
    expect(read({})).toEqual({
      successRatio: 0.999,
      periodMs: 30 * 86_400_000,
      latency: { metric: 'ttfb_ms', underMs: 800 },
    });
    expect(sloNumbers(sloSchema.parse({ objective: '99.95%', window: '7d' }))).toEqual({
      successRatio: 0.9995,
      periodMs: 7 * 86_400_000,
    });
  });

  it('is of a duration that stays under a limit', () => {
    expect(slo({ metric: 'ttfb_ms', under: '800ms' })).toBe(true);
    expect(slo({ metric: 'ttfb_ms' })).toBe(false);
    expect(slo({ under: '800ms' })).toBe(false);
    expect(slo({ metric: 'upload_goodput_bps', under: '1s' })).toBe(false);
    expect(slo({ metric: 'ttfb', under: '1s' })).toBe(false);
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
