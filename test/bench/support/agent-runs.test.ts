import { describe, expect, it } from 'vitest';
import { agentRunsOf, RUNS_COLUMNS } from './agent-runs.ts';

describe('runs as the collector has them', () => {
  it('have the phases that were measured, and no others', () => {
    const metrics = JSON.stringify({ connect_ms: 0.4, ttfb_ms: 7.25, tls_ms: null, body_bytes: 12 });
    const [run] = agentRunsOf([['sid-1', 't1', 1, 0, 1_700_000_000_000, 3, 1.5, metrics]]);
    expect(run).toEqual({
      sid: 'sid-1',
      target: 't1',
      isOk: true,
      isDisturbed: false,
      scheduledMs: 1_700_000_000_000,
      latenessMs: 3,
      eventLoopDelayMs: 1.5,
      reported: { connect: 0.4, ttfb: 7.25 },
    });
  });

  it('are of these columns and no others', () => {
    expect(() => agentRunsOf([['sid-1', 't1', 1]])).toThrow(TypeError);
    expect(RUNS_COLUMNS.split(', ')).toHaveLength(8);
  });
});
