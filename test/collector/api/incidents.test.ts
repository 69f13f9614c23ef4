import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TimelineJson } from '../../../collector/api/answers/incidents.ts';
import { timelineOf } from '../../../collector/api/incident-timeline.ts';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import type { Overview } from '../../../collector/api/overview.ts';
import type { Delivery } from '../../../collector/notify/delivery.ts';
import { type HttpReceiver, startReceiver, status } from '../notify/http-receiver.ts';
import { noticeFor } from '../notify/notices.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const HOUR = 3_600_000;
let api: RunningApi;
let hook: HttpReceiver;
let startMs: number;

const incident = () => incidentOf({ startedMs: startMs - 120_000, detectedMs: startMs - 100_000 });
const ID = incidentOf().id;

beforeEach(async () => {
  hook = await startReceiver(status(200));
  process.env.OUTRIDER_TEST_HOOK = hook.url;
  // Now: silences are stamped by the clock of the store, and have a time to live.
  startMs = Math.floor(Date.now() / HOUR) * HOUR;
  api = await startApi({
    startMs,
    tickMs: 50,
    notify: {
      version: 1,
      receivers: [{ name: 'hook', type: 'webhook', url: { env: 'OUTRIDER_TEST_HOOK' } }],
      routes: [{ name: 'all', receivers: ['hook'] }],
      maintenance: [
        {
          name: 'racks',
          start: '2026-01-01T00:00',
          length: '1d',
          repeat: 'daily',
          match: { region: 'us-east' },
        },
      ],
    },
  });
  await api.registry.apply(SPEC);
  api.shelf.put('opened', incident());
});
afterEach(async () => {
  delete process.env.OUTRIDER_TEST_HOOK;
  await api.close();
  await hook.close();
});

const get = async (path: string) => (await api.get(`/api/v1${path}`)).body as Record<string, unknown>;
const listed = async () => ((await get('/incidents')).data as Record<string, unknown>[])[0];
/** Sends what is to be told, and writes what came of it. */
async function tell(): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await api.notifier.tick();
    await api.notifier.idle();
    api.clock.nowMs += 1000;
  }
  await api.notifier.tick();
}

/** Events of the stream, as they come. */
async function* events(): AsyncGenerator<{ readonly event: string; readonly data: unknown }> {
  const { body } = await fetch(`${api.url}/api/v1/stream`);
  let text = '';
  for await (const bytes of body as ReadableStream<Uint8Array>) {
    text += Buffer.from(bytes).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.+)$/.exec(block) ?? [];
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}

