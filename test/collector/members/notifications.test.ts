/** Collectors in processes of their own: what one was about to tell when it died, another tells. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { type HttpReceiver, ok, startReceiver, status } from '../notify/http-receiver.ts';
import { collectorsOn, type Here } from './collectors.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`notifications of several${unavailable ? ` (${unavailable})` : ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-routes-'));
  let test: TestStore;
  let here: Here;
  let hook: HttpReceiver;
  beforeAll(async () => {
    test = await openTestStore('server');
    here = collectorsOn(test.server?.url ?? '');
    hook = await startReceiver(status(503));
  }, 60_000);
  afterAll(async () => {
    await here?.close();
    await hook?.close();
    await test?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('go on with the next collector, under the same key, when the one that tells is killed; and it is asked for none twice', async () => {
    const [url, routes] = [join(scratch, 'url'), join(scratch, 'routes.yaml')];
    writeFileSync(url, hook.url);
    writeFileSync(
      routes,
      JSON.stringify({
        version: 1,
        receivers: [{ name: 'hook', type: 'webhook', url: { file: url } }],
        routes: [{ name: 'all', receivers: ['hook'] }],
      }),
    );
    const nowMs = Date.now();
    const incident = incidentOf({ startedMs: nowMs - 30_000, detectedMs: nowMs - 10_000 });
    await test.store.insertRows('incidents', [incidentRow(incident, nowMs)]);
    const first = await here.spawn('c1', 0, ['--routes', routes]);
    await expect.poll(() => hook.received.length, { timeout: 30_000 }).toBeGreaterThan(0);
    const second = await here.spawn('c2', 0, ['--routes', routes]);
    process.kill(first.pid, 'SIGKILL');
    await first.started.finished;
    hook.received.length = 0;
    hook.answer = ok;
    await expect.poll(() => hook.received.length, { timeout: 60_000 }).toBe(1);
    const [request] = hook.received;
    expect(request?.headers).toMatchObject({
      'x-outrider-event': 'incident.opened',
      'idempotency-key': `all/hook/${incident.id}#1`,
    });
    const shown = async () => {
      const answer = await fetch(`${second.url}/api/v1/incidents/${incident.id}`);
      return (await answer.json()) as { notifications: { status: string; attempts: number }[] };
    };
    await expect
      .poll(shown, { timeout: 10_000 })
      .toMatchObject({ notifications: [{ event: 'incident.opened', status: 'delivered' }] });
    expect(hook.received).toHaveLength(1);
    const { started } = second;
    started.process.kill('SIGTERM');
    const { stderr } = await started.finished;
    expect(stderr).not.toMatch(/t0psecret|hush/);
  }, 120_000);
});
