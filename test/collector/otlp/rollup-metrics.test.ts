import { describe, expect, it } from 'vitest';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { inParts, type RollupRow, rollupMetrics } from '../../../collector/otlp/rollup-metrics.ts';

const rowOf = (metric: string, region: string): RollupRow => ({
  ...{ region, country: 'DE', isp: '', target: 'origin', pop: '', probe: 'front-page', metric },
  ...{ ok: 3, fail: 1, agent_fail: 0, missed: 0, disturbed: 0, quantiles: [20_000, 30_000, 40_000, null] },
});

describe('a minute as metrics', () => {
  it('has no point for what was not measured, and none for outcomes that did not happen', () => {
    const [runs, time] = rollupMetrics([rowOf('run_ms', 'eu-west')], 0);
    expect(runs?.sum?.dataPoints).toHaveLength(2);
    expect(time?.gauge?.dataPoints.map(({ asDouble }) => asDouble)).toEqual([20, 30, 40]);
  });

  it('goes in parts of pointsPerRequest, and loses no point', () => {
    const { value } = OTLP_LIMITS.pointsPerRequest;
    const rows = Array.from({ length: value }, (_, n) => rowOf('ttfb_ms', `region-${n}`));
    const parts = inParts(rollupMetrics(rows, 0), value);
    const sizes = parts.map((part) =>
      part.reduce((sum, { gauge }) => sum + (gauge?.dataPoints.length ?? 0), 0),
    );
    expect(sizes).toEqual([value, value, value]);
  });
});
