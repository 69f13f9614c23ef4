import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import { AGENT_PATH, SUBPROTOCOL } from '../../../protocol/frame.ts';
import { once, readExact } from '../../support/exact.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

let test: TestStore;
let link: LinkServer;
/** While it is not resolved, inserts wait. */
let gate: Promise<void>;
beforeEach(async () => {
  gate = Promise.resolve();
  test = await openTestStore('embedded');
  const { store } = test;
  link = await startLinkServer(store, {
    inserts: {
      shards: 1,
      life: () => Promise.resolve('one'),
      query: (sql, params) => store.query(sql, params),
      insertResults: async (block, options) => {
        await gate;
        await store.insertResults(block, options);
      },
    },
  });
});
afterEach(async () => {
  await link?.close();
  await test?.close();
});

const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    recordOf(from + index, { probe: 'drained', scheduledMs: Date.now() }),
  );

/** The answer to a request to upgrade that is refused. */
function refusal(url: string): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-protocol': SUBPROTOCOL,
    };
    request(`${url}${AGENT_PATH}`, { headers })
      .on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
      })
      .on('error', reject)
      .end();
  });
}

describe('a collector that is drained', () => {
  it('asks its agents to go, takes no others, and is done when all is committed', async () => {
    const store = Promise.withResolvers<void>();
    gate = store.promise;
    const names = ['drained-a', 'drained-b', 'drained-c'];
    const joined = await Promise.all(names.map((agent) => ScriptedAgent.join(link.url, { agent })));
    for (const { agent } of joined) agent.results('boot-1', records(1, 10));
    let done = false;
    const drained = link.ingest.drain().then(() => {
      done = true;
    });
    for (const { agent } of joined) {
      const { retryAfterMs } = await agent.next('drain');
      expect(retryAfterMs).toBeGreaterThanOrEqual(1000);
      expect(retryAfterMs).toBeLessThan(3000);
    }
    const { status, retryAfter } = await refusal(link.url);
    expect(status).toBe(503);
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    expect(link.ingest.counters.admissionsRefused).toBe(1);

    for (const { agent } of joined) agent.socket.close();
    await expect.poll(() => link.ingest.gauges().sessions).toBe(0);
    expect(done).toBe(false);
    store.resolve();
    await drained;
    expect(await readExact(test.store, 'drained')).toEqual(once(30));
    await link.ingest.drain();
  });

  it('acknowledges what is in flight before it lets an agent go', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'drained-a' });
    agent.results('boot-1', records(1, 10));
    const drained = link.ingest.drain();
    await agent.next('drain');
    await agent.acked(10);
    await agent.close();
    await drained;
  });

  it('ends the session of an agent that does not go', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'drained-a' });
    const drained = link.ingest.drain();
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.unavailable });
    await drained;
  });

  it('can be closed at any time: what is not committed by then was not acknowledged', async () => {
    const { agent } = await ScriptedAgent.join(link.url, { agent: 'drained-a' });
    agent.results('boot-1', records(1, 10));
    void link.ingest.drain();
    agent.socket.close();
    expect(await link.ingest.close()).toBe(true);
    expect(await link.ingest.close()).toBe(true);
    expect(await readExact(test.store, 'drained')).toEqual(once(10));
  });
});
