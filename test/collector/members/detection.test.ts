/** Collectors in processes of their own, of which one detects: when it dies or stops, another goes on. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { counter, insert } from '../incidents/running-detection.ts';
import { collectorsOn, type Here, type Spawned } from './collectors.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`detection by one of several${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let here: Here;
  let receiver: Server;
  let stopFleet: (() => Promise<void>) | undefined;
  /** What webhooks said: which event of which incident, by its key. One that is killed may have sent what is sent again. */
  let told: Map<string, string>;

  beforeAll(async () => {
    test = await openTestStore('server');
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    for (const table of ['results', 'incidents', 'detector_state', 'collectors'])
      await test.store.command(`TRUNCATE TABLE ${table}`);
    told = new Map();
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { event, incident } = JSON.parse(body) as { event: string; incident: { scope: string } };
        told.set(String(request.headers['idempotency-key']), `${event} ${incident.scope}`);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    here = collectorsOn(test.server?.url ?? '');
  });
  afterEach(async () => {
    await stopFleet?.();
    stopFleet = undefined;
    await here.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  const webhook = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

  interface Listed {
    readonly name: string;
    readonly detects: boolean;
  }
  const get = async <T>(one: Spawned, path: string): Promise<T[]> => {
    const answer = await fetch(`${one.url}/api/v1/${path}`, { signal: AbortSignal.timeout(3000) });
    return ((await answer.json()) as { data: T[] }).data;
  };
  const holder = async (one: Spawned) =>
    (await get<Listed>(one, 'collectors')).find(({ detects }) => detects)?.name;
  const incidents = (one: Spawned) => get<{ id: string; scope: string; status: string }>(one, 'incidents');

  /** Two, of which the first detects. */
  async function two(): Promise<readonly [Spawned, Spawned]> {
    const first = await here.spawn('c1', 0, ['--webhook', webhook()]);
    await expect.poll(() => holder(first), { timeout: 10_000 }).toBe('c1');
    return [first, await here.spawn('c2', 0, ['--webhook', webhook()])];
  }

  /**
   * A fleet, of which one region has become bad half a minute ago; its results come on as they are due, until the function that
   * this gives is called.
   */
  async function faultyFleet(): Promise<() => Promise<void>> {
    const { observations } = syntheticFleet({
      seed: 1,
      startMs: Date.now() - 90_000,
      lengthMs: 200_000,
      faults: [{ kind: 'latency', value: 400, atMs: 60_000, lengthMs: 1e9, region: 'eu-west' }],
    });
    const nextSeq = counter();
    let seenMs = 0;
    const bring = async () => {
      const nowMs = Date.now();
      const due = observations.filter((run) => run.seenMs > seenMs && run.seenMs <= nowMs);
      seenMs = nowMs;
      if (due.length > 0) await insert(test.store, due, nextSeq);
    };
    await bring();
    let bringing = Promise.resolve();
    const timer = setInterval(() => {
      bringing = bringing.then(bring);
    }, 500);
    return async () => {
      clearInterval(timer);
      await bringing;
    };
  }

  it.each([
    ['was killed', 'SIGKILL'],
    ['has stopped', 'SIGSTOP'],
  ] as const)(
    'goes on within seconds when the one that detects %s, and one fault is one incident',
    async (_, signal) => {
      stopFleet = await faultyFleet();
      const [first, second] = await two();
      await expect
        .poll(() => incidents(second), { timeout: 30_000 })
        .toMatchObject([{ scope: 'region:eu-west', status: 'open' }]);
      const [opened] = await incidents(second);
      expect(await incidents(first)).toMatchObject([{ id: opened?.id }]);

      const atMs = performance.now();
      process.kill(first.pid, signal);
      await expect.poll(() => holder(second), { timeout: 20_000, interval: 100 }).toBe('c2');
      expect(performance.now() - atMs).toBeLessThan(13_000);
      const judging = async () =>
        (await (await fetch(`${second.url}/metrics`)).text()).includes('outrider_detection_judging 1');
      await expect.poll(judging, { timeout: 10_000 }).toBe(true);

      if (signal === 'SIGSTOP') {
        process.kill(first.pid, 'SIGCONT');
        await expect.poll(() => get<Listed>(second, 'collectors'), { timeout: 15_000 }).toHaveLength(2);
      }
      await new Promise((resolve) => setTimeout(resolve, 5000));
      expect((await incidents(second)).filter(({ scope }) => scope === 'region:eu-west')).toMatchObject([
        { id: opened?.id },
      ]);
      const begun = [...told.values()].filter((event) => event === 'incident.opened region:eu-west');
      expect(begun).toHaveLength(1);
      expect(await holder(second)).toBe('c2');
    },
    90_000,
  );
});
