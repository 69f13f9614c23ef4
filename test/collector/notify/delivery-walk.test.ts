/** Days of trouble with receivers that fail, collectors that die and take over, a store that goes away and clocks that jump: what receivers are left with. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import type { Store } from '../../../collector/store/store.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { agentViews } from '../incidents/running-detection.ts';
import { type HttpReceiver, startReceiver } from './http-receiver.ts';
import { NotifyStage, settingsOf } from './running-notifier.ts';
import { HOUR, MINUTE } from './sights.ts';

const REGIONS = ['eu-west', 'us-east', 'ap-south'];
const START = Math.floor(Date.now() / HOUR) * HOUR;
const RECEIVERS = [
  { name: 'hook', type: 'webhook', url: { env: 'HOOK' } },
  { name: 'pager', type: 'pagerduty', url: { env: 'PAGER' }, routing_key: { env: 'PD' } },
];
const LAST = new Set(['incident.resolved', 'incident.merged', 'incident.no_data_closed']);

/** What was taken with a 2xx, in the order in which it came. */
class Taker {
  readonly taken: { body: string; key: string }[] = [];
  isUp = true;
  receiver: HttpReceiver | undefined;

  async start(random: Random): Promise<string> {
    const receiver = await startReceiver((response, i) => {
      const { body, headers } = receiver.received[i] as HttpReceiver['received'][number];
      const taken = { body, key: String(headers['idempotency-key']) };
      if (!this.isUp) return void response.writeHead(503).end();
      const luck = random.next();
      if (luck < 0.1) return void response.writeHead(429, { 'retry-after': '30' }).end();
      if (luck < 0.2) return void response.destroy();
      this.taken.push(taken);
      // It has it, and the answer does not come back.
      if (luck < 0.3) return void response.destroy();
      response.writeHead(202).end('{"status":"success"}');
    });
    this.receiver = receiver;
    return receiver.url;
  }
}

