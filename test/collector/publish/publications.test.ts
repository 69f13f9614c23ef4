import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PUBLICATION_LIMITS } from '../../../collector/publish/limits.ts';
import { Publications } from '../../../collector/publish/publications.ts';
import type { Registry } from '../../../collector/registry/registry.ts';
import type { WatchReport } from '../../../probes/watch-order.ts';
import type { RunNow, WatchRequest } from '../../../protocol/frame.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { type LinkServer, REAL_CLOCK, startLinkServer } from '../../support/link-server.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

/** What is left for watchers of an order that takes `LEAST_MS` and this. */
const LEAST_MS = PUBLICATION_LIMITS.reportMs.value + PUBLICATION_LIMITS.answerMs.value;

let test: TestStore;
let server: LinkServer;
const agents: ScriptedAgent[] = [];

beforeEach(async () => {
  test = await openTestStore('embedded');
  server = await startLinkServer(test.store);
  await server.registry.apply({
    version: 1,
    targets: [{ name: 'clip', url: 'http://video.example/' }],
    probes: [
      { name: 'post', type: 'http', targets: ['clip'], every: '1m', timeout: '30s', from: { agent: ['up'] } },
    ],
  });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.socket.terminate();
  await server.close();
  await test.close();
});

async function join(agent: string, region: string, boot = 'boot-1') {
  const joined = await ScriptedAgent.join(server.url, { agent, boot, labels: labelsOf(region) });
  agents.push(joined.agent);
  return joined.agent;
}

function request(run: string, regions: readonly string[], watchMs = 3000): WatchRequest {
  const nowMs = Date.now();
  return {
    ...{ type: 'watch_request', run, probe: 'post', target: 'clip' },
    watch: {
      playUrls: ['http://video.example/play/1'],
      ...{ sinceWallMs: nowMs - 100, pollMs: 500, untilWallMs: nowMs + LEAST_MS + watchMs },
      cmcd: 'off',
    },
    from: regions.map((region) => ({ region: [region] })),
  };
}

/** What a watcher delivers. */
function outcome(asked: RunNow, more: Partial<ResultRecord>): ResultRecord {
  const { probe, type, target } = asked.assignment;
  return recordOf(1, {
    ...{ probe, type, target: target.name, scheduledMs: Date.now(), trigger: 'publish' },
    ...{ requestId: asked.requestId, metrics: {}, attributes: { publish_run: asked.requestId } },
    ...more,
  });
}

const seen = (visible: number) => ({ metrics: { publish_visible_ms: visible, publish_poll_ms: 510 } });
const visibility = () =>
  test.store.query(
    'SELECT publish_run, region, agent, outcome, visible_ms, missed_reason FROM publish_visibility ORDER BY publish_run, region',
  );
const rowCount = async () => (await test.store.query('SELECT 1 FROM results')).length;
const missed = (reports: readonly WatchReport[]) =>
  reports.map((report) => ('missed' in report ? report.missed : report.visibleMs));

