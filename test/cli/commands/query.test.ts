import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../collector/api/running-api.ts';
import { outrider } from '../../support/outrider.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const run = (...args: string[]) => outrider('query', ...args, '--collector', api.url);

describe('outrider query', () => {
  it('shows rows as a table, and gives them to programs as JSON, JSON lines, CSV and Markdown', async () => {
    const sql = "SELECT 1 AS a, 'x,y' AS b";
    expect((await run(sql)).stdout).toBe('A  B\n1  x,y\n');
    expect(JSON.parse((await run(sql, '-o', 'json')).stdout).data).toEqual([{ a: 1, b: 'x,y' }]);
    expect((await run(sql, '-o', 'ndjson')).stdout).toBe('{"a":1,"b":"x,y"}\n');
    expect((await run(sql, '-o', 'csv')).stdout).toBe('a,b\r\n1,"x,y"\n');
    expect((await run(sql, '-o', 'md')).stdout).toContain('| a | b |');
  });

  it('says when there are more rows than it shows', async () => {
    const { code, stderr, stdout } = await run('SELECT number FROM numbers(10)', '--limit', '3');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 4]);
    expect(stderr).toContain('only the first 3 rows: there are more than --limit 3');
  });

  it('says when the answer is larger than one may be', async () => {
    const { stderr } = await run(
      "SELECT repeat('x', 20000) AS a FROM numbers(4000)",
      '--limit',
      '5000',
      '-o',
      'ndjson',
    );
    expect(stderr).toContain('the answer is larger than an answer may be');
  });

  it('says when it took too much memory', async () => {
    const { code, stderr } = await run('SELECT length(groupArray(number)) FROM numbers(1000000000)');
    expect([code, stderr]).toEqual([64, expect.stringMatching(/more memory than the 1024 MiB[\s\S]*Try: /)]);
  });

  it('describes the views, column by column, with their types', async () => {
    expect((await run('--columns', 'all')).stdout).toMatch(/^region_latency +A row for each minute/m);
    const { stdout } = await run('--columns', 'region_latency');
    expect(stdout).toMatch(/^p95 +Nullable\(Float64\) +95 of a hundred runs/m);
    expect(await run('--columns', 'latency')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('region_latency_1h'),
    });
  });

  it('has ten questions with their SQL, which can be asked as they stand', async () => {
    const { data } = JSON.parse((await run('--examples', '-o', 'json')).stdout);
    expect(data).toHaveLength(10);
    expect((await run(data[0].sql)).code).toBe(0);
    expect((await run('--examples')).stdout).toMatch(/^-- Which regions are slowest.*\nSELECT region,/);
  });

  it('wants one thing to do', async () => {
    expect(await run()).toMatchObject({ code: 64, stderr: expect.stringContaining('there is no query') });
    expect(await run('SELECT 1', '--examples')).toMatchObject({ code: 64 });
  });
});
