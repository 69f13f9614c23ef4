import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../../cli/support/cli-error.ts';
import { replaySeries, type SeriesReplay } from '../../../cli/support/replay-series.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-series-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(dir, `${files}.csv`);
  writeFileSync(path, content);
  return path;
}

const replay = (content: string | Buffer, column = 'rtt_ms'): Promise<SeriesReplay> =>
  replaySeries(file(content), column);

const mistake = async (content: string | Buffer, column?: string): Promise<{ text: string; exit: number }> =>
  replay(content, column).then(
    () => expect.fail('it was replayed'),
    (error) => ({ text: explain(error), exit: error.exit }),
  );

/** Forty rows at 100 ms, then forty at 130 ms. */
const VALUES = Array.from({ length: 80 }, (_, i) => (i < 40 ? 100 : 130) + 0.1 * ((i * 7) % 5));
const TRACE = `t,rtt_ms\n${VALUES.map((value, i) => `${i},${value}\n`).join('')}`;
const AT_40 = [expect.objectContaining({ index: 46, onset: 40, direction: 'up' })];

describe('a series from a file', () => {
  it('is played row after row, the first after the header being 0', async () => {
    expect(await replay(TRACE)).toEqual({ changes: AT_40, rows: 80, timeouts: 0 });
  });

  it('is the same gzipped, with line ends of Windows, with spaces and in another column', async () => {
    expect((await replay(gzipSync(TRACE))).changes).toEqual(AT_40);
    expect((await replay(TRACE.replaceAll('\n', '\r\n'))).changes).toEqual(AT_40);
    expect((await replay(TRACE.replaceAll(',', ' , '))).changes).toEqual(AT_40);
    expect((await replay(TRACE.replace('rtt_ms', 'ping'), 'ping')).changes).toEqual(AT_40);
  });

  it('takes the order of the rows for the time, whatever their times say', async () => {
    const rows = VALUES.map((value, i) => `${80 - i},${value}`).join('\n');
    expect((await replay(`t,rtt_ms\n${rows}`)).changes).toEqual(AT_40);
  });

  it('has a timeout where the value is empty, no number, 0 or less', async () => {
    const absent = ['', 'NaN', 'nan', 'null', '0', '-1', '-3.0', ' '];
    const rows = VALUES.map((value, i) => `${i},${i % 10 === 3 ? absent[Math.floor(i / 10)] : value}`);
    const { changes, rows: count, timeouts } = await replay(`t,rtt_ms\n${rows.join('\n')}\n`);
    expect([count, timeouts]).toEqual([80, 8]);
    expect(changes.map(({ direction, onset }) => [onset, direction])).toEqual([[40, 'up']]);
  });

  it('of throughput goes down when nothing comes through: there 0 is a value, and lower is worse', async () => {
    const rows = VALUES.map((value, i) => (i < 40 ? value : 0));
    const text = `t,down_bps\n${rows.map((value, i) => `${i},${value}`).join('\n')}\n`;
    const { changes, timeouts } = await replay(text, 'down_bps');
    expect(timeouts).toBe(0);
    expect(changes).toEqual([expect.objectContaining({ onset: 40, direction: 'down', after: 0 })]);
    const failed = await replay(text.replaceAll(',0\n', ',\n'), 'down_bps');
    expect(failed.changes).toEqual([expect.objectContaining({ onset: 40, direction: 'down' })]);
  });

  it('of one column has a timeout where a line is empty, so that the rows keep their numbers', async () => {
    const lines = VALUES.map((value, i) => (i === 10 || i === 11 ? '' : String(value)));
    const { changes, rows, timeouts } = await replay(`rtt_ms\n${lines.join('\n')}\n`);
    expect([rows, timeouts]).toEqual([80, 2]);
    expect(changes).toEqual(AT_40);
  });

  it('takes numbers as programs write them', async () => {
    const rows = VALUES.map((value) => (value / 1000).toExponential(4));
    expect(
      (await replaySeries(file(`s\n${rows.join('\n')}`), 's', { minEffect: { abs: 0.001, rel: 0.01 } }))
        .changes,
    ).toEqual(AT_40);
  });

  it('with times is judged by the hour of the week, once there are three weeks of them', async () => {
    const rows = Array.from({ length: 5 * 168 * 6 }, (_, i) => {
      const atMs = Date.UTC(2026, 0, 5) + i * 600_000;
      return `${atMs / 1000},${(new Date(atMs).getUTCHours() < 12 ? 100 : 140) + 0.3 * ((i * 7) % 5)}`;
    });
    const path = file(`t,rtt_ms\n${rows.join('\n')}`);
    const last = (replayed: SeriesReplay) => replayed.changes.at(-1)?.index ?? 0;
    expect(last(await replaySeries(path, 'rtt_ms'))).toBeGreaterThan(5 * 168 * 6 - 100);
    expect(last(await replaySeries(path, 'rtt_ms', { time: 't' }))).toBeLessThan(4 * 168 * 6);
  });

  it('is looked at for what creeps when that is asked for', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => 100 + 0.02 * Math.max(0, i - 1000) + 0.1 * ((i * 7) % 5),
    );
    const path = file(`rtt_ms\n${rows.join('\n')}`);
    expect((await replaySeries(path, 'rtt_ms')).changes).toEqual([]);
    const [drift] = (await replaySeries(path, 'rtt_ms', { slow: true })).changes;
    expect(drift?.direction).toBe('up');
    expect(drift?.index).toBeLessThan(1400);
  });

  it('without a row, or with few, has no change', async () => {
    expect(await replay('t,rtt_ms\n')).toEqual({ changes: [], rows: 0, timeouts: 0 });
    expect((await replay('t,rtt_ms\n1,5\n')).rows).toBe(1);
  });

  it('of half a million rows is streamed', async () => {
    const rows = Array.from({ length: 500_000 }, (_, i) => `${i},${100 + ((i * 7919) % 13) / 10}`).join('\n');
    const path = file(gzipSync(`t,rtt_ms\n${rows}\n`));
    expect(await replaySeries(path, 'rtt_ms')).toMatchObject({ rows: 500_000, changes: [] });
  });
});

