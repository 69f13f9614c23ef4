import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultJson } from '../../../collector/api/answers/checks.ts';
import { errorResponse, toApiError } from '../../../collector/api/errors.ts';
import { resultRoutes } from '../../../collector/api/results.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { sessionIdOf } from '../../../protocol/session-id.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 1, 0);
const failure = {
  layer: 'tls',
  blame: 'target',
  code: 'cert_expired',
  message: 'expired yesterday',
} as const;

let held: TestStore;
let app: Hono;
beforeAll(async () => {
  held = await openTestStore('embedded');
  app = new Hono();
  app.onError((error, context) => errorResponse(context, toApiError(error)));
  app.route('/results', resultRoutes(held.store, { wallMs: () => NOW, monotonicMs: () => NOW }));
  const rows = [
    ...Array.from({ length: 6 }, (_, i) => rowOf(i + 1)),
    rowOf(7, { outcome: 'fail', failure, metrics: {} }),
    rowOf(8, { outcome: 'missed', missedReason: 'shed', metrics: {}, attributes: {} }),
    rowOf(9, { attributes: { cmcd: 'header' } }, { agent: 'us-east-1', labels: labelsOf('us-east') }),
  ];
  await held.store.insertResults(resultBlock('first', rows), { ingestedMs: NOW - 1000 });
});
afterAll(() => held.close());

async function get(query: string) {
  const response = await app.request(`/results?${query}`);
  const body = (await response.json()) as { data: ResultJson[]; pagination: { limit: number; next: string } };
  return { status: response.status, data: body.data ?? [], next: body.pagination?.next };
}

const seqs = (data: readonly ResultJson[]) => data.map((row) => Number(row.run_id.split('/').at(-1)));

describe('results', () => {
  it('come newest last, the newest `limit` of them', async () => {
    expect(seqs((await get('limit=4')).data)).toEqual([6, 7, 8, 9]);
  });

  it('end where one asks them to', async () => {
    expect(seqs((await get('until=2026-11-21T12:00:03Z')).data)).toEqual([1, 2, 3]);
  });

  it('are given worst first by a metric, those that went through alone', async () => {
    const { data, next } = await get('worst=ttfb_ms&limit=3&region=eu-west');
    expect(seqs(data)).toEqual([6, 5, 4]);
    expect(next).toBeNull();
    expect(seqs((await get('worst=run_ms&limit=100')).data)).toHaveLength(7);
    expect((await get('worst=upload_goodput_bps')).data).toEqual([]);
    expect((await get('worst=tfb_ms')).status).toBe(400);
  });

  it('have metrics and durations in their own units, and times as ISO text', async () => {
    const [row] = (await get('limit=9')).data;
    expect(row).toMatchObject({
      run_id: 'eu-west-1/boot-1/1',
      region: 'eu-west',
      scheduled_at: '2026-11-21T12:00:01.000Z',
      duration_ms: 40.5,
      lateness_ms: 1.25,
      outcome: 'ok',
      layer: null,
      blame: null,
      code: null,
      message: null,
      missed_reason: null,
      request_id: null,
      pop: 'fra1',
      metrics: { ttfb_ms: 21 },
      attributes: { pop: 'fra1', http_version: '1.1' },
      agent_state: { event_loop_delay_ms: 0.4, cpu_ratio: 0.02, clock_offset_ms: -3, disturbed: false },
    });
  });

  it('name the session that their requests carried, if they did', async () => {
    const { data } = await get('limit=9');
    const row = data.at(-1);
    const source = { boot: 'boot-1', scheduledMs: Date.parse(row?.scheduled_at ?? ''), requestId: '' };
    const sid = sessionIdOf({ ...source, probe: row?.probe ?? '', target: row?.target ?? '' });
    expect(row?.attributes).toEqual({ cmcd: 'header', cmcd_sid: sid });
    expect(data[0]?.attributes).not.toHaveProperty('cmcd_sid');
  });

  it('say of a failure which layer, whose fault and what', async () => {
    expect((await get('outcome=fail')).data).toEqual([expect.objectContaining(failure)]);
  });

  it('say of a missed slot why', async () => {
    const [row] = (await get('outcome=missed')).data;
    expect(row).toMatchObject({ missed_reason: 'shed', layer: null, metrics: {} });
  });

  it.each([
    ['region=us-east', [9]],
    ['agent=eu-west-1&limit=2', [7, 8]],
    ['probe=nothing', []],
    ['trigger=confirm', []],
    ['trigger=schedule&limit=1', [9]],
    ['target=origin&limit=1', [9]],
    ['since=2026-11-21T12:00:08Z', [8, 9]],
  ])('can be narrowed by %s', async (query, expected) => {
    expect(seqs((await get(query)).data)).toEqual(expected);
  });

  it('can be followed by their cursor, without a gap and without one twice', async () => {
    const first = await get('limit=9');
    expect((await get(`after=${first.next}`)).data).toEqual([]);
    const late = rowOf(10, { scheduledMs: NOW - 3_600_000 });
    await held.store.insertResults(resultBlock('second', [late, rowOf(11)]), { ingestedMs: NOW });
    const second = await get(`after=${first.next}&limit=1`);
    const third = await get(`after=${second.next}&limit=1`);
    expect(seqs([...second.data, ...third.data])).toEqual([10, 11]);
    expect(await get(`after=${third.next}`)).toMatchObject({ data: [], next: third.next });
  });

  it('give a place to follow from even where there are none yet', async () => {
    const empty = await get('probe=nothing&since=1m');
    expect(empty.data).toEqual([]);
    expect((await get(`after=${empty.next}&probe=nothing`)).status).toBe(200);
  });

  it.each(['outcome=bad', 'trigger=bad', 'limit=5000', 'after=nonsense', 'since=never', 'sort=asc'])(
    'answer %s with 400',
    async (query) => {
      expect((await get(query)).status).toBe(400);
    },
  );
});