describe('whatever happens to receivers, collectors, store and clock', () => {
  let test: TestStore;
  let store: Store;
  const takers: Taker[] = [];
  beforeAll(async () => {
    test = await openTestStore('embedded');
    store = test.store;
  }, 60_000);
  afterEach(async () => {
    for (const { receiver } of takers.splice(0)) await receiver?.close();
  });
  afterAll(() => test?.close());

  it.each([1, 2])(
    'every conversation comes in order, whole, and ends as things are (seed %i)',
    async (seed) => {
      for (const table of ['notifications', 'silences', 'acknowledgements', 'incidents'])
        await store.command(`TRUNCATE TABLE ${table}`);
      const random = new Random(seed);
      const chance = (share: number) => random.chance(share);
      const [hook, pager] = [new Taker(), new Taker()];
      takers.push(hook, pager);
      const env = { HOOK: await hook.start(random), PAGER: await pager.start(random), PD: 'r0uting' };
      const stage = new NotifyStage(START);
      let isStoreUp = true;
      // Each collector has its own way to the store, which ends with it.
      const wayOf = (isThere: () => boolean): Pick<Store, 'query' | 'insertRows'> => ({
        query: (sql, params) => (isThere() ? store.query(sql, params) : Promise.reject(new Error('away'))),
        insertRows: (...given) =>
          isThere() ? store.insertRows(...given) : Promise.reject(new Error('away')),
      });
      let alive = 0;
      const settings = settingsOf({ flap_within: '5m', no_data_after: '2m' }, RECEIVERS);
      const begin = (): LiveNotifier => {
        alive += 1;
        const me = alive;
        const way = wayOf(() => isStoreUp && alive === me);
        return stage.notifier(way, { settings, env, random: () => random.next() });
      };
      let one = begin();
      const incidents = new Map<string, Incident>();
      const put = async (incident: Incident) => {
        incidents.set(incident.id, incident);
        stage.put(incident);
        await store.insertRows('incidents', [incidentRow(incident, START + incidents.size * 1000 + made)]);
        made += 1;
      };
      let made = 0;
      const dark = new Set<string>();
      const step = async (isCalm: boolean) => {
        const { nowMs } = stage;
        for (const region of REGIONS) {
          if (isCalm) dark.delete(region);
          else if (chance(0.03)) dark.has(region) ? dark.delete(region) : dark.add(region);
          const open = [...incidents.values()].find(
            ({ scope, status }) => status === 'open' && 'region' in scope && scope.region === region,
          );
          if (!open && !isCalm && chance(0.1))
            await put(
              incidentOf({
                id: `inc-${incidents.size}`,
                scope: { kind: 'region', region },
                startedMs: nowMs,
                detectedMs: nowMs,
              }),
            );
          else if (open && (isCalm || chance(0.1)))
            await put({ ...open, status: 'resolved', resolvedMs: nowMs });
          else if (open && chance(0.1))
            await put({ ...open, severity: open.severity === 'critical' ? 'warning' : 'critical' });
        }
        const wide = [...incidents.values()].find(
          ({ scope, status }) => status === 'open' && scope.kind === 'global',
        );
        if (!wide && !isCalm && chance(0.03))
          await put(
            incidentOf({
              id: `inc-${incidents.size}`,
              scope: { kind: 'global' },
              startedMs: nowMs,
              detectedMs: nowMs,
            }),
          );
        else if (wide && (isCalm || chance(0.1)))
          await put({ ...wide, status: 'resolved', resolvedMs: nowMs });
        else if (wide)
          for (const narrow of incidents.values())
            if (narrow !== wide && narrow.status === 'open' && chance(0.3))
              await put({ ...narrow, status: 'resolved', resolvedMs: nowMs, mergedInto: wide.id });
        stage.agents = agentViews(
          REGIONS.map((region) => ({
            id: `${region}-1`,
            region,
            state: dark.has(region) ? 'silent' : 'connected',
          })),
        );
      };
      for (let minute = 0; minute < 250; minute += 1) {
        await step(false);
        hook.isUp = isStoreUp = true;
        if (minute % 100 > 70) hook.isUp = false;
        pager.isUp = !(minute > 120 && minute < 180);
        isStoreUp = !chance(0.05);
        stage.nowMs += chance(0.01) ? -20 * MINUTE : MINUTE;
        await one.tick();
        if (chance(0.03)) {
          // Killed: nothing of what is under way is known any more. Detection has forgotten what is over.
          const killed = one;
          isStoreUp = true;
          stage.forget();
          for (const incident of incidents.values()) if (incident.status === 'open') stage.put(incident);
          one = begin();
          await killed.close();
        } else await one.idle();
      }
      [hook.isUp, pager.isUp, isStoreUp] = [true, true, true];
      for (let minute = 0; minute < 120; minute += 1) {
        await step(true);
        stage.nowMs += MINUTE;
        await one.tick();
        await one.idle();
      }
      await one.close();
      expect(one.receivers().map(({ failed, waiting }) => [failed, waiting])).toEqual([
        [0, 0],
        [0, 0],
      ]);

      interface Body {
        readonly event: string;
        readonly notice: { readonly id: string; readonly thread: string; readonly seq: number };
      }
      const threads = new Map<string, { seq: number; event: string }>();
      const bodies = new Map<string, string>();
      for (const { body, key } of hook.taken) {
        // One key, one body.
        expect(bodies.get(key) ?? body).toBe(body);
        bodies.set(key, body);
        const { event, notice } = JSON.parse(body) as Body;
        const last = threads.get(notice.thread);
        // Begins with its beginning, and never goes back, but for what is sent twice.
        if (!last) expect([event, notice.seq]).toEqual(['incident.opened', 1]);
        else expect(notice.seq).toBeGreaterThanOrEqual(last.seq);
        threads.set(notice.thread, { seq: notice.seq, event });
      }
      expect(threads.size).toBeGreaterThan(5);
      for (const [thread, { event }] of threads) expect([thread, LAST.has(event)]).toEqual([thread, true]);
      const alerts = new Map<string, string>();
      for (const { body } of pager.taken) {
        const { dedup_key, event_action } = JSON.parse(body) as { dedup_key: string; event_action: string };
        alerts.set(dedup_key, event_action);
      }
      expect(alerts.size).toBeGreaterThan(5);
      expect([...alerts.values()].filter((action) => action !== 'resolve')).toEqual([]);
    },
    120_000,
  );
});
