import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pingMetrics, repliesFailure } from '../../../probes/ping/replies.ts';

describe('the metrics of a series', () => {
  it('are those of its replies, and the loss of the rest', () => {
    expect(pingMetrics({ sent: 4, rttsMs: [10, 14, 12] })).toEqual({
      ping_sent_count: 4,
      ping_loss_ratio: 0.25,
      ping_ms: 12,
      ping_min_ms: 10,
      ping_max_ms: 14,
      ping_jitter_ms: 3,
    });
    expect(pingMetrics({ sent: 2, rttsMs: [10, 20] }).ping_ms).toBe(15);
  });

  it('have no round trip without a reply, and no jitter with one', () => {
    expect(pingMetrics({ sent: 3, rttsMs: [] })).toEqual({ ping_sent_count: 3, ping_loss_ratio: 1 });
    expect(pingMetrics({ sent: 1, rttsMs: [7] })).not.toHaveProperty('ping_jitter_ms');
    expect(pingMetrics({ sent: 0, rttsMs: [] })).toEqual({ ping_sent_count: 0 });
  });

  it('hold together whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1 }), (rttsMs) => {
        const metrics = pingMetrics({ sent: rttsMs.length, rttsMs });
        expect(metrics.ping_ms).toBeGreaterThanOrEqual(metrics.ping_min_ms as number);
        expect(metrics.ping_ms).toBeLessThanOrEqual(metrics.ping_max_ms as number);
        expect(metrics.ping_loss_ratio).toBe(0);
      }),
    );
  });
});

describe('too few replies', () => {
  const failure = { layer: 'connect', blame: 'target', code: 'refused', message: 'Refused.' } as const;
  const slow = { ...failure, code: 'timeout' } as const;

  it('are none when there are enough', () => {
    expect(repliesFailure({ sent: 3, rttsMs: [1] }, 1, '127.0.0.1')).toBeUndefined();
  });

  it('fail with what was told, if nobody answered and anybody told', () => {
    expect(repliesFailure({ sent: 3, rttsMs: [], failure }, 1, '127.0.0.1')).toBe(failure);
    expect(repliesFailure({ sent: 3, rttsMs: [], failure: slow }, 1, '127.0.0.1')).toMatchObject({
      code: 'no_reply',
    });
    expect(repliesFailure({ sent: 3, rttsMs: [] }, 1, '127.0.0.1')).toMatchObject({
      layer: 'connect',
      blame: 'network',
      code: 'no_reply',
    });
  });

  it('are counted where some came', () => {
    const few = repliesFailure({ sent: 5, rttsMs: [1, 2], failure }, 4, '127.0.0.1');
    expect(few).toMatchObject({ code: 'no_reply' });
    expect(few?.message).toContain('2 of 5');
  });
});