describe('an incident over the API', () => {
  it('says who was told, who sees to it and what became of it, in one timeline', async () => {
    await tell();
    await api.send('POST', `/api/v1/incidents/${ID}/ack`, { author: 'mara', comment: 'rolling back' });
    const shown = await get(`/incidents/${ID}`);
    expect(shown).toMatchObject({
      acknowledged: { by: 'mara', comment: 'rolling back' },
      silenced: null,
      told: { delivered: 1, waiting: 0, failed: 0 },
      notifications: [{ event: 'incident.opened', receiver: 'hook', status: 'delivered' }],
      not_told: [],
    });
    const steps = (shown.timeline as TimelineJson[]).map(({ text, what }) => `${what} ${text}`.trim());
    expect(steps).toEqual(['began', 'detected', 'told opened: hook', 'acknowledged by mara: rolling back']);
    expect(await listed()).toMatchObject({ id: ID, acknowledged: { by: 'mara' }, told: { delivered: 1 } });
  });

  it('says what keeps it quiet, until when, by whom and why', async () => {
    const silence = { match: { region: 'eu-west' }, until: '2h', author: 'mara', comment: 'racks' };
    const { body } = await api.send('POST', '/api/v1/silences', silence);
    const { id, ends_at: until } = body as { id: string; ends_at: string };
    await tell();
    expect(await get(`/incidents/${ID}`)).toMatchObject({
      silenced: { kind: 'silence', id, until, by: 'mara', comment: 'racks' },
      notifications: [],
      not_told: [{ lane: 'all/hook', text: `silenced by ${id} until ${until} (mara: racks)` }],
    });
  });

  it('says so of a maintenance window, too', async () => {
    const east = incidentOf({ ...incident(), id: 'inc-east', scope: { kind: 'region', region: 'us-east' } });
    api.shelf.put('opened', east);
    await tell();
    expect(await get('/incidents/inc-east')).toMatchObject({
      silenced: { kind: 'maintenance', id: 'racks', until: expect.stringMatching(/T00:00:00.000Z$/) },
      not_told: [{ text: expect.stringMatching(/^in maintenance window racks until /) }],
    });
  });

  it('says why a receiver has not been told, and when it is tried again', async () => {
    hook.answer = status(503, {}, 'away');
    await tell();
    expect((await get(`/incidents/${ID}`)).notifications).toMatchObject([
      { status: 'waiting', error: expect.stringContaining('503'), due_at: expect.stringContaining('T') },
    ]);
  });

  it('is in the overview with who sees to it, without what stands behind it, which grows with the fleet', async () => {
    const sight = [{ region: 'eu-west', raised: ['a'], well: [], silent: [], noData: ['b'], leftOut: 0 }];
    api.shelf.put('updated', { ...incident(), evidence: { ...incident().evidence, sight } });
    const { incidents } = (await get('/overview')) as unknown as Overview;
    expect(incidents).toMatchObject([{ id: ID, acknowledged: null, told: { delivered: 0 } }]);
    expect(incidents[0]).not.toHaveProperty('evidence');
    expect(await get(`/incidents/${ID}`)).toMatchObject({
      evidence: { sight: [{ region: 'eu-west', raised: ['a'], no_data: ['b'], left_out: 0 }] },
    });
  });

  it('is told of in the stream when somebody sees to it, when it is kept quiet and when somebody was told', async () => {
    const steps: [cause: () => Promise<unknown>, seen: (data: Record<string, unknown>) => boolean][] = [
      [
        () => api.send('POST', `/api/v1/incidents/${ID}/ack`, { author: 'mara' }),
        ({ acknowledged }) => (acknowledged as { by: string } | null)?.by === 'mara',
      ],
      [() => tell(), ({ told }) => (told as { delivered: number }).delivered === 1],
      [
        () =>
          api.send('POST', '/api/v1/silences', { match: { region: 'eu-west' }, until: '1h', author: 'jo' }),
        ({ silenced }) => (silenced as { by: string } | null)?.by === 'jo',
      ],
    ];
    let at = -1;
    for await (const { data, event } of events()) {
      api.clock.nowMs += 1000;
      const isSeen =
        at < 0
          ? event === 'overview'
          : event === 'attention' && steps[at]?.[1](data as Record<string, unknown>);
      if (!isSeen) continue;
      at += 1;
      if (at === steps.length) break;
      await steps[at]?.[0]();
    }
    expect(at).toBe(steps.length);
  });

  it('is said to be over by whoever knows, which its timeline shows', async () => {
    const said = await api.send('POST', `/api/v1/incidents/${ID}/resolve`, {
      author: 'mara',
      comment: 'moved',
    });
    expect(said).toMatchObject({
      status: 202,
      body: { incident: ID, said: { by: 'mara', comment: 'moved' } },
    });
    const { timeline } = await get(`/incidents/${ID}`);
    expect(timeline).toMatchObject([{}, {}, { what: 'said to be over', text: 'by mara: moved' }]);
    for (const body of [{}, { author: '' }, { author: 'mara', as_normal: 'yes' }])
      expect((await api.send('POST', `/api/v1/incidents/${ID}/resolve`, body)).status).toBe(400);
  });
});

describe('a timeline', () => {
  const delivery = (more: Partial<Delivery>, receiver = 'hook'): Delivery => ({
    ...{ notice: noticeFor({ receiver }), status: 'delivered', createdMs: 1000, dueMs: 1000, attempts: 1 },
    ...{ error: '', doneMs: 2000 },
    ...more,
  });
  const of = (deliveries: readonly Delivery[], more = {}) =>
    timelineOf(incidentOf(more), { ack: undefined, resolution: undefined, deliveries });

  it('puts receivers that were told at the same time together, and says who was not and why', () => {
    const deliveries = [
      delivery({}),
      delivery({ doneMs: 3000 }, 'pager'),
      delivery({ status: 'failed', error: 'HTTP 403' }, 'mail'),
      delivery({ status: 'waiting', doneMs: null }, 'slack'),
    ];
    expect(of(deliveries).slice(0, 2)).toMatchObject([
      { what: 'told', text: 'opened: hook, pager' },
      { what: 'not told', text: 'opened: mail (HTTP 403)' },
    ]);
  });

  it('has its end, also of an incident whose own list was full', () => {
    const resolvedMs = incidentOf().detectedMs + 60_000;
    const timeline = [{ atMs: incidentOf().startedMs, what: 'began', text: '' }] as const;
    const over = { status: 'resolved', resolvedMs, evidence: { ...incidentOf().evidence, timeline } };
    expect(of([], over).map(({ what }) => what)).toEqual(['began', 'resolved']);
    expect(of([], { ...over, mergedInto: 'inc-7' }).at(-1)?.text).toBe('part of inc-7');
  });

  it('is no longer than a person can follow', () => {
    const most = API_LIMITS.timelineEntries.value;
    const many = Array.from({ length: most + 5 }, (_, i) => delivery({ doneMs: i * 20_000 }));
    expect(of(many)).toHaveLength(most);
  });
});
