/** `collector list` and `collector drain`, against collectors that are started as people start them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectorsOn, type Here, type Spawned } from '../../../collector/members/collectors.ts';
import { serverUnavailable } from '../../../support/clickhouse-server.ts';
import { outrider } from '../../../support/outrider.ts';
import { ScriptedAgent } from '../../../support/scripted-agent.ts';
import { openTestStore, type TestStore } from '../../../support/stores.ts';

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`two collectors${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let here: Here;
  let first: Spawned;
  let second: Spawned;

  beforeAll(async () => {
    test = await openTestStore('server');
    here = collectorsOn(test.server?.url ?? '');
    first = await here.spawn('c1');
    second = await here.spawn('c2');
  });
  afterAll(async () => {
    await here?.close();
    await test?.close();
  });

  it('are listed by either, as a table and as JSON', async () => {
    const table = await outrider('collector', 'list', '--collector', second.url);
    expect(table.stdout).toMatch(/^COLLECTOR +URL +STATE +AGENTS +DETECTS/);
    expect(table.stdout).toMatch(new RegExp(`c1 +${first.url} +active +0`));
    expect(table.stdout).toMatch(new RegExp(`c2 \\* +${second.url} +active +0`));
    const json = await outrider('collector', 'list', '--collector', first.url, '-o', 'json');
    const { data } = JSON.parse(json.stdout) as { data: unknown[] };
    expect(data).toMatchObject([
      { name: 'c1', here: true },
      { name: 'c2', here: false },
    ]);
  });

  it('drain: the command says how far that is, waits until it is done, and sums it up', async () => {
    const { agent } = await ScriptedAgent.join(first.url, { agent: 'a' });
    // It does not go before it is made to.
    const late = await outrider('collector', 'drain', '--collector', first.url, '--for', '1s');
    expect(late).toMatchObject({ code: 2, stdout: '' });
    expect(late.stderr).toContain('draining: 1 agents, 0 results to be committed');
    expect(late.stderr).toContain('Error: the collector is not drained after 1s');
    await agent.close();
    const done = await outrider('collector', 'drain', '--collector', first.url);
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(
      /^drained in [\d.]+ s: 1 agents have gone, 0 results were committed meanwhile/,
    );
    const json = await outrider('collector', 'drain', '--collector', first.url, '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ state: 'drained', agents: 0, queued_rows: 0 });
    const list = await outrider('collector', 'list', '--collector', second.url);
    expect(list.stdout).toMatch(/c1 +\S+ +drained/);
  });

  it('a drained collector stops at once on SIGTERM, and is not on the list any more', async () => {
    first.started.process.kill('SIGTERM');
    expect(await first.started.finished).toMatchObject({ code: 0 });
    const json = await outrider('collector', 'list', '--collector', second.url, '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ data: [{ name: 'c2' }] });
  });

  it('a collector lets its agents go on SIGTERM', async () => {
    const { agent } = await ScriptedAgent.join(second.url, { agent: 'b' });
    second.started.process.kill('SIGTERM');
    await agent.next('drain');
    await agent.close();
    expect(await second.started.finished).toMatchObject({ code: 0 });
  });
});

it('a wrong --advertise is a usage error', async () => {
  const { code, stderr } = await outrider('collector', 'start', '--port', '0', '--advertise', 'c1:7077');
  expect(code).toBe(64);
  expect(stderr).toContain('--advertise c1:7077 is not an http or https URL');
});
