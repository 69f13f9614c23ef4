import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../collector/api/running-api.ts';
import { outrider, start } from '../../support/outrider.ts';

/** The hour before noon, and the same a day before; three regions, of which one is slower and fails now. */
const NOON = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;
const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ startMs: NOON });
  for (const day of [1, 0])
    for (const [nth, region] of ['ap-southeast', 'eu-west', 'us-east'].entries()) {
      const isBad = day === 0 && region === 'eu-west';
      await api.insert(
        region,
        Array.from({ length: 360 }, (_, i) => ({
          scheduledMs: NOON - day * DAY - 3_600_000 + i * 10_000,
          ...(isBad && i % 20 === 0
            ? ({ outcome: 'fail', failure, metrics: {} } as const)
            : { metrics: { ttfb_ms: (20 + 10 * nth + ((i * 7) % 13)) * (isBad ? 3 : 1) } }),
        })),
      );
    }
});
afterAll(() => api?.close());

const args = (...more: string[]) => [
  'latency',
  '--since',
  '2026-11-21T11:00Z',
  ...more,
  '--collector',
  api.url,
];
const run = (...more: string[]) => outrider(...args(...more));

describe('outrider latency', () => {
  it('says of what got worse that it is more than noise, and of the rest that it is not', async () => {
    const { data } = JSON.parse((await run('--vs', '1d', '-o', 'json')).stdout);
    expect(data.map((row: { region: string; diff: object }) => [row.region, row.diff])).toMatchObject([
      ['ap-southeast', { p50: { verdict: 'noise' }, success_ratio: { verdict: 'noise' } }],
      ['eu-west', { p50: { verdict: 'worse' }, p95: { verdict: 'worse' } }],
      ['us-east', { p50: { verdict: 'noise' } }],
    ]);
  });

  it('says that there is nothing to hold it against, and only then', async () => {
    const nothing = 'nothing to hold it against';
    const [nowhere, there] = await Promise.all([run('--vs', 'region=mars'), run('--vs', '1d')]);
    expect(nowhere.stderr).toContain(`${nothing}: there are no results of --vs region=mars\n`);
    expect(there.stderr).not.toContain(nothing);
  });

  it('gives programs every field: as JSON, JSON lines, CSV and Markdown', async () => {
    const [json, ndjson, csv, md] = await Promise.all([
      run('-o', 'json'),
      run('-o', 'ndjson'),
      run('--vs', 'region=us-east', '-o', 'csv'),
      run('-o', 'md'),
    ]);
    const { data } = JSON.parse(json.stdout);
    expect(data).toHaveLength(3);
    const lines = ndjson.stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(data);
    const [head = ''] = csv.stdout.split('\r\n');
    expect(head.split(',')).toEqual(
      expect.arrayContaining(['region', 'p50', 'vs_p50', 'diff_p50_low', 'diff_p50_verdict']),
    );
    expect(md.stdout).toMatch(/^\| region \| metric \| p50 \| p95 \| p99 \|/);
  });

  it('understands words for times, and says what it does not', async () => {
    const ended = await run('--until', '2026-11-21 19:30 Asia/Singapore', '-o', 'json');
    expect(JSON.parse(ended.stdout).data[0]).toMatchObject({ ok: 180 });
    const { code, stderr } = await run('--until', 'teatime');
    expect([code, stderr]).toEqual([64, expect.stringContaining('--until teatime is not a time')]);
  });

  it('suggests the metric and the dimension that were meant', async () => {
    const [metric, by, vs, quantiles] = await Promise.all([
      run('--metric', 'tfb_ms'),
      run('--by', 'regoin'),
      run('--vs', 'regoin=us-east'),
      run('--quantiles', 'p100'),
    ]);
    expect(metric).toMatchObject({ code: 64, stderr: expect.stringContaining('ttfb_ms?') });
    expect(by).toMatchObject({ code: 64, stderr: expect.stringContaining('region?') });
    expect(vs).toMatchObject({ code: 64, stderr: expect.stringContaining('region=us-east?') });
    expect(quantiles).toMatchObject({ code: 64 });
  });

  it('says which value of which flag is wrong, and names the flag', async () => {
    const { code, stderr } = await run('--metric', 'ttfb_ms,ttfb');
    expect([code, stderr]).toEqual([
      64,
      'Error: value 2 of --metric: there is no metric ttfb (did you mean ttfb_ms?)\n  Try: add --help to see what the command takes\n',
    ]);
    expect((await run('--by', 'regoin')).stderr).toMatch(
      /^Error: --by has no "regoin": it is one of region, .+\n {2}Try: did you mean region\?\n$/,
    );
  });

  it('asks again and again with --watch, until it is told to end', async () => {
    const watch = start(args('--watch', '--every', '1s', '-o', 'ndjson'));
    let shown = '';
    await new Promise<void>((resolve) => {
      watch.process.stdout?.on('data', (chunk: string) => {
        shown += chunk;
        // Three regions, and then the same once more.
        if (shown.trim().split('\n').length >= 6) resolve();
      });
    });
    watch.process.kill('SIGINT');
    expect((await watch.finished).code).toBe(130);
  });

  it('ends --watch by itself after the time that it is given, and refuses one that is none', async () => {
    const { code, stdout } = await run('--watch', '--for', '1s', '-o', 'ndjson');
    expect([code, stdout.trim().split('\n').length % 3]).toEqual([0, 0]);
    expect(await run('--watch', '--every', 'often')).toMatchObject({ code: 64 });
  });
});
