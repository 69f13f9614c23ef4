import { describe, expect, it } from 'vitest';
import { latencyText, sparkText } from '../../../cli/support/latency-text.ts';
import type { LatencyRowJson } from '../../../collector/api/answers/checks.ts';

const row = (region: string, p50: number | null, more: Partial<LatencyRowJson> = {}): LatencyRowJson => ({
  ...{
    region,
    metric: 'ttfb_ms',
    unit: 'ms',
    count: 10,
    ok: 10,
    fail: 0,
    agent_fail: 0,
    missed: 0,
    disturbed: 0,
  },
  ...{ success_ratio: 0.995, p50 },
  ...more,
});
const look = { by: ['region'], quantiles: ['p50'], colours: true, columns: 200 };
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';

describe('a spark', () => {
  it('has a bar a section, from the least to the most, and a blank where nothing was measured', () => {
    expect(sparkText([10, 100, null, 55])).toBe('▁█ ▅');
    expect(sparkText([])).toBe('');
  });

  it('is flat where hardly anything moves', () => {
    expect(sparkText([100, 101, 100])).toBe('▁▁▁');
  });
});

describe('the heat of a latency table', () => {
  const regions = (...values: number[]) => values.map((value, i) => row(`r${i}`, value));
  const lines = (rows: readonly LatencyRowJson[]) => latencyText(rows, look).text.split('\n').slice(1);

  it('shows who is far from the middle of a metric', () => {
    const [first, , last] = lines(regions(100, 101, 300));
    expect(first).toContain(GREEN);
    expect(last).toContain(RED);
  });

  it('turns round where more is better', () => {
    const rows = regions(4e6, 4.1e6, 1e6).map((one) => ({ ...one, metric: 'upload_goodput_bps' }));
    expect(lines(rows)[2]).toContain(RED);
  });

  it('says nothing of two rows, nor without colours', () => {
    expect(lines(regions(100, 300)).join('')).not.toContain(RED);
    expect(latencyText(regions(100, 101, 300), { ...look, colours: false }).text).not.toContain('\u001b');
  });
});

describe('a latency table that is held against another', () => {
  it('has a line for each figure, with difference, interval and verdict', () => {
    const diff = { p50: { value: 20, ratio: 0.2, low: 15, high: 25, verdict: 'worse' } } as const;
    const { text } = latencyText([row('eu-west', 120, { vs: { p50: 100, success_ratio: 1 }, diff })], {
      ...look,
      vs: 'vs 7d',
    });
    const [head, first, second] = text.split('\n');
    expect(head).toMatch(/^REGION +METRIC +FIGURE +NOW +VS 7D +DIFF +DIFF % +95% INTERVAL +VERDICT/);
    expect(first).toMatch(
      /^eu-west +ttfb_ms +p50 +120\.0 ms +100\.0 ms +\+20\.0 ms +\+20\.0 % +\+15\.0 ms to \+25\.0 ms +/,
    );
    expect(first).toContain(`${RED}worse`);
    expect(second).toMatch(/success +99\.5 % +100\.0 %/);
  });
});