describe('a file that is wrong', () => {
  it('without the column says which it has', async () => {
    const { exit, text } = await mistake(TRACE, 'rtt_mss');
    expect(exit).toBe(65);
    expect(text).toContain('column rtt_mss is missing');
    expect(text).toContain('rtt_ms');
  });

  it('with a cell too few or too many names the column and the line', async () => {
    const few = await mistake(TRACE.replace('\n5,', '\n'));
    expect(few).toMatchObject({ exit: 65, text: expect.stringContaining(':7: ') });
    expect(few.text).toContain('rtt_ms');
    expect((await mistake(TRACE.replace('\n5,', '\n5,8,'))).exit).toBe(65);
  });

  it('with a time that is none, or without the column of times, says so', async () => {
    const path = file(TRACE.replace('\n5,', '\nnoon,'));
    await expect(replaySeries(path, 'rtt_ms', { time: 't' })).rejects.toMatchObject({
      message: expect.stringContaining(':7: t is "noon", which is no time'),
    });
    await expect(replaySeries(path, 'rtt_ms', { time: 'ts' })).rejects.toMatchObject({ exit: 65 });
  });

  it('with something that is no number says where and what, and what a timeout looks like', async () => {
    const { exit, text } = await mistake(TRACE.replace('\n5,100', '\n5,fast'));
    expect(exit).toBe(65);
    expect(text).toMatch(/:7: rtt_ms is "fast/);
    expect(text).toContain('timeout');
  });

  it('or is not there, or is empty, or only half of it is there, is an error of the file too', async () => {
    await expect(replaySeries(join(dir, 'none.csv'), 'rtt_ms')).rejects.toMatchObject({ exit: 65 });
    expect((await mistake('')).exit).toBe(65);
    expect((await mistake(gzipSync(TRACE.repeat(50)).subarray(0, 300))).exit).toBe(65);
  });
});
