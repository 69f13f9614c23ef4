import { describe, expect, it } from 'vitest';
import { type Comparison, comparisonRows, comparisonTable } from './comparison.ts';

/** 1 MB in a second: 8 Mbit/s. */
const EXACT: Comparison = {
  mbit: 10,
  bytes: 1_000_000,
  transport: 'plain',
  commitMs: 250,
  trueSendMs: 1000,
  sendMs: 1000,
  commitSaidMs: 250,
  goodputBps: 8_000_000,
  appSendMs: 500,
  curlBps: 6_000_000,
  clock: 'tcp_info',
};
const rowOf = (metric: string, ...all: Comparison[]) =>
  comparisonRows(all).find((row) => row.metric === metric);

describe('the rows of a comparison', () => {
  it('are nought where what was said is what was so', () => {
    expect(rowOf('goodput_error_10mbit_plain', EXACT)).toMatchObject({ value: 0, holds: true });
    expect(rowOf('send_error_10mbit_plain', EXACT)).toMatchObject({ value: 0, holds: true });
    expect(rowOf('commit_error_250ms_plain', EXACT)).toMatchObject({ value: 0, holds: true });
  });

  it('have the error of curl and that of the application beside goodput', () => {
    expect(rowOf('goodput_error_10mbit_plain', EXACT)).toMatchObject({ peer_value: 25 });
    expect(rowOf('goodput_error_10mbit_plain_app_level', EXACT)).toMatchObject({ value: 100 });
  });

  it('tell the worst, whichever way it is off', () => {
    const low = { ...EXACT, goodputBps: 7_600_000, sendMs: 960, commitSaidMs: 230 };
    const high = { ...EXACT, goodputBps: 8_080_000, sendMs: 1010, commitSaidMs: 252 };
    expect(rowOf('goodput_error_10mbit_plain', EXACT, low, high)).toMatchObject({ value: 5, holds: false });
    expect(rowOf('send_error_10mbit_plain', high, low)).toMatchObject({ value: 40, holds: false });
    expect(rowOf('commit_error_250ms_plain', high, low)).toMatchObject({ value: 20, holds: false });
  });

  it('allow sending fifteen milliseconds and a hundredth of what it took', () => {
    expect(rowOf('send_error_10mbit_plain', { ...EXACT, sendMs: 1025 })).toMatchObject({
      goal: '≤ 25',
      holds: true,
    });
    expect(rowOf('send_error_10mbit_plain', { ...EXACT, sendMs: 1026 })).toMatchObject({ holds: false });
  });

  it('keep links, transports and commits apart', () => {
    const tls: Comparison = { ...EXACT, transport: 'tls', mbit: 2, commitMs: 0, commitSaidMs: 0 };
    const metrics = comparisonRows([EXACT, tls]).map(({ metric }) => metric);
    expect(metrics).toEqual(expect.arrayContaining(['goodput_error_2mbit_tls', 'commit_error_0ms_tls']));
    expect(metrics).toContain('commit_error_250ms_plain');
  });

  it('throw where something was not told', () => {
    expect(() => comparisonRows([{ ...EXACT, goodputBps: Number.NaN }])).toThrow(
      /goodput_error_10mbit_plain/,
    );
  });

  it('leave the application out where it was not told', () => {
    expect(rowOf('goodput_error_10mbit_plain_app_level', { ...EXACT, appSendMs: undefined })).toBeUndefined();
  });
});

describe('the table of a comparison', () => {
  it('has a line for each upload, columns in line', () => {
    const lines = comparisonTable([EXACT, { ...EXACT, appSendMs: undefined }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[1]).toMatch(/10 plain .* 250 .*tcp_info .*8\.00 .*8\.00 .*16\.00 .*6\.00/);
    expect(lines[2]).toContain(' - ');
  });
});
