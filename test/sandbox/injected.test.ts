import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InjectedError, readInjected } from '../../sandbox/injected.ts';

const read = (query: string) => readInjected(new URLSearchParams(query), 30_000);

const NOTHING = {
  delayMs: 0,
  pauseAt: undefined,
  pauseMs: 0,
  noRange: false,
  status: undefined,
  refuse: undefined,
  commitMs: 0,
  lockedMs: 0,
  progressBytes: 262_144,
  maxAppend: undefined,
  query: '',
};

describe('readInjected', () => {
  it('injects nothing where nothing is asked', () => {
    expect(read('token=abc')).toEqual(NOTHING);
  });

  it('reads all that can be injected, and hands on nothing else', () => {
    expect(read('a=1&delay_ms=100&pause_at=2000&pause_ms=50&norange=1&status=503')).toEqual({
      ...NOTHING,
      delayMs: 100,
      pauseAt: 2000,
      pauseMs: 50,
      noRange: true,
      status: 503,
      query: '?delay_ms=100&pause_at=2000&pause_ms=50&norange=1&status=503',
    });
  });

  it('cuts times to the limit', () => {
    expect(read('delay_ms=999999&pause_ms=999999')).toMatchObject({ delayMs: 30_000, pauseMs: 30_000 });
  });

  it.each([
    'delay_ms=',
    'delay_ms=-1',
    'delay_ms=1.5',
    'pause_at=x',
    'norange=yes',
    'status=200',
    'status=600',
  ])('refuses %s', (query) => {
    expect(() => read(query)).toThrow(InjectedError);
  });

  it('hands on a query that injects the same', () => {
    const value = fc.nat(60_000);
    fc.assert(
      fc.property(value, value, value, (delay, at, pause) => {
        const first = read(`delay_ms=${delay}&pause_at=${at}&pause_ms=${pause}`);
        expect(read(first.query)).toEqual(first);
      }),
    );
  });

  it('reads what uploads are to meet', () => {
    const query = 'commit_ms=250&locked_ms=40000&progress_bytes=1000&max_append=5000&refuse=413%4050%25';
    expect(read(query)).toMatchObject({
      refuse: { status: 413, percent: 50 },
      commitMs: 250,
      lockedMs: 30_000,
      progressBytes: 1000,
      maxAppend: 5000,
      query: `?${query}`,
    });
    expect(read('refuse=413@50%').refuse).toEqual({ status: 413, percent: 50 });
  });

  it.each(['413', '413@101%', '200@10%', '413@50', '@%'])('refuses to refuse by %s', (refuse) => {
    expect(() => readInjected(new URLSearchParams({ refuse }), 30_000)).toThrow(InjectedError);
  });
});
