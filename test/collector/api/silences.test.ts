import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { incidentOf, type RunningApi, startApi } from './running-api.ts';

interface Silence {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly match_text: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly author: string;
  readonly expired_by: string | null;
}
interface List {
  readonly data: Silence[];
}

const HOUR = 3_600_000;

describe('silences and acknowledgements over the API', () => {
  let api: RunningApi;
  beforeAll(async () => {
    // Now: silences are stamped by the clock of the store, and have a time to live.
    api = await startApi({
      startMs: Math.floor(Date.now() / HOUR) * HOUR,
      notify: {
        version: 1,
        receivers: [{ name: 'hook', type: 'webhook', url: { env: 'OUTRIDER_TEST_NOWHERE' } }],
        routes: [{ name: 'all', receivers: ['hook'] }],
        maintenance: [
          {
            name: 'nights',
            zone: 'Europe/Berlin',
            start: '2026-01-04T02:00',
            length: '2h',
            repeat: 'daily',
            match: { region: 'eu-west' },
          },
        ],
      },
    });
  }, 60_000);
  afterAll(() => api?.close());

  const add = (more: Record<string, unknown> = {}) =>
    api.send('POST', '/api/v1/silences', {
      match: { region: ['eu-west'] },
      until: '2h',
      author: 'mara',
      ...more,
    });
  const list = async (query = '') => ((await api.get(`/api/v1/silences${query}`)).body as List).data;

  it('are made with what, until when, who and why, listed beside the windows, and ended', async () => {
    const { body, status } = await add({ comment: 'racks' });
    const made: Silence = body;
    expect([status, made]).toMatchObject([
      201,
      { kind: 'silence', state: 'active', match_text: 'region=eu-west', author: 'mara', comment: 'racks' },
    ]);
    expect(Date.parse(made.ends_at) - Date.parse(made.starts_at)).toBe(2 * HOUR);
    const all = await list();
    expect(all.map(({ id, kind }) => [id, kind])).toEqual([
      [made.id, 'silence'],
      ['nights', 'maintenance'],
    ]);
    api.clock.nowMs += 1000;
    const ended = await api.send('POST', `/api/v1/silences/${made.id}/expire`, { author: 'jo' });
    expect(ended).toMatchObject({ status: 200, body: { state: 'ended', expired_by: 'jo' } });
    expect((await list()).map(({ kind }) => kind)).toEqual(['maintenance']);
    expect((await list('?ended=true')).map(({ id }) => id)).toContain(made.id);
  });

  it('may begin later', async () => {
    const starts_at = new Date(api.notifier.nowMs() + HOUR).toISOString();
    const { body } = await add({ starts_at, until: new Date(api.notifier.nowMs() + 3 * HOUR).toISOString() });
    expect(body).toMatchObject({ state: 'pending', starts_at });
  });

  it.each<readonly [string, Record<string, unknown>, number, RegExp]>([
    ['a condition that there is not', { match: { regoin: ['x'] } }, 400, /regoin/],
    ['no condition', { match: {} }, 400, /keep everything quiet/],
    ['no condition but one of no labels', { match: { labels: {} } }, 400, /keep everything quiet/],
    ['a match that is none', { match: 'region=eu-west' }, 400, /match/],
    ['too many values', { match: { region: Array(51).fill('x') } }, 400, /region/],
    ['an end that is no time', { until: 'soon' }, 400, /until: soon is not a time/],
    ['an end in the past', { until: '2020-01-01T00:00:00Z' }, 400, /lies in the past/],
    ['no author', { author: ' ' }, 400, /author/],
    [
      'a comment longer than commentChars',
      { comment: 'x'.repeat(NOTIFY_LIMITS.commentChars.value + 1) },
      400,
      /comment/,
    ],
    [
      'an end beyond silenceMs',
      { until: `${NOTIFY_LIMITS.silenceMs.value / HOUR + 1}h` },
      400,
      /more than 30 days/,
    ],
  ])('with %s are refused', async (_, more, status, why) => {
    const answer = await add(more);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toMatch(why);
  });

  it('say how many of the incidents that are open they hide', async () => {
    for (const region of ['eu-west', 'us-east'])
      api.shelf.put('opened', incidentOf({ id: `inc-${region}`, scope: { kind: 'region', region } }));
    const hides = async (match: Record<string, unknown>): Promise<unknown> =>
      ((await add({ match })).body as { hides: number }).hides;
    expect([await hides({ severity: ['*'] }), await hides({ region: ['us-*'] })]).toEqual([2, 1]);
    expect(await hides({ region: ['ap-*'] })).toBe(0);
    for (const region of ['eu-west', 'us-east'])
      api.shelf.put('resolved', incidentOf({ id: `inc-${region}`, status: 'resolved', resolvedMs: 1 }));
    await api.store.command('TRUNCATE TABLE silences');
  });

  it('begin now where they are said to have begun before, and take any text for who and why', async () => {
    const { body, status } = await add({
      starts_at: '0001-01-01T00:00:00Z',
      author: 'mara \ud800',
      comment: 'a\u0000b\r\n<b>',
    });
    expect(status).toBe(201);
    expect(Date.parse((body as Silence).starts_at)).toBe(api.notifier.nowMs());
    expect(await list()).toMatchObject([{ author: 'mara \ufffd', comment: 'a\u0000b\r\n<b>' }, {}]);
    await api.store.command('TRUNCATE TABLE silences');
  });

  it('are made and ended, and incidents acknowledged, by no page of another origin', async () => {
    const paths = ['silences', 'silences/x/expire', 'incidents/x/ack'];
    for (const path of paths) {
      const answer = await fetch(`${api.url}/api/v1/${path}`, {
        method: 'POST',
        body: '{}',
        headers: { origin: 'https://evil.example', 'content-type': 'text/plain' },
      });
      expect([path, answer.status]).toEqual([path, 403]);
      await answer.body?.cancel();
    }
  });

  it('that there are not cannot be ended', async () => {
    expect((await api.send('POST', '/api/v1/silences/none/expire', { author: 'jo' })).status).toBe(404);
  });

  it('are at most so many as `silences`', async () => {
    const { value } = NOTIFY_LIMITS.silences;
    const nowMs = api.notifier.nowMs();
    await api.store.insertRows(
      'silences',
      Array.from({ length: value }, (_, i) => ({
        id: `many-${i}`,
        match: '{"region":["x"]}',
        starts_at: nowMs,
        ends_at: nowMs + HOUR,
        author: 'test',
        created_at: nowMs,
        version: nowMs,
      })),
    );
    expect(await add()).toMatchObject({ status: 422, body: { error: { code: 'too_many' } } });
    await api.store.command('TRUNCATE TABLE silences');
  });

  it('an incident is acknowledged with who and why, and shows it, with who was told and who was not', async () => {
    api.shelf.put('opened', incidentOf({ id: 'inc-ack' }));
    await add();
    await api.notifier.tick();
    const acked = await api.send('POST', '/api/v1/incidents/inc-ack/ack', {
      author: 'mara',
      comment: 'rolling back',
    });
    expect(acked).toMatchObject({
      status: 200,
      body: { incident: 'inc-ack', acknowledged: { by: 'mara', comment: 'rolling back' } },
    });
    const { body } = await api.get('/api/v1/incidents/inc-ack');
    expect(body).toMatchObject({
      acknowledged: { by: 'mara' },
      notifications: [],
      not_told: [{ lane: 'all/hook', because: expect.stringMatching(/^(silence|maintenance) /) }],
    });
    await api.store.command('TRUNCATE TABLE silences');
    // At a time of day at which the window is not open, whenever this runs.
    const isNight = new Date(api.notifier.nowMs() + 5 * HOUR).getUTCHours() < 4;
    api.clock.nowMs += (isNight ? 9 : 5) * HOUR;
    await api.notifier.tick();
    const told = await api.get('/api/v1/incidents/inc-ack');
    expect(told.body).toMatchObject({
      notifications: [{ receiver: 'hook', event: 'incident.opened' }],
      not_told: [],
    });
  });

  it('an incident that is over, or that there is not, cannot be acknowledged', async () => {
    api.shelf.put(
      'resolved',
      incidentOf({ id: 'inc-over', status: 'resolved', resolvedMs: api.clock.nowMs }),
    );
    const ack = (id: string) => api.send('POST', `/api/v1/incidents/${id}/ack`, { author: 'mara' });
    expect((await ack('inc-over')).status).toBe(409);
    expect((await ack('none')).status).toBe(404);
  });

  it('what notifications do is counted for Prometheus, by receiver', async () => {
    const text = String((await api.get('/metrics')).body);
    expect(text).toMatch(/outrider_notify_telling [01]/);
    expect(text).toContain('outrider_notifications_waiting{receiver="hook"}');
    expect(text).toContain('outrider_notifications_total{receiver="hook",result="delivered"}');
    expect(text).toMatch(/outrider_notify_held_total\{reason="silenced"\} [1-9]/);
  });
});
