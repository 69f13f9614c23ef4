import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../collector/api/running-api.ts';
import { insertRuns, MINUTE, pairRuns } from '../../collector/calibrate/calibrated.ts';
import { outrider } from '../../support/outrider.ts';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ startMs: Date.now() });
  const fromMs = Math.floor(Date.now() / MINUTE) * MINUTE - 243 * MINUTE;
  await insertRuns(api.store, [
    ...pairRuns({ fromMs, minutes: 120 }),
    ...pairRuns({ fromMs: fromMs + 120 * MINUTE, minutes: 120, errorMs: 110, seed: 2 }),
  ]);
  await api.calibration.tick();
});
afterAll(() => api?.close());

const run = (...args: string[]) => outrider('calibration', ...args, '--collector', api.url);

describe('outrider calibration list', () => {
  it('shows a pair a line, in the unit of people', async () => {
    const { stdout, code } = await run('list');
    expect(code).toBe(0);
    const [head, line] = stdout.trim().split('\n');
    expect(head).toMatch(/^STATE +REGION +TARGET +PLAYER +TWIN +BROWSER +ERROR \(ms\)/);
    expect(line).toMatch(/^drifted +eu-west +clip +progressive +play-light +play-browser +1\d\d\.\d +/);
  });

  it('gives programs every field: as JSON, JSON lines, CSV and Markdown', async () => {
    const json = JSON.parse((await run('list', '-o', 'json')).stdout);
    expect(json).toMatchObject({ data: [{ state: 'drifted', windows: 48 }], pagination: { next: null } });
    const ndjson = (await run('list', '-o', 'ndjson')).stdout.trim().split('\n');
    expect(ndjson.map((text) => JSON.parse(text))).toEqual(json.data);
    const [columns = '', ...rows] = (await run('list', '-o', 'csv')).stdout.trim().split('\r\n');
    expect(columns.split(',')).toEqual(Object.keys(json.data[0]));
    expect(rows).toHaveLength(1);
    expect((await run('list', '-o', 'md')).stdout).toMatch(/^\| state \| region \|/);
  });

  it('says what it takes when there is nothing', async () => {
    const { stdout, stderr, code } = await run('list', '--region', 'nowhere');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
    for (const name of ['ERROR', '+/-', 'USUAL', 'TOLERANCE', 'P50 |ERROR|', 'P95 |ERROR|'])
      expect(stdout).toContain(`${name} (ms)`);
    expect(stderr).toContain('`video-start` probe on one target');
  });

  it('refuses a format that it does not know', async () => {
    expect((await run('list', '-o', 'xml')).code).toBe(64);
  });
});

describe('outrider calibration windows', () => {
  it('shows the series, and says when there is more', async () => {
    const { stdout, stderr } = await run('windows', '--limit', '5', '-o', 'ndjson');
    expect(stdout.trim().split('\n')).toHaveLength(5);
    expect(stderr).toContain('--limit');
    expect((await run('windows', '--limit', '5')).stdout).toMatch(/60\/15 +\d{3}\.\d +\d{3}\.\d +/);
  });
});

describe('outrider calibration alarms', () => {
  it('says in a sentence what has changed', async () => {
    const { stdout } = await run('alarms', '--status', 'open');
    expect(stdout).toContain('play-light does not predict play-browser on clip in eu-west as it did');
    expect((await run('alarms', '--status', 'resolved')).stderr).toContain('no alarms');
  });
});

describe('outrider calibration replay', () => {
  it('judges the past again under another threshold', async () => {
    const same = await run('replay');
    expect(same.stdout).toContain('calibration.drifted');
    expect(same.stderr).toContain('48 windows judged');
    expect((await run('replay', '--min-effect', '300', '-o', 'ndjson')).stdout.trim()).toBe('');
    expect((await run('replay', '--min-effect', 'much')).code).toBe(64);
  });
});
