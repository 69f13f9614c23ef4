import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import { readRoutesFile } from '../../../collector/notify/routes-file.ts';
import type { NotifierOptions } from '../../../collector/notify/start-notifier.ts';
import type { Store } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { agentViews } from '../incidents/running-detection.ts';
import { type HttpReceiver, ok, startReceiver, status } from './http-receiver.ts';
import { NotifyStage, settingsOf } from './running-notifier.ts';
import { HOUR, MINUTE, over, region } from './sights.ts';

interface Body {
  readonly event: string;
  readonly incident: { readonly id: string; readonly status: string };
  readonly notice: { readonly id: string; readonly thread: string; readonly seq: number };
}

/** An hour that is not long ago: rows have a time to live. */
const START = Math.floor(Date.now() / HOUR) * HOUR;

describeEngines('notifications', (engine) => {
  let test: TestStore;
  let store: Store;
  let stage: NotifyStage;
  let hook: HttpReceiver;
  let running: LiveNotifier[];

  beforeAll(async () => {
    test = await openTestStore(engine);
    store = test.store;
  }, 60_000);
  afterAll(() => test?.close());
  beforeEach(async () => {
    for (const table of ['notifications', 'silences', 'acknowledgements', 'fences', 'incidents'])
      await store.command(`TRUNCATE TABLE ${table}`);
    stage = new NotifyStage(START);
    hook = await startReceiver();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.close()));
    await hook.close();
  });

  const incident = (more: Partial<Incident> = {}): Incident =>
    incidentOf({ ...region('eu-west'), startedMs: stage.nowMs - 20_000, detectedMs: stage.nowMs, ...more });
  const start = (
    more: Partial<NotifierOptions> = {},
    over: Pick<Store, 'query' | 'insertRows'> = store,
  ): LiveNotifier => {
    const one = stage.notifier(over, {
      settings: settingsOf({}),
      env: { HOOK: hook.url, PD: 'r0uting' },
      ...more,
    });
    running.push(one);
    return one;
  };
  /** Time passes, and there is one look, and what it sends is sent. */
  const pass = async (one: LiveNotifier, ms = 1000): Promise<void> => {
    stage.nowMs += ms;
    await one.tick();
    await one.idle();
  };
  const told = () => hook.json<Body>().map(({ event, incident: about }) => `${event} ${about.id}`);
  const rows = (sql: string) => store.query<Record<string, unknown>>(sql);

  it('are written first and sent then, once each, and end as delivered', async () => {
    const one = start();
    stage.put(incident());
    await pass(one);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    await pass(one);
    await pass(one);
    expect(hook.received).toHaveLength(1);
    stage.put(incident(over(stage.nowMs)));
    await pass(one);
    await pass(one);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.resolved inc-eu-west']);
    const { deliveries } = await one.told('inc-eu-west');
    expect(deliveries.map(({ attempts, notice, status: state }) => [notice.event, state, attempts])).toEqual([
      ['incident.resolved', 'delivered', 1],
      ['incident.opened', 'delivered', 1],
    ]);
    expect(one.receivers()).toMatchObject([{ receiver: 'hook', delivered: 2, waiting: 0, failed: 0 }]);
    expect(one.counters).toMatchObject({ telling: 1, ticks_failed: 0 });
  });

  it('go on with whoever detects next: what was told is not told again, what was not is', async () => {
    hook.answer = (response, i) => (i === 0 ? ok(response) : status(503)(response));
    const first = start();
    stage.put(incident());
    await pass(first);
    stage.put(incident({ severity: 'warning' }));
    await pass(first, 3 * MINUTE);
    expect(told().at(-1)).toBe('incident.updated inc-eu-west');
    const key = hook.received.at(-1)?.headers['idempotency-key'];
    await pass(first);
    await store.insertRows('fences', [{ collector: 'detect/1', refused_from: 1 }]);
    stage.lease = 'detect/2';
    hook.answer = ok;
    const second = start();
    await pass(second, 5 * MINUTE);
    expect(told().slice(2)).toEqual(Array(told().length - 2).fill('incident.updated inc-eu-west'));
    expect(hook.received.at(-1)?.headers['idempotency-key']).toBe(key);
    const before = hook.received.length;
    await pass(second);
    expect(hook.received).toHaveLength(before);
  });

  it('are sent again, under the same key, when it is not known any more whether they arrived', async () => {
    const first = start();
    stage.put(incident());
    await first.tick();
    await first.idle();
    // It dies before it can write that it was delivered.
    const second = start();
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.opened inc-eu-west']);
    expect(new Set(hook.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
  });

  it('tell of what happened while no collector was there: an incident that opened, and one that ended', async () => {
    const first = start();
    stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    stage.put(incident(over(stage.nowMs)));
    stage.put(incident({ ...region('us-east') }));
    const second = start();
    await pass(second, HOUR);
    expect(told().slice(1).sort()).toEqual(['incident.opened inc-us-east', 'incident.resolved inc-eu-west']);
  });

  it('are sent by nobody who does not hold the lease, and not any more by one that has lost it', async () => {
    stage.lease = undefined;
    const one = start();
    stage.put(incident());
    await pass(one);
    expect([told(), one.counters.telling]).toEqual([[], 0]);
    stage.lease = 'detect/1';
    await store.insertRows('fences', [{ collector: 'detect/1', refused_from: 1 }]);
    await pass(one);
    expect([told(), stage.refused, one.counters.telling]).toEqual([[], ['detect/1'], 0]);
    expect(await rows('SELECT count() AS n FROM notifications')).toEqual([{ n: 0 }]);
  });

  it('wait while the store fails, and are then told as things are', async () => {
    let isAway = true;
    const flaky: Pick<Store, 'query' | 'insertRows'> = {
      query: (sql, params) => store.query(sql, params),
      insertRows: (...given) =>
        isAway ? Promise.reject(new Error('the store is away')) : store.insertRows(...given),
    };
    const one = start({}, flaky);
    stage.put(incident());
    await pass(one);
    await pass(one);
    expect([told(), one.counters.ticks_failed]).toEqual([[], 2]);
    isAway = false;
    await pass(one);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
  });

  it('keep their order for an incident while a receiver is down, and leave out news that grew old', async () => {
    hook.answer = status(503);
    const one = start({ settings: settingsOf({ remind_every: '5m' }) });
    stage.put(incident());
    await pass(one);
    await pass(one, 6 * MINUTE);
    await pass(one, 6 * MINUTE);
    stage.put(incident(over(stage.nowMs)));
    await pass(one);
    hook.answer = ok;
    hook.received.length = 0;
    for (let i = 0; i < 8; i += 1) await pass(one, 5 * MINUTE);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.resolved inc-eu-west']);
    expect(one.receivers()[0]).toMatchObject({ delivered: 2, superseded: 2, waiting: 0 });
  });

  it('are queued for a receiver that is down up to `queue`; what is beyond is told when there is room, as it is then', async () => {
    hook.answer = status(503);
    const many = NOTIFY_LIMITS.queue.value + 30;
    const one = start({ settings: settingsOf({ rate: 100, rate_within: '1m', flap_within: '0s' }) });
    for (let i = 0; i < many; i += 1) {
      stage.put(incident(region(`r${i}`)));
      if (i % 90 === 89) await pass(one, 61_000);
    }
    await pass(one, 61_000);
    expect(one.receivers()[0]?.waiting).toBe(NOTIFY_LIMITS.queue.value);
    await pass(one, 61_000);
    expect(one.counters.deferred).toBeGreaterThan(0);
    // Of those that nobody was told of, one is over meanwhile: nobody need know.
    stage.put(incident({ ...region(`r${many - 1}`), ...over(stage.nowMs) }));
    hook.answer = ok;
    hook.received.length = 0;
    const openings = () => new Set(told().filter((one) => one.startsWith('incident.opened')));
    for (let i = 0; i < 200 && openings().size < many - 1; i += 1) await pass(one, 10_000);
    const opened = openings();
    expect(opened.has(`incident.opened inc-r${many - 1}`)).toBe(false);
    expect(opened.size).toBe(many - 1);
  }, 120_000);

  it('that a receiver refuses are given up, shown, and counted', async () => {
    hook.answer = status(400, {}, 'no such hook');
    const one = start();
    stage.put(incident());
    await pass(one);
    await pass(one);
    const { deliveries } = await one.told('inc-eu-west');
    expect(deliveries).toMatchObject([{ status: 'failed', attempts: 1, error: 'HTTP 400: no such hook' }]);
    expect(one.receivers()[0]).toMatchObject({ failed: 1, waiting: 0 });
  });

  it('are kept back by a silence and by a window, and told when those end and it is still bad', async () => {
    const window = {
      name: 'night',
      match: { region: 'us-east' },
      start: new Date(START).toISOString().slice(0, 16),
      length: '30m',
    };
    const one = start({ settings: settingsOf({}, undefined, { maintenance: [window] }) });
    const endsMs = stage.nowMs + 2 * HOUR;
    const silence = await one.silences.add({
      match: { region: ['eu-west'] },
      endsMs,
      author: 'mara',
      comment: '',
    });
    stage.put(incident());
    stage.put(incident(region('us-east')));
    await pass(one);
    expect(told()).toEqual([]);
    expect((await one.told('inc-eu-west')).held).toEqual([{ lane: 'all/hook', by: `silence ${silence.id}` }]);
    expect((await one.told('inc-us-east')).held).toEqual([{ lane: 'all/hook', by: 'maintenance night' }]);
    expect(one.counters.silenced).toBe(2);
    await pass(one, 31 * MINUTE);
    expect(told()).toEqual(['incident.opened inc-us-east']);
    await one.silences.expire(silence.id, 'mara');
    await pass(one, NOTIFY_LIMITS.refreshMs.value);
    expect(told()).toContain('incident.opened inc-eu-west');
  });

  it('do not remind of what somebody sees to, whichever collector was told so', async () => {
    const one = start();
    stage.put(incident());
    await pass(one);
    await one.silences.acknowledge('inc-eu-west', 'mara', 'rolling back');
    await pass(one, 30 * MINUTE);
    expect(told().at(-1)).toBe('incident.acknowledged inc-eu-west');
    await pass(one, 3 * HOUR);
    expect(told()).toHaveLength(2);
  });

  it('say no data, and not resolved, when the whole fleet falls silent', async () => {
    const one = start();
    stage.put(incident());
    await pass(one);
    stage.agents = agentViews([
      { id: 'eu-west-1', region: 'eu-west', state: 'silent' },
      { id: 'us-east-1', region: 'us-east', state: 'silent' },
    ]);
    await pass(one);
    await pass(one, 4 * MINUTE);
    stage.put(incident(over(stage.nowMs)));
    await pass(one, 10 * MINUTE);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.no_data inc-eu-west']);
    stage.agents = agentViews([{ id: 'eu-west-1', region: 'eu-west', state: 'connected' }]);
    await pass(one);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('go by the first route that matches, and on where that says so', async () => {
    const receivers = ['a', 'b', 'c'].map((name) => ({ name, type: 'webhook', url: { env: 'HOOK' } }));
    const settings = settingsOf({}, receivers, {
      routes: [
        { name: 'critical', match: { severity: 'critical' }, receivers: ['a'], continue: true },
        { name: 'labelled', match: { labels: { team: 'video' } }, receivers: ['b'] },
        { name: 'rest', receivers: ['c'] },
      ],
    });
    stage.targets = [{ spec: { name: 'clip', url: 'http://x/', labels: { team: 'video' } } }];
    const one = start({ settings });
    stage.put(incident());
    stage.put(incident({ ...region('us-east'), severity: 'warning', target: 'other' }));
    await pass(one);
    const threads = hook.json<Body>().map(({ notice }) => notice.thread);
    expect(threads.sort()).toEqual([
      'critical/a/inc-eu-west',
      'labelled/b/inc-eu-west',
      'rest/c/inc-us-east',
    ]);
  });

  it('of the command line are of every incident, each for itself, and of alarms about the model', async () => {
    const one = stage.notifier(store, { webhooks: [{ url: hook.url, secret: 'k3y' }] });
    running.push(one);
    for (let i = 0; i < 20; i += 1) stage.put(incident(region(`r${i}`)));
    const alarm = {
      event: 'calibration.drifted',
      about: 'drift-1',
      isOver: false,
      summary: 'off',
      alarm: { id: 'drift-1' },
    };
    for (let i = 0; i < NOTIFY_LIMITS.announcements.value + 3; i += 1)
      one.announce({ ...alarm, about: `drift-${i}` });
    for (let i = 0; i < 60; i += 1) await pass(one);
    const events = hook.json<Body>().map(({ event }) => event);
    expect(events.filter((event) => event === 'incident.opened')).toHaveLength(20);
    expect(events.filter((event) => event === 'calibration.drifted')).toHaveLength(
      NOTIFY_LIMITS.announcements.value,
    );
    expect(one.counters.dropped).toBe(3);
    expect(hook.received[0]?.headers['x-outrider-signature']).toMatch(/^sha256=/);
  });

  it('are told again to Alertmanager while they last, and not any more when they are over', async () => {
    const am = [{ name: 'am', type: 'alertmanager', url: { env: 'HOOK' }, resend: '1m' }];
    const one = start({ settings: settingsOf({}, am) });
    stage.put(incident());
    await pass(one);
    await pass(one, MINUTE);
    await pass(one, MINUTE);
    await pass(one, 1000);
    expect(hook.received.length).toBeGreaterThanOrEqual(3);
    expect(one.receivers()[0]).toMatchObject({ delivered: 1 });
    expect(one.receivers()[0]?.resent).toBeGreaterThanOrEqual(2);
    stage.put(incident(over(stage.nowMs)));
    await pass(one);
    const sent = hook.received.length;
    await pass(one, 2 * MINUTE);
    await pass(one, 2 * MINUTE);
    expect(hook.received).toHaveLength(sent);
    const last = (JSON.parse(hook.received.at(-1)?.body ?? '[]') as { endsAt: string }[])[0];
    expect(Date.parse(last?.endsAt ?? '')).toBeLessThanOrEqual(stage.nowMs);
  });

  it('show nothing of addresses and secrets: not in the log, not in the store, not to people', async () => {
    hook.answer = status(500, {}, 'who asks for /hooks/t0psecret?key=hush ?');
    const receivers = [
      { name: 'hook', type: 'webhook', url: { env: 'HOOK' }, secret: { env: 'PD' } },
      { name: 'pd', type: 'pagerduty', url: { env: 'HOOK' }, routing_key: { env: 'PD' } },
      { name: 'chat', type: 'slack', url: { env: 'HOOK' } },
    ];
    const one = start({ settings: settingsOf({}, receivers) });
    stage.put(incident());
    await pass(one);
    await pass(one, HOUR);
    await pass(one, 7 * HOUR);
    await pass(one);
    expect(one.receivers().map(({ failed }) => failed)).toEqual([1, 1, 1]);
    const shown = [
      stage.logged.join(''),
      JSON.stringify(await rows('SELECT * FROM notifications')),
      JSON.stringify([await one.told('inc-eu-west'), one.receivers(), one.counters]),
    ].join('\n');
    expect(shown).toContain('HTTP 500');
    expect(shown).not.toMatch(/t0psecret|hush|r0uting/);
  });

  it('that take longer than an attempt may are cut, and what is under way at the end is left to the next', async () => {
    hook.answer = () => undefined;
    const one = start({ attemptMs: 50 });
    stage.put(incident());
    await pass(one);
    expect(one.receivers()[0]).toMatchObject({ retried: 1, waiting: 1 });
    const other = start();
    stage.nowMs += MINUTE;
    await other.tick();
    const atMs = performance.now();
    await other.close();
    expect(performance.now() - atMs).toBeLessThan(NOTIFY_LIMITS.closeMs.value + 2000);
    expect(other.receivers()[0]).toMatchObject({ delivered: 0, failed: 0 });
    hook.answer = ok;
    const last = start();
    await pass(last, MINUTE);
    expect(last.receivers()[0]).toMatchObject({ delivered: 1 });
  }, 20_000);

  it('forget conversations that were over longer than keptMs when another collector takes up', async () => {
    const first = start();
    stage.put(incident());
    await pass(first);
    stage.put(incident(over(stage.nowMs)));
    await pass(first);
    await pass(first);
    const threads = async (one: LiveNotifier) => {
      stage.logged.length = 0;
      await one.tick();
      return /"threads":(\d+)/.exec(stage.logged.join(''))?.[1];
    };
    expect(await threads(start())).toBe('1');
    stage.nowMs += NOTIFY_LIMITS.keptMs.value + MINUTE;
    expect(await threads(start())).toBe('0');
  });

  it('never look twice at once, at most every tickMs by themselves, and at once when detection says something', async () => {
    const one = start({ tickMs: NOTIFY_LIMITS.tickMs.value });
    await Promise.all([one.tick(), one.tick(), one.tick()]);
    expect(one.counters.ticks).toBe(1);
    const { ticks } = one.counters;
    stage.incidents.apply({ kind: 'opened', incident: incident() });
    await one.tick();
    await one.idle();
    expect(one.counters.ticks).toBe(ticks + 1);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    await one.close();
    await one.tick();
    expect(one.counters.ticks).toBe(ticks + 1);
  });

  it('tell the end of what detection has forgotten, as the store has it', async () => {
    const first = start();
    stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    stage.forget();
    const ended = incident({ ...over(stage.nowMs), startedMs: START });
    await store.insertRows('incidents', [incidentRow(ended, stage.nowMs)]);
    const second = start();
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.resolved inc-eu-west']);
    await pass(second);
    await pass(second);
    expect(hook.received).toHaveLength(2);
  });

  it('neither end nor begin anew where detection has not heard yet of what was told', async () => {
    const first = start();
    stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    const known = incident({ startedMs: START });
    await store.insertRows('incidents', [incidentRow(known, stage.nowMs)]);
    stage.forget();
    const second = start();
    await pass(second);
    await pass(second);
    stage.put(known);
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    stage.put({ ...known, ...over(stage.nowMs) });
    await pass(second);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('of a route that the file has no more are told to their end; of a receiver that is gone they are given up', async () => {
    const receivers = ['a', 'b'].map((name) => ({ name, type: 'webhook', url: { env: 'HOOK' } }));
    const first = start({ settings: settingsOf({ name: 'old' }, receivers) });
    stage.put(incident());
    await pass(first);
    hook.answer = status(503);
    stage.put(incident({ severity: 'warning' }));
    await pass(first, 3 * MINUTE);
    await pass(first);
    await first.close();
    hook.answer = ok;
    hook.received.length = 0;
    const second = start({ settings: settingsOf({ name: 'new' }, receivers.slice(0, 1)) });
    await pass(second, MINUTE);
    stage.put(incident({ severity: 'warning', ...over(stage.nowMs) }));
    await pass(second);
    await pass(second);
    const threads = hook.json<Body>().map(({ event, notice }) => `${event} ${notice.thread}`);
    expect(threads.sort()).toEqual([
      'incident.opened new/a/inc-eu-west',
      'incident.resolved new/a/inc-eu-west',
      'incident.resolved old/a/inc-eu-west',
      'incident.updated old/a/inc-eu-west',
    ]);
    const { deliveries } = await second.told('inc-eu-west');
    expect(deliveries.filter(({ status: state }) => state === 'failed')).toMatchObject([
      { notice: { receiver: 'b' }, error: 'the routes have no such receiver any more' },
    ]);
    expect(second.counters.dropped).toBe(1);
  });

  it('go out though a receiver answers with half a character, or a silence cannot be read', async () => {
    await store.insertRows('silences', [
      {
        id: 'odd',
        match: '{"moon":["full"]}',
        starts_at: stage.nowMs - MINUTE,
        ends_at: stage.nowMs + HOUR,
        author: 'a later version',
        created_at: stage.nowMs,
        version: 1,
      },
    ]);
    // Cut anywhere, one of them is cut in two.
    hook.answer = (response, i) =>
      i < 4 ? status(500, {}, `${'x'.repeat(i)}${'😀'.repeat(300)}`)(response) : ok(response);
    const one = start();
    stage.put(incident());
    for (let i = 0; i < 8; i += 1) await pass(one, MINUTE);
    expect(one.counters.ticks_failed).toBe(0);
    expect((await one.told('inc-eu-west')).deliveries).toMatchObject([{ status: 'delivered', attempts: 5 }]);
  });

  it('under way are cut when another collector sends from now on: nothing old comes behind what that sends', async () => {
    const cut: boolean[] = [];
    hook.answer = (response) => void response.on('close', () => cut.push(!response.writableEnded));
    const first = start();
    stage.put(incident());
    await first.tick();
    await expect.poll(() => hook.received.length).toBe(1);
    stage.lease = undefined;
    await first.tick();
    await first.idle();
    await expect.poll(() => cut).toEqual([true]);
    hook.answer = ok;
    stage.lease = 'detect/1';
    await pass(first);
    await pass(first);
    expect((await first.told('inc-eu-west')).deliveries).toMatchObject([
      { status: 'delivered', attempts: 1 },
    ]);
  });

  it('that a receiver missed because it was down for longer than ageMs are told anew, as things are then', async () => {
    hook.answer = status(503);
    const one = start({ settings: settingsOf({ remind_every: '0s' }) });
    stage.put(incident());
    for (let hours = 0; hours < NOTIFY_LIMITS.ageMs.value / HOUR + 1; hours += 0.5) await pass(one, HOUR / 2);
    expect(one.receivers()[0]).toMatchObject({ failed: 1 });
    hook.answer = ok;
    hook.received.length = 0;
    await pass(one, HOUR);
    await pass(one, MINUTE);
    expect(told()).toEqual(['incident.updated inc-eu-west']);
    stage.put(incident(over(stage.nowMs)));
    await pass(one);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('are counted as going nowhere where no route takes an incident', async () => {
    const one = start({ settings: settingsOf({ match: { region: 'us-east' } }) });
    stage.put(incident());
    await pass(one);
    expect([told(), one.counters.unrouted]).toEqual([[], 1]);
    stage.put(incident(over(stage.nowMs)));
    await pass(one);
    expect(one.counters.unrouted).toBe(0);
  });

  it('hear what people say though the clock was set back by an hour', async () => {
    const one = start();
    stage.put(incident());
    await pass(one);
    stage.nowMs -= HOUR;
    await one.silences.acknowledge('inc-eu-west', 'mara', '');
    await pass(one);
    expect(told().at(-1)).toBe('incident.acknowledged inc-eu-west');
    const endsMs = stage.nowMs + 2 * HOUR;
    const silence = await one.silences.add({ match: { region: ['x'] }, endsMs, author: 'mara', comment: '' });
    stage.nowMs -= HOUR;
    await one.silences.expire(silence.id, 'jo');
    expect(await one.silences.get(silence.id)).toMatchObject({ expiredBy: 'jo', endsMs: stage.nowMs });
  });

  it('go by the file as it is: one that is mended is taken, one that is broken changes nothing and is said', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'outrider-reread-'));
    const routesFile = join(scratch, 'routes.yaml');
    const text = (region: string) =>
      JSON.stringify({
        version: 1,
        receivers: [{ name: 'hook', type: 'webhook', url: { env: 'HOOK' } }],
        routes: [{ name: region, match: { region }, receivers: ['hook'] }],
      });
    writeFileSync(routesFile, text('eu-west'));
    const one = start({ routesFile, settings: readRoutesFile(routesFile, { HOOK: hook.url }) });
    const rereadMs = NOTIFY_LIMITS.rereadMs.value;
    stage.put(incident());
    await pass(one);
    writeFileSync(routesFile, text('us-east').replace('"version":1', '"version":2'));
    stage.put(incident(region('us-east')));
    await pass(one, rereadMs - 1);
    expect(one.counters.routes_stale).toBe(0);
    await pass(one, rereadMs);
    expect([told(), one.counters.routes_stale]).toEqual([['incident.opened inc-eu-west'], 1]);
    expect(stage.logged.join('')).toContain('the routes cannot be used as they are now');
    writeFileSync(routesFile, text('us-east'));
    await pass(one, rereadMs);
    await pass(one, rereadMs);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.opened inc-us-east']);
    expect(one.counters.routes_stale).toBe(0);
    // Who was told by the route of before hears how that ended.
    stage.put(incident(over(stage.nowMs)));
    await pass(one, rereadMs);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
    expect(one.receivers()).toMatchObject([{ delivered: 3 }]);
    rmSync(routesFile);
    await pass(one, rereadMs);
    expect(one.counters.routes_stale).toBe(1);
    rmSync(scratch, { recursive: true });
  });
});
