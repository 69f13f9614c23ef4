import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import { type RunningApi, startApi } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  await api.insert('eu-west', [{ metrics: { ttfb_ms: 20 } }]);
});
afterAll(() => api?.close());

const get = (query: string) => api.get(`/api/v1/latency?${query}`);
const refused = (message: string, hint = '') => ({
  status: 400,
  body: {
    error: {
      code: 'bad_request',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    },
  },
});

describe('GET /api/v1/latency', () => {
  it('says which time it has read, and of the time that it is held against, too', async () => {
    expect(await get('since=5m&vs=1d')).toMatchObject({
      status: 200,
      body: {
        data: [{ region: 'eu-west', p50: expect.any(Number), vs: null, diff: null }],
        since: '2026-11-21T11:55:00.000Z',
        until: '2026-11-21T12:00:00.000Z',
        section_seconds: 60,
        reference: { since: '2026-11-20T11:55:00.000Z', until: '2026-11-20T12:00:00.000Z' },
      },
    });
  });

  it('is held against a time from an instant on', async () => {
    expect(await get('since=5m&vs=2026-11-19T08:00:00Z')).toMatchObject({
      body: { reference: { since: '2026-11-19T08:00:00.000Z', until: '2026-11-19T08:05:00.000Z' } },
    });
  });

  it.each([
    ['since=1h&until=2h', 'is not after since'],
    ['vs=region=us-east&by=target', 'needs rows by region', 'by=target,region'],
    ['vs=regoin=us-east', 'regoin is none of', 'did you mean region=us-east?'],
    ['vs=soon', 'vs=soon is not a time'],
    ['vs=10s', 'is not a minute or more before since'],
    ['since=60d&vs=60d', 'leads further back than 90 days'],
    ['quantiles=p100', 'p100 is no quantile'],
    ['metric=tfb_ms', 'did you mean ttfb_ms?'],
  ])('refuses %s', async (query, message, hint = '') => {
    expect(await get(query)).toMatchObject(refused(message, hint));
  });
});

describe('steps of a plot', () => {
  it('begin at their whole multiples, and say how long they are', async () => {
    const { body, status } = await get('by=step&since=3h&quantiles=p50');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      step_seconds: 60,
      data: [{ step: '2026-11-21T11:59:00.000Z', p50: expect.any(Number), count: 1 }],
    });
  });

  it('are no more than a plot can show, whatever the time: they become longer', async () => {
    const most = API_LIMITS.latencySteps.value;
    for (const minutes of [most, most + 1, 1440, 90 * 1440]) {
      const { body } = await get(`by=step&since=${minutes}m`);
      const { step_seconds } = body as { step_seconds: number };
      expect((minutes * 60) / step_seconds).toBeLessThanOrEqual(most);
    }
  });

  it('become longer with the time', async () => {
    for (const [since, seconds] of [
      ['4h', 120],
      ['1d', 3600],
      ['90d', 43_200],
    ] as const)
      expect(await get(`by=step&since=${since}`)).toMatchObject({ body: { step_seconds: seconds } });
  });

  it('of an earlier time stand beside those of now, whatever the length of a step', async () => {
    await api.insert('eu-west', [
      { metrics: { ttfb_ms: 40 }, scheduledMs: api.clock.nowMs - 86_400_000 - 1000 },
    ]);
    const { body } = await get('by=step&since=4h&quantiles=p50&vs=1d');
    expect(body).toMatchObject({
      data: [{ step: '2026-11-21T11:58:00.000Z', vs: { p50: expect.closeTo(40, 0) } }],
    });
  });
});

describe('GET /api/v1/views', () => {
  it('describes every column with its type', async () => {
    const { body, status } = await api.get('/api/v1/views');
    expect(status).toBe(200);
    const { data, questions } = body as {
      data: { name: string; columns: { name: string; type: string; meaning: string }[] }[];
      questions: unknown[];
    };
    expect(questions).toHaveLength(10);
    for (const { columns } of data) {
      expect(columns.length).toBeGreaterThan(5);
      expect(columns.filter(({ meaning, type }) => meaning === '' || type === '')).toEqual([]);
    }
  });
});
