import { expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { ok, status } from './http-receiver.ts';
import { describeNotifier } from './notifier-scene.ts';
import { settingsOf } from './running-notifier.ts';
import { HOUR, MINUTE, over, region } from './sights.ts';

describeNotifier('notifications to a receiver that fails', (scene) => {
  const { incident, start, pass, told } = scene;

  it('keep their order for an incident while a receiver is down, and leave out news that grew old', async () => {
    scene.hook.answer = status(503);
    const one = start({ settings: settingsOf({ remind_every: '5m' }) });
    scene.stage.put(incident());
    await pass(one);
    await pass(one, 6 * MINUTE);
    await pass(one, 6 * MINUTE);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one);
    scene.hook.answer = ok;
    scene.hook.received.length = 0;
    for (let i = 0; i < 8; i += 1) await pass(one, 5 * MINUTE);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.resolved inc-eu-west']);
    expect(one.receivers()[0]).toMatchObject({ delivered: 2, superseded: 2, waiting: 0 });
  });

  it('are queued for a receiver that is down up to `queue`; what is beyond is told when there is room, as it is then', async () => {
    scene.hook.answer = status(503);
    const many = NOTIFY_LIMITS.queue.value + 30;
    const one = start({ settings: settingsOf({ rate: 100, rate_within: '1m', flap_within: '0s' }) });
    for (let i = 0; i < many; i += 1) {
      scene.stage.put(incident(region(`r${i}`)));
      if (i % 90 === 89) await pass(one, 61_000);
    }
    await pass(one, 61_000);
    expect(one.receivers()[0]?.waiting).toBe(NOTIFY_LIMITS.queue.value);
    await pass(one, 61_000);
    expect(one.counters.deferred).toBeGreaterThan(0);
    // Of those that nobody was told of, one is over meanwhile: nobody need know.
    scene.stage.put(incident({ ...region(`r${many - 1}`), ...over(scene.stage.nowMs) }));
    scene.hook.answer = ok;
    scene.hook.received.length = 0;
    const openings = () => new Set(told().filter((one) => one.startsWith('incident.opened')));
    for (let i = 0; i < 200 && openings().size < many - 1; i += 1) await pass(one, 10_000);
    const opened = openings();
    expect(opened.has(`incident.opened inc-r${many - 1}`)).toBe(false);
    expect(opened.size).toBe(many - 1);
  }, 120_000);

  it('that a receiver missed because it was down for longer than ageMs are told anew, as things are then', async () => {
    scene.hook.answer = status(503);
    const one = start({ settings: settingsOf({ remind_every: '0s' }) });
    scene.stage.put(incident());
    for (let hours = 0; hours < NOTIFY_LIMITS.ageMs.value / HOUR + 1; hours += 0.5) await pass(one, HOUR / 2);
    expect(one.receivers()[0]).toMatchObject({ failed: 1 });
    scene.hook.answer = ok;
    scene.hook.received.length = 0;
    await pass(one, HOUR);
    await pass(one, MINUTE);
    expect(told()).toEqual(['incident.updated inc-eu-west']);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('that a receiver refuses are given up, shown, and counted', async () => {
    scene.hook.answer = status(400, {}, 'no such hook');
    const one = start();
    scene.stage.put(incident());
    await pass(one);
    await pass(one);
    const { deliveries } = await one.told('inc-eu-west');
    expect(deliveries).toMatchObject([{ status: 'failed', attempts: 1, error: 'HTTP 400: no such hook' }]);
    expect(one.receivers()[0]).toMatchObject({ failed: 1, waiting: 0 });
  });

  it('that take longer than an attempt may are cut, and what is under way at the end is left to the next', async () => {
    scene.hook.answer = () => undefined;
    const one = start({ attemptMs: 50 });
    scene.stage.put(incident());
    await pass(one);
    expect(one.receivers()[0]).toMatchObject({ retried: 1, waiting: 1 });
    const other = start();
    scene.stage.nowMs += MINUTE;
    await other.tick();
    const atMs = performance.now();
    await other.close();
    expect(performance.now() - atMs).toBeLessThan(NOTIFY_LIMITS.closeMs.value + 2000);
    expect(other.receivers()[0]).toMatchObject({ delivered: 0, failed: 0 });
    scene.hook.answer = ok;
    const last = start();
    await pass(last, MINUTE);
    expect(last.receivers()[0]).toMatchObject({ delivered: 1 });
  }, 20_000);

  it('go out though a receiver answers with half a character, or a silence cannot be read', async () => {
    await scene.store.insertRows('silences', [
      {
        id: 'odd',
        match: '{"moon":["full"]}',
        starts_at: scene.stage.nowMs - MINUTE,
        ends_at: scene.stage.nowMs + HOUR,
        author: 'a later version',
        created_at: scene.stage.nowMs,
        version: 1,
      },
    ]);
    // Cut anywhere, one of them is cut in two.
    scene.hook.answer = (response, i) =>
      i < 4 ? status(500, {}, `${'x'.repeat(i)}${'😀'.repeat(300)}`)(response) : ok(response);
    const one = start();
    scene.stage.put(incident());
    for (let i = 0; i < 8; i += 1) await pass(one, MINUTE);
    expect(one.counters.ticks_failed).toBe(0);
    expect((await one.told('inc-eu-west')).deliveries).toMatchObject([{ status: 'delivered', attempts: 5 }]);
  });
});
