import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SessionSource, sessionIdOf } from '../../protocol/session-id.ts';

const RUN: SessionSource = {
  boot: '0b1ff2a0-5d3c-4c7e-9a55-1d2f6f1f0c11',
  probe: 'start',
  target: 'clip',
  scheduledMs: 1_764_000_000_000,
  requestId: '',
};

describe('the session id of a run', () => {
  it('is the same wherever it is made, for all time', () => {
    expect(sessionIdOf(RUN)).toBe('a914127f-ff15-8729-a366-64bca3167365');
    // The wire and the store know whole milliseconds.
    expect(sessionIdOf({ ...RUN, scheduledMs: RUN.scheduledMs + 0.3 })).toBe(sessionIdOf(RUN));
  });

  it('is a UUID of version 8, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (probe, target) => {
        expect(sessionIdOf({ ...RUN, probe, target })).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('differs with each thing that tells runs apart', () => {
    const others: Partial<SessionSource>[] = [
      { boot: 'another' },
      { probe: 'another' },
      { target: 'another' },
      { scheduledMs: RUN.scheduledMs + 1 },
      { requestId: 'req-1' },
    ];
    const ids = [RUN, ...others.map((change) => ({ ...RUN, ...change }))].map(sessionIdOf);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