describe('a publication', () => {
  it('is watched for by one agent of each region, and the uploader hears what they saw', async () => {
    const [up, eu, us, ap] = [
      await join('up', 'eu-west'),
      await join('eu-2', 'eu-west'),
      await join('us-1', 'us-east'),
      await join('ap-1', 'ap-south'),
    ];
    const asking = request('u1', ['eu-west', 'us-east', 'ap-south']);
    up.send(asking);
    const told = await Promise.all([eu, us, ap].map((agent) => agent.next('run_now')));
    for (const { requestId, trigger, watch, assignment } of told) {
      expect([requestId, trigger, assignment.probe, assignment.target.name]).toEqual([
        ...['u1', 'publish', 'post', 'clip'],
      ]);
      expect(watch).toEqual({ ...asking.watch, untilWallMs: asking.watch.untilWallMs - LEAST_MS });
      expect(assignment.timeoutMs).toBeGreaterThan(3000);
    }
    const [first, second, third] = told as [RunNow, RunNow, RunNow];
    const failure = { layer: 'processing', blame: 'target', code: 'timeout', message: 'status 404' } as const;
    eu.results('boot-1', [outcome(first, seen(1200.5))]);
    us.results('boot-1', [outcome(second, { outcome: 'fail', failure })]);
    ap.results('boot-1', [outcome(third, { outcome: 'missed', missedReason: 'shed' })]);
    const { run, reports } = await up.next('watch_answer');
    expect([run, reports]).toEqual([
      'u1',
      [
        { agent: 'eu-2', region: 'eu-west', pollMs: 510, visibleMs: 1200.5 },
        { agent: 'us-1', region: 'us-east', pollMs: 500, missed: 'status 404' },
        { agent: 'ap-1', region: 'ap-south', pollMs: 500, missed: 'shed' },
      ],
    ]);
    expect(Date.now()).toBeLessThan(asking.watch.untilWallMs);
    expect([await rowCount(), server.publications.size]).toEqual([3, 0]);
    expect(server.registry.askedRun('u1')).toMatchObject({ probe: 'post', expected: 3 });
    expect(server.publications.counters).toMatchObject({ orders: 1, reported: 3, given_up: 0 });
  });

  it('whose watcher dies midway is answered at its end, and has one missed row for it', async () => {
    const up = await join('up', 'eu-west');
    const us = await join('us-1', 'us-east');
    const dying = await join('ap-1', 'ap-south');
    const asking = request('u1', ['us-east', 'ap-south'], 700);
    up.send(asking);
    us.results('boot-1', [outcome(await us.next('run_now'), seen(300))]);
    await dying.next('run_now');
    dying.socket.terminate();
    const { reports } = await up.next('watch_answer');
    expect(Date.now()).toBeLessThan(asking.watch.untilWallMs);
    expect(missed(reports)).toEqual([300, 'agent_down']);
    await expect.poll(rowCount).toBe(2);
    expect(await visibility()).toEqual([
      {
        ...{ publish_run: 'u1', region: 'ap-south', agent: 'ap-1', outcome: 'missed' },
        ...{ visible_ms: null, missed_reason: 'agent_down' },
      },
      {
        ...{ publish_run: 'u1', region: 'us-east', agent: 'us-1', outcome: 'ok' },
        ...{ visible_ms: 300, missed_reason: '' },
      },
    ]);
    const { total } = await server.registry.ledger();
    expect([total.stored, total.missed - total.inferred, total.extra, total.duplicates]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('whose watcher comes back as another process does not wait for what that cannot know', async () => {
    const up = await join('up', 'eu-west');
    const us = await join('us-1', 'us-east');
    const asking = request('u1', ['us-east'], 30_000);
    up.send(asking);
    await us.next('run_now');
    us.socket.terminate();
    await join('us-1', 'us-east', 'boot-2');
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['agent_down']);
    expect(Date.now()).toBeLessThan(asking.watch.untilWallMs - 20_000);
  });

  it('waits for a watcher whose line was cut, and takes what it reports on its next session', async () => {
    const up = await join('up', 'eu-west');
    const us = await join('us-1', 'us-east');
    up.send(request('u1', ['us-east']));
    const asked = await us.next('run_now');
    us.socket.terminate();
    const back = await join('us-1', 'us-east');
    back.results('boot-1', [outcome(asked, seen(900))]);
    expect(missed((await up.next('watch_answer')).reports)).toEqual([900]);
    expect(await rowCount()).toBe(1);
  });

  it('from where nobody is, is answered at once, with a row for each place', async () => {
    const up = await join('up', 'eu-west');
    const asking = request('u1', ['eu-west', 'mars'], 60_000);
    up.send(asking);
    const { reports } = await up.next('watch_answer');
    expect(reports).toEqual([
      { agent: '', region: 'eu-west', pollMs: 500, missed: 'agent_down' },
      { agent: '', region: 'mars', pollMs: 500, missed: 'agent_down' },
    ]);
    expect(Date.now()).toBeLessThan(asking.watch.untilWallMs - 30_000);
    await expect.poll(rowCount).toBe(2);
  });

  it('that comes too late to be watched for, or of no known probe, says so', async () => {
    const up = await join('up', 'eu-west');
    await join('us-1', 'us-east');
    up.send(request('late', ['us-east'], 0));
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['overrun']);
    up.send({ ...request('odd', ['us-east']), probe: 'nothing' });
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['shed']);
    up.send({ ...request('astray', ['us-east']), target: 'nowhere' });
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['agent_down']);
    await expect.poll(rowCount).toBe(3);
    expect(server.publications.size).toBe(0);
  });

  it('is not said to be invisible by an agent that could not look', async () => {
    const up = await join('up', 'eu-west');
    const us = await join('us-1', 'us-east');
    up.send(request('u1', ['us-east']));
    const asked = await us.next('run_now');
    const failure = { layer: 'agent', blame: 'agent', code: 'forbidden_target', message: 'private' } as const;
    us.results('boot-1', [outcome(asked, { outcome: 'fail', failure })]);
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['lost']);
  });

  it('asked for twice is watched for once', async () => {
    const up = await join('up', 'eu-west');
    const us = await join('us-1', 'us-east');
    up.send(request('u1', ['us-east']));
    const asked = await us.next('run_now');
    up.send(request('u1', ['us-east']));
    expect(missed((await up.next('watch_answer')).reports)).toEqual(['shed']);
    us.results('boot-1', [outcome(asked, seen(10))]);
    expect(missed((await up.next('watch_answer')).reports)).toEqual([10]);
    // The row of the watcher is the only one.
    await server.publications.close();
    expect(await rowCount()).toBe(1);
    expect(server.publications.counters).toMatchObject({ refused: 1, given_up: 0, rows_lost: 0 });
  });
});

