import { describe, expect, it } from 'vitest';
import { RESULT_COLUMNS, resultBlock, resultLine } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';

/** The fields of a line by column. */
function fields(line: string): Record<string, string> {
  expect(line.endsWith('\n')).toBe(true);
  const values = line.slice(0, -1).split('\t');
  expect(values).toHaveLength(RESULT_COLUMNS.length);
  return Object.fromEntries(RESULT_COLUMNS.map((column, index) => [column, values[index] ?? '']));
}

describe('a line of results', () => {
  it('has integers in the steps of their metric', () => {
    const line = fields(
      resultLine(
        rowOf(1, {
          metrics: { ttfb_ms: 0.0004, stall_ratio: 1 / 3, upload_goodput_bps: 1e9, stall_count: 2 },
        }),
      ),
    );
    expect(line.metric).toBe("['ttfb_ms','stall_ratio','upload_goodput_bps','stall_count']");
    expect(line.value).toBe('[0,333333,1000000000,2]');
  });

  it('is within range whatever an agent claims', () => {
    const line = fields(
      resultLine(
        rowOf(1, {
          latenessMs: -5,
          durationMs: 1e12,
          metrics: { ttfb_ms: Number.NaN, dns_ms: Number.POSITIVE_INFINITY, connect_ms: 1e300 },
          state: {
            eventLoopDelayMs: Number.NaN,
            cpuRatio: -1,
            rssBytes: 1e30,
            clockOffsetMs: Number.NEGATIVE_INFINITY,
            disturbed: true,
          },
        }),
      ),
    );
    expect(line).toMatchObject({
      lateness_us: '0',
      duration_us: String(2 ** 32 - 1),
      value: `[0,0,${Number.MAX_SAFE_INTEGER}]`,
      event_loop_delay_us: '0',
      cpu_ppm: '0',
      rss_bytes: String(2 ** 53 - 1),
      clock_offset_ms: '0',
      disturbed: '1',
    });
  });

  it('has times in seconds with milliseconds', () => {
    expect(fields(resultLine(rowOf(1, { scheduledMs: 1_763_000_000_007 }))).scheduled_at).toBe(
      '1763000000.007',
    );
  });

  it('holds tabs, newlines and quotes back from being structure', () => {
    const line = fields(resultLine(rowOf(1, { attributes: { pop: "a'b\tc\nd\\" } }, { agent: 'x\ty' })));
    expect(line.agent).toBe('x\\ty');
    expect(line.pop).toBe("a\\'b\\tc\\nd\\\\");
    expect(line.attributes).toBe("{'pop':'a\\'b\\tc\\nd\\\\'}");
  });
});

describe('a block', () => {
  it('counts its rows', () => {
    const block = resultBlock('token', [rowOf(1), rowOf(2)]);
    expect(block).toMatchObject({ token: 'token', rowCount: 2 });
    expect(Buffer.from(block.body).toString().match(/\n/g)).toHaveLength(2);
  });
});
