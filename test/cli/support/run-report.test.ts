import { describe, expect, it } from 'vitest';
import type { HereRun } from '../../../cli/support/run-here.ts';
import { reportJson, reportLines } from '../../../cli/support/run-report.ts';

const run: HereRun = {
  probe: 'play',
  target: 'clip',
  url: 'http://video.test/v.mp4',
  durationMs: 700,
  result: {
    outcome: 'ok',
    metrics: { first_frame_ms: 600, packaging_cost_ms: 486 },
    attributes: { findings: 'moov_at_end,no_tao' },
    phases: [],
    findings: [
      {
        id: 'moov_at_end',
        text: 'The movie header comes after the media; write it first.',
        costMs: 486,
        when: 'start',
      },
      { id: 'no_tao', text: 'No Timing-Allow-Origin.', costMs: 0, when: 'note' },
    ],
  },
};

describe('the report of a run', () => {
  it('shows each finding with what it costs, and its sentence under it', () => {
    const lines = reportLines(run, 40);
    const at = lines.findIndex((line) => line.startsWith('FINDING'));
    expect(lines.slice(at, at + 5)).toEqual([
      'FINDING          COST  WHEN',
      'moov_at_end  486.0 ms  on this start',
      '  The movie header comes after the',
      '  media; write it first.',
      'no_tao              –  –',
    ]);
    expect(lines[at + 5]).toBe('  No Timing-Allow-Origin.');
  });

  it('shows no table where nothing was found', () => {
    const { findings: _, ...result } = run.result;
    expect(reportLines({ ...run, result }, 80).join('\n')).not.toContain('FINDING');
  });

  it('gives programs the same', () => {
    expect(reportJson(run)).toMatchObject({
      findings: [
        { id: 'moov_at_end', cost_ms: 486, when: 'start' },
        { id: 'no_tao', cost_ms: 0, when: 'note' },
      ],
    });
  });
});