/** Publications on a registry without agents' sessions, with a store that a test may break. */
function apart(
  query: TestStore['store']['query'] = test.store.query,
  watch: Registry['watch'] = async ({ agents: told }) => told,
): Publications {
  const { insertResults, life, shards } = test.store;
  return new Publications({
    store: { insertResults, life, shards, query },
    registry: {
      agents: () => server.registry.agents(),
      agent: (id) => server.registry.agent(id),
      probe: (name) => server.registry.probe(name),
      watch,
    },
    ...{ name: 'c9', incarnation: 'c9-1', clock: REAL_CLOCK, log: SILENT_LOG, random: () => 0 },
  });
}

describe('the limits of publications', () => {
  it('hold for an uploader and for a collector', async () => {
    const { orders, ordersPerUploader } = PUBLICATION_LIMITS;
    for (let i = 0; i < Math.ceil(orders.value / PUBLICATION_LIMITS.watchesPerAgent.value); i += 1)
      await join(`w${i}`, 'us-east');
    const publications = apart();
    const answered: string[] = [];
    const ask = async (uploader: string, run: string) => {
      answered.push(
        `${run} ${missed(await publications.watch(uploader, request(run, ['us-east'], 60_000)))}`,
      );
    };
    const all: Promise<void>[] = [];
    for (let i = 0; i < ordersPerUploader.value + 1; i += 1) all.push(ask('up', `own-${i}`));
    await expect.poll(() => answered).toEqual([`own-${ordersPerUploader.value} shed`]);
    for (let i = 0; publications.size < orders.value; i += 1) all.push(ask(`up-${i}`, `other-${i}`));
    all.push(ask('one-more', 'too-many'));
    await expect.poll(() => answered.at(-1)).toBe('too-many shed');
    expect(publications.counters).toMatchObject({ refused: 2, orders: orders.value + 2 });
    await publications.close();
    await Promise.all(all);
    expect(answered.slice(2)).toHaveLength(orders.value);
    expect(new Set(answered.slice(2).map((text) => text.split(' ')[1]))).toEqual(new Set(['lost']));
  });

  it('hold for a watcher, which is at so many orders at once and no more', async () => {
    await join('us-1', 'us-east');
    const publications = apart();
    const { value } = PUBLICATION_LIMITS.watchesPerAgent;
    const open = Array.from({ length: value }, (_, i) =>
      publications.watch(`up-${i}`, request(`u${i}`, ['us-east'], 60_000)),
    );
    expect(missed(await publications.watch('late', request('late', ['us-east'])))).toEqual(['shed']);
    await publications.close();
    await Promise.all(open);
  });
});

describe('publications that end', () => {
  it('leave no row to be written later, and none for who goes on', async () => {
    await join('us-1', 'us-east');
    const told = Promise.withResolvers<readonly string[]>();
    const publications = apart(undefined, () => told.promise);
    const answer = publications.watch('up', request('u1', ['us-east', 'mars'], 60_000));
    await expect.poll(() => publications.counters.given_up).toBe(1);
    await publications.close();
    expect(await visibility()).toMatchObject([{ publish_run: 'u1', region: 'mars', outcome: 'missed' }]);
    told.resolve([]);
    expect(missed(await answer)).toEqual(['lost', 'agent_down']);
    expect(publications.counters).toMatchObject({ given_up: 1, rows_lost: 0 });
    expect(await rowCount()).toBe(1);
  });

  it('refuse what is asked for later, and say that it has no row', async () => {
    const publications = apart();
    await publications.close();
    expect(missed(await publications.watch('up', request('u1', ['mars'])))).toEqual(['shed']);
    expect(publications.counters).toMatchObject({ refused: 1, given_up: 1, rows_lost: 1 });
    expect(await rowCount()).toBe(0);
  });
});

describe('a store that does not answer', () => {
  it.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('because it %s keeps no uploader waiting beyond its order', async (_what, query) => {
    await join('us-1', 'us-east');
    const publications = apart(query);
    const asking = request('u1', ['us-east'], 200);
    expect(missed(await publications.watch('up', asking))).toEqual(['agent_down']);
    expect(Date.now()).toBeLessThan(asking.watch.untilWallMs);
    expect(publications.size).toBe(0);
  });
});
