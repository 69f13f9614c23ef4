import { expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { Store } from '../../../collector/store/store.ts';
import { agentViews } from '../incidents/running-detection.ts';
import { status } from './http-receiver.ts';
import { describeNotifier, START } from './notifier-scene.ts';
import { settingsOf } from './running-notifier.ts';
import { HOUR, MINUTE, over, region } from './sights.ts';

describeNotifier('notifications', (scene) => {
  const { incident, start, pass, told, rows } = scene;

  it('are written first and sent then, once each, and end as delivered', async () => {
    const one = start();
    scene.stage.put(incident());
    await pass(one);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    await pass(one);
    await pass(one);
    expect(scene.hook.received).toHaveLength(1);
    scene.stage.put(incident(over(scene.stage.nowMs)));
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

  it('never look twice at once, at most every tickMs by themselves, and at once when detection says something', async () => {
    const one = start({ tickMs: NOTIFY_LIMITS.tickMs.value });
    await Promise.all([one.tick(), one.tick(), one.tick()]);
    expect(one.counters.ticks).toBe(1);
    const { ticks } = one.counters;
    scene.stage.incidents.apply({ kind: 'opened', incident: incident() });
    await one.tick();
    await one.idle();
    expect(one.counters.ticks).toBe(ticks + 1);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    await one.close();
    await one.tick();
    expect(one.counters.ticks).toBe(ticks + 1);
  });

  it('wait while the store fails, and are then told as things are', async () => {
    let isAway = true;
    const flaky: Pick<Store, 'query' | 'insertRows'> = {
      query: (sql, params) => scene.store.query(sql, params),
      insertRows: (...given) =>
        isAway ? Promise.reject(new Error('the store is away')) : scene.store.insertRows(...given),
    };
    const one = start({}, flaky);
    scene.stage.put(incident());
    await pass(one);
    await pass(one);
    expect([told(), one.counters.ticks_failed]).toEqual([[], 2]);
    isAway = false;
    await pass(one);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
  });

  it('say no data, and not resolved, when the whole fleet falls silent', async () => {
    const one = start();
    scene.stage.put(incident());
    await pass(one);
    scene.stage.agents = agentViews([
      { id: 'eu-west-1', region: 'eu-west', state: 'silent' },
      { id: 'us-east-1', region: 'us-east', state: 'silent' },
    ]);
    await pass(one);
    await pass(one, 4 * MINUTE);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one, 10 * MINUTE);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.no_data inc-eu-west']);
    scene.stage.agents = agentViews([{ id: 'eu-west-1', region: 'eu-west', state: 'connected' }]);
    await pass(one);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('are told again to Alertmanager while they last, and not any more when they are over', async () => {
    const am = [{ name: 'am', type: 'alertmanager', url: { env: 'HOOK' }, resend: '1m' }];
    const one = start({ settings: settingsOf({}, am) });
    scene.stage.put(incident());
    await pass(one);
    await pass(one, MINUTE);
    await pass(one, MINUTE);
    await pass(one, 1000);
    expect(scene.hook.received.length).toBeGreaterThanOrEqual(3);
    expect(one.receivers()[0]).toMatchObject({ delivered: 1 });
    expect(one.receivers()[0]?.resent).toBeGreaterThanOrEqual(2);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one);
    const sent = scene.hook.received.length;
    await pass(one, 2 * MINUTE);
    await pass(one, 2 * MINUTE);
    expect(scene.hook.received).toHaveLength(sent);
    const last = (JSON.parse(scene.hook.received.at(-1)?.body ?? '[]') as { endsAt: string }[])[0];
    expect(Date.parse(last?.endsAt ?? '')).toBeLessThanOrEqual(scene.stage.nowMs);
  });

  it('show nothing of addresses and secrets: not in the log, not in the store, not to people', async () => {
    scene.hook.answer = status(500, {}, 'who asks for /hooks/t0psecret?key=hush ?');
    const receivers = [
      { name: 'hook', type: 'webhook', url: { env: 'HOOK' }, secret: { env: 'PD' } },
      { name: 'pd', type: 'pagerduty', url: { env: 'HOOK' }, routing_key: { env: 'PD' } },
      { name: 'chat', type: 'slack', url: { env: 'HOOK' } },
    ];
    const one = start({ settings: settingsOf({}, receivers) });
    scene.stage.put(incident());
    await pass(one);
    await pass(one, HOUR);
    await pass(one, 7 * HOUR);
    await pass(one);
    expect(one.receivers().map(({ failed }) => failed)).toEqual([1, 1, 1]);
    const shown = [
      scene.stage.logged.join(''),
      JSON.stringify(await rows('SELECT * FROM notifications')),
      JSON.stringify([await one.told('inc-eu-west'), one.receivers(), one.counters]),
    ].join('\n');
    expect(shown).toContain('HTTP 500');
    expect(shown).not.toMatch(/t0psecret|hush|r0uting/);
  });

  it('are kept back by a silence and by a window, and told when those end and it is still bad', async () => {
    const window = {
      name: 'night',
      match: { region: 'us-east' },
      start: new Date(START).toISOString().slice(0, 16),
      length: '30m',
    };
    const one = start({ settings: settingsOf({}, undefined, { maintenance: [window] }) });
    const endsMs = scene.stage.nowMs + 2 * HOUR;
    const silence = await one.silences.add({
      match: { region: ['eu-west'] },
      endsMs,
      author: 'mara',
      comment: '',
    });
    scene.stage.put(incident());
    scene.stage.put(incident(region('us-east')));
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
    scene.stage.put(incident());
    await pass(one);
    await one.silences.acknowledge('inc-eu-west', 'mara', 'rolling back');
    await pass(one, 30 * MINUTE);
    expect(told().at(-1)).toBe('incident.acknowledged inc-eu-west');
    await pass(one, 3 * HOUR);
    expect(told()).toHaveLength(2);
  });

  it('hear what people say though the clock was set back by an hour', async () => {
    const one = start();
    scene.stage.put(incident());
    await pass(one);
    scene.stage.nowMs -= HOUR;
    await one.silences.acknowledge('inc-eu-west', 'mara', '');
    await pass(one);
    expect(told().at(-1)).toBe('incident.acknowledged inc-eu-west');
    const endsMs = scene.stage.nowMs + 2 * HOUR;
    const silence = await one.silences.add({ match: { region: ['x'] }, endsMs, author: 'mara', comment: '' });
    scene.stage.nowMs -= HOUR;
    await one.silences.expire(silence.id, 'jo');
    expect(await one.silences.get(silence.id)).toMatchObject({ expiredBy: 'jo', endsMs: scene.stage.nowMs });
  });
});
