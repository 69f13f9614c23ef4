/** Tests of notifiers on both engines: one store for all of them, and for each test a stage and a webhook of its own. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import type { NotifierOptions } from '../../../collector/notify/start-notifier.ts';
import type { Store } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { type HttpReceiver, startReceiver } from './http-receiver.ts';
import { NotifyStage, settingsOf } from './running-notifier.ts';
import { HOUR, region } from './sights.ts';

/** What the webhook is sent. */
export interface Body {
  readonly event: string;
  readonly incident: { readonly id: string; readonly status: string };
  readonly notice: { readonly id: string; readonly thread: string; readonly seq: number };
}

/** An hour that is not long ago: rows have a time to live. */
export const START = Math.floor(Date.now() / HOUR) * HOUR;

/** Stage, webhook and notifiers are others in each test. */
interface NotifierScene {
  readonly store: Store;
  readonly stage: NotifyStage;
  readonly hook: HttpReceiver;
  /** Closed after the test. */
  readonly running: LiveNotifier[];
  /** In eu-west, begun 20 s ago and found now. */
  incident(more?: Partial<Incident>): Incident;
  /** One more notifier, of one route to the webhook; over this store, where that is another. */
  start(more?: Partial<NotifierOptions>, over?: Pick<Store, 'query' | 'insertRows'>): LiveNotifier;
  /** Time passes, and there is one look, and what it sends is sent. */
  pass(one: LiveNotifier, ms?: number): Promise<void>;
  /** What the webhook was told of which incident, in the order in which it came. */
  told(): string[];
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

export function describeNotifier(name: string, tests: (scene: NotifierScene) => void): void {
  describeEngines(name, (engine) => {
    let test: TestStore;
    let stage: NotifyStage;
    let hook: HttpReceiver;
    let running: LiveNotifier[];

    beforeAll(async () => {
      test = await openTestStore(engine);
    }, 60_000);
    afterAll(() => test?.close());
    beforeEach(async () => {
      for (const table of ['notifications', 'silences', 'acknowledgements', 'fences', 'incidents'])
        await test.store.command(`TRUNCATE TABLE ${table}`);
      stage = new NotifyStage(START);
      hook = await startReceiver();
      running = [];
    });
    afterEach(async () => {
      await Promise.all(running.map((one) => one.close()));
      await hook.close();
    });

    tests({
      get store() {
        return test.store;
      },
      get stage() {
        return stage;
      },
      get hook() {
        return hook;
      },
      get running() {
        return running;
      },
      incident: (more = {}) =>
        incidentOf({
          ...region('eu-west'),
          ...{ startedMs: stage.nowMs - 20_000, detectedMs: stage.nowMs },
          ...more,
        }),
      start: (more = {}, over = test.store) => {
        const settings = settingsOf({});
        const one = stage.notifier(over, { settings, env: { HOOK: hook.url, PD: 'r0uting' }, ...more });
        running.push(one);
        return one;
      },
      pass: async (one, ms = 1000) => {
        stage.nowMs += ms;
        await one.tick();
        await one.idle();
      },
      told: () => hook.json<Body>().map(({ event, incident: about }) => `${event} ${about.id}`),
      rows: (sql) => test.store.query(sql),
    });
  });
}
