import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, SPEC, startApi } from '../../../collector/api/running-api.ts';
import { type Started, start } from '../../../support/outrider.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await startApi({ startMs: Date.now() });
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  await api.connect('us-east-1', 'us-east');
});
afterEach(() => api.close());

const run = (...args: string[]): Started =>
  start(['probes', 'run', 'front-page', '--collector', api.url, ...args]);

/** The answer of the first agent of a region to the run that was asked for last. */
async function answer(requestId: string, region: string, more = {}): Promise<void> {
  await api.insert(region, [{ requestId, trigger: 'manual', scheduledMs: Date.now(), ...more }]);
}

/** The id of the run, from what the agents were told. */
async function requested(): Promise<string> {
  await expect.poll(() => api.requests.at(-1), { timeout: 20_000 }).toBeDefined();
  return api.requests.at(-1) ?? '';
}

describe('probes run --watch', () => {
  it('shows each result as it comes, a line each, and ends with the last', async () => {
    const started = run('--watch');
    const id = await requested();
    let stdout = '';
    started.process.stdout?.on('data', (chunk: string) => {
      stdout += chunk;
    });
    await answer(id, 'us-east');
    await expect.poll(() => stdout, { timeout: 10_000 }).toMatch(/us-east-1 .* ok /);
    expect(stdout).not.toMatch(/eu-west-1/);
    await answer(id, 'eu-west');
    const { code, stderr } = await started.finished;
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/asked 2 agents: .*\n2 of 2 agents answered\n/);
    expect(code).toBe(0);
  }, 60_000);

  it('ends at its deadline, and says who did not answer and what is known of it', async () => {
    const started = run('--watch', '--wait', '2s', '-o', 'json');
    await answer(await requested(), 'us-east');
    const { code, stdout, stderr } = await started.finished;
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ agent: 'us-east-1', outcome: 'ok' }]);
    expect(stderr).toMatch(/1 of 2 agents answered/);
    expect(stderr).toMatch(/no answer from eu-west-1 \(connected, last heard 20/);
    expect(stderr).toMatch(/outrider agents why eu-west-1/);
  }, 60_000);

  it('asks the agents of the place that --from names, and ends with 1 when a run failed', async () => {
    const started = run('--watch', '--from', 'us-east');
    const failure = { layer: 'http', blame: 'target', code: 'timeout', message: 'no answer' };
    await answer(await requested(), 'us-east', { outcome: 'fail', failure });
    const { code, stdout, stderr } = await started.finished;
    expect(stdout).toMatch(/^\S+ {2}us-east {2}us-east-1 .* fail http\/timeout \(blame target\)/);
    expect(stderr).toMatch(/1 of 1 agents answered/);
    expect(code).toBe(1);
  }, 60_000);

  it('without --watch gives one table at the end, and refuses a wait that is none', async () => {
    const started = run('--from', 'us-east');
    await answer(await requested(), 'us-east');
    const [header, row] = (await started.finished).stdout.split('\n');
    expect([header, row]).toEqual([expect.stringMatching(/^REGION/), expect.stringMatching(/^us-east/)]);
    const refused = await run('--wait', '2h').finished;
    expect([refused.code, refused.stderr]).toEqual([
      64,
      expect.stringMatching(/--wait 2h is not a duration/),
    ]);
  }, 60_000);
});

describe('probes run of what publishes', () => {
  const published = { outcome: 'fail', attributes: { publish_run: 'u1' } } as const;
  const failure = { layer: 'processing', blame: 'target', code: 'timeout', message: 'not visible' } as const;

  it('shows who watched for it', async () => {
    await api.insert('us-east', [
      { requestId: 'u1', trigger: 'publish', scheduledMs: Date.now(), metrics: { publish_visible_ms: 1250 } },
    ]);
    const started = run('--from', 'eu-west');
    await answer(await requested(), 'eu-west', { attributes: { publish_run: 'u1' } });
    const { code, stdout } = await started.finished;
    expect(stdout).toMatch(/published by eu-west-1, run u1\n.*VISIBLE AFTER.*\nus-east +us-east-1 +ok +1250/);
    expect(code).toBe(0);
  }, 60_000);

  it('ends with what it has where nothing is known of who watched, and with 1 when the run failed', async () => {
    const started = run('--from', 'eu-west');
    await answer(await requested(), 'eu-west', { ...published, failure });
    const { code, stdout, stderr } = await started.finished;
    expect(stdout).toMatch(/published by eu-west-1, run u1\nnothing is known/);
    expect(stderr).toMatch(/1 of 1 agents answered/);
    expect(stderr).not.toMatch(/Error/);
    expect(code).toBe(1);
  }, 60_000);
});

describe('what the collector says of a run', () => {
  it('names who has not answered', async () => {
    const asked = (await api.send('POST', '/api/v1/probes/front-page/run', {})).body as {
      request_id: string;
    };
    await answer(asked.request_id, 'us-east');
    const { body } = await api.get(`/api/v1/runs/${asked.request_id}`);
    expect(body).toMatchObject({ expected: 2, done: false, unanswered: ['eu-west-1'] });
    await answer(asked.request_id, 'eu-west');
    expect((await api.get(`/api/v1/runs/${asked.request_id}`)).body).toMatchObject({
      unanswered: [],
      done: true,
    });
  });
});
