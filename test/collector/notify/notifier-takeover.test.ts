import { expect, it } from 'vitest';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import { ok, status } from './http-receiver.ts';
import { describeNotifier, START } from './notifier-scene.ts';
import { HOUR, MINUTE, over, region } from './sights.ts';

describeNotifier('notifications of collectors that come and go', (scene) => {
  const { incident, start, pass, told, rows } = scene;

  it('are sent by nobody who does not hold the lease, and not any more by one that has lost it', async () => {
    scene.stage.lease = undefined;
    const one = start();
    scene.stage.put(incident());
    await pass(one);
    expect([told(), one.counters.telling]).toEqual([[], 0]);
    scene.stage.lease = 'detect/1';
    await scene.store.insertRows('fences', [{ collector: 'detect/1', refused_from: 1 }]);
    await pass(one);
    expect([told(), scene.stage.refused, one.counters.telling]).toEqual([[], ['detect/1'], 0]);
    expect(await rows('SELECT count() AS n FROM notifications')).toEqual([{ n: 0 }]);
  });

  it('go on with whoever detects next: what was told is not told again, what was not is', async () => {
    scene.hook.answer = (response, i) => (i === 0 ? ok(response) : status(503)(response));
    const first = start();
    scene.stage.put(incident());
    await pass(first);
    scene.stage.put(incident({ severity: 'warning' }));
    await pass(first, 3 * MINUTE);
    expect(told().at(-1)).toBe('incident.updated inc-eu-west');
    const key = scene.hook.received.at(-1)?.headers['idempotency-key'];
    await pass(first);
    await scene.store.insertRows('fences', [{ collector: 'detect/1', refused_from: 1 }]);
    scene.stage.lease = 'detect/2';
    scene.hook.answer = ok;
    const second = start();
    await pass(second, 5 * MINUTE);
    expect(told().slice(2)).toEqual(Array(told().length - 2).fill('incident.updated inc-eu-west'));
    expect(scene.hook.received.at(-1)?.headers['idempotency-key']).toBe(key);
    const before = scene.hook.received.length;
    await pass(second);
    expect(scene.hook.received).toHaveLength(before);
  });

  it('under way are cut when another collector sends from now on: nothing old comes behind what that sends', async () => {
    const cut: boolean[] = [];
    scene.hook.answer = (response) => void response.on('close', () => cut.push(!response.writableEnded));
    const first = start();
    scene.stage.put(incident());
    await first.tick();
    await expect.poll(() => scene.hook.received.length).toBe(1);
    scene.stage.lease = undefined;
    await first.tick();
    await first.idle();
    await expect.poll(() => cut).toEqual([true]);
    scene.hook.answer = ok;
    scene.stage.lease = 'detect/1';
    await pass(first);
    await pass(first);
    expect((await first.told('inc-eu-west')).deliveries).toMatchObject([
      { status: 'delivered', attempts: 1 },
    ]);
  });

  it('are sent again, under the same key, when it is not known any more whether they arrived', async () => {
    const first = start();
    scene.stage.put(incident());
    await first.tick();
    await first.idle();
    // It dies before it can write that it was delivered.
    const second = start();
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.opened inc-eu-west']);
    expect(new Set(scene.hook.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(scene.hook.received.map(({ body }) => body)).size).toBe(1);
  });

  it('tell of what happened while no collector was there: an incident that opened, and one that ended', async () => {
    const first = start();
    scene.stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    scene.stage.put(incident(over(scene.stage.nowMs)));
    scene.stage.put(incident({ ...region('us-east') }));
    const second = start();
    await pass(second, HOUR);
    expect(told().slice(1).sort()).toEqual(['incident.opened inc-us-east', 'incident.resolved inc-eu-west']);
  });

  it('tell the end of what detection has forgotten, as the store has it', async () => {
    const first = start();
    scene.stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    scene.stage.forget();
    const ended = incident({ ...over(scene.stage.nowMs), startedMs: START });
    await scene.store.insertRows('incidents', [incidentRow(ended, scene.stage.nowMs)]);
    const second = start();
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.resolved inc-eu-west']);
    await pass(second);
    await pass(second);
    expect(scene.hook.received).toHaveLength(2);
  });

  it('neither end nor begin anew where detection has not heard yet of what was told', async () => {
    const first = start();
    scene.stage.put(incident());
    await pass(first);
    await pass(first);
    await first.close();
    const known = incident({ startedMs: START });
    await scene.store.insertRows('incidents', [incidentRow(known, scene.stage.nowMs)]);
    scene.stage.forget();
    const second = start();
    await pass(second);
    await pass(second);
    scene.stage.put(known);
    await pass(second);
    expect(told()).toEqual(['incident.opened inc-eu-west']);
    scene.stage.put({ ...known, ...over(scene.stage.nowMs) });
    await pass(second);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
  });

  it('forget conversations that were over longer than keptMs when another collector takes up', async () => {
    const first = start();
    scene.stage.put(incident());
    await pass(first);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(first);
    await pass(first);
    const threads = async (one: LiveNotifier) => {
      scene.stage.logged.length = 0;
      await one.tick();
      return /"threads":(\d+)/.exec(scene.stage.logged.join(''))?.[1];
    };
    expect(await threads(start())).toBe('1');
    scene.stage.nowMs += NOTIFY_LIMITS.keptMs.value + MINUTE;
    expect(await threads(start())).toBe('0');
  });
});
