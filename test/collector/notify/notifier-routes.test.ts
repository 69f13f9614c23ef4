import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { readRoutesFile } from '../../../collector/notify/routes-file.ts';
import { ok, status } from './http-receiver.ts';
import { type Body, describeNotifier } from './notifier-scene.ts';
import { settingsOf } from './running-notifier.ts';
import { MINUTE, over, region } from './sights.ts';

describeNotifier('notifications by their routes', (scene) => {
  const { incident, start, pass, told } = scene;

  it('go by the first route that matches, and on where that says so', async () => {
    const receivers = ['a', 'b', 'c'].map((name) => ({ name, type: 'webhook', url: { env: 'HOOK' } }));
    const settings = settingsOf({}, receivers, {
      routes: [
        { name: 'critical', match: { severity: 'critical' }, receivers: ['a'], continue: true },
        { name: 'labelled', match: { labels: { team: 'video' } }, receivers: ['b'] },
        { name: 'rest', receivers: ['c'] },
      ],
    });
    scene.stage.targets = [{ spec: { name: 'clip', url: 'http://x/', labels: { team: 'video' } } }];
    const one = start({ settings });
    scene.stage.put(incident());
    scene.stage.put(incident({ ...region('us-east'), severity: 'warning', target: 'other' }));
    await pass(one);
    const threads = scene.hook.json<Body>().map(({ notice }) => notice.thread);
    expect(threads.sort()).toEqual([
      'critical/a/inc-eu-west',
      'labelled/b/inc-eu-west',
      'rest/c/inc-us-east',
    ]);
  });

  it('of the command line are of every incident, each for itself, and of alarms about the model', async () => {
    const one = scene.stage.notifier(scene.store, { webhooks: [{ url: scene.hook.url, secret: 'k3y' }] });
    scene.running.push(one);
    for (let i = 0; i < 20; i += 1) scene.stage.put(incident(region(`r${i}`)));
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
    const events = scene.hook.json<Body>().map(({ event }) => event);
    expect(events.filter((event) => event === 'incident.opened')).toHaveLength(20);
    expect(events.filter((event) => event === 'calibration.drifted')).toHaveLength(
      NOTIFY_LIMITS.announcements.value,
    );
    expect(one.counters.dropped).toBe(3);
    expect(scene.hook.received[0]?.headers['x-outrider-signature']).toMatch(/^sha256=/);
  });

  it('are counted as going nowhere where no route takes an incident', async () => {
    const one = start({ settings: settingsOf({ match: { region: 'us-east' } }) });
    scene.stage.put(incident());
    await pass(one);
    expect([told(), one.counters.unrouted]).toEqual([[], 1]);
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one);
    expect(one.counters.unrouted).toBe(0);
  });

  it('of a route that the file has no more are told to their end; of a receiver that is gone they are given up', async () => {
    const receivers = ['a', 'b'].map((name) => ({ name, type: 'webhook', url: { env: 'HOOK' } }));
    const first = start({ settings: settingsOf({ name: 'old' }, receivers) });
    scene.stage.put(incident());
    await pass(first);
    scene.hook.answer = status(503);
    scene.stage.put(incident({ severity: 'warning' }));
    await pass(first, 3 * MINUTE);
    await pass(first);
    await first.close();
    scene.hook.answer = ok;
    scene.hook.received.length = 0;
    const second = start({ settings: settingsOf({ name: 'new' }, receivers.slice(0, 1)) });
    await pass(second, MINUTE);
    scene.stage.put(incident({ severity: 'warning', ...over(scene.stage.nowMs) }));
    await pass(second);
    await pass(second);
    const threads = scene.hook.json<Body>().map(({ event, notice }) => `${event} ${notice.thread}`);
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
    const one = start({ routesFile, settings: readRoutesFile(routesFile, { HOOK: scene.hook.url }) });
    const rereadMs = NOTIFY_LIMITS.rereadMs.value;
    scene.stage.put(incident());
    await pass(one);
    writeFileSync(routesFile, text('us-east').replace('"version":1', '"version":2'));
    scene.stage.put(incident(region('us-east')));
    await pass(one, rereadMs - 1);
    expect(one.counters.routes_stale).toBe(0);
    await pass(one, rereadMs);
    expect([told(), one.counters.routes_stale]).toEqual([['incident.opened inc-eu-west'], 1]);
    expect(scene.stage.logged.join('')).toContain('the routes cannot be used as they are now');
    writeFileSync(routesFile, text('us-east'));
    await pass(one, rereadMs);
    await pass(one, rereadMs);
    expect(told()).toEqual(['incident.opened inc-eu-west', 'incident.opened inc-us-east']);
    expect(one.counters.routes_stale).toBe(0);
    // Who was told by the route of before hears how that ended.
    scene.stage.put(incident(over(scene.stage.nowMs)));
    await pass(one, rereadMs);
    expect(told().at(-1)).toBe('incident.resolved inc-eu-west');
    expect(one.receivers()).toMatchObject([{ delivered: 3 }]);
    rmSync(routesFile);
    await pass(one, rereadMs);
    expect(one.counters.routes_stale).toBe(1);
    rmSync(scratch, { recursive: true });
  });
});
