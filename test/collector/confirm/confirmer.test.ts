import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Confirmer } from '../../../collector/confirm/confirmer.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import type { ConfirmRound, Suspicion } from '../../../collector/detect/confirmation.ts';
import type { Store } from '../../../collector/store/store.ts';
import type { RunNow } from '../../../protocol/frame.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { type LinkServer, REAL_CLOCK, startLinkServer } from '../../support/link-server.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

/** Nobody waits longer than the timeout of the probe and the time of an answer. */
const TIMEOUT_MS = 500;

let test: TestStore;
let server: LinkServer;
let confirmer: Confirmer;
/** The clock of the confirmer is ahead by this much. */
let aheadMs = 0;
let storeFails = false;
/** When the store was asked. */
let looksAtMs: number[] = [];
const agents = new Map<string, ScriptedAgent>();

const clock = {
  wallMs: () => REAL_CLOCK.wallMs(),
  monotonicMs: () => REAL_CLOCK.monotonicMs() + aheadMs,
};

beforeEach(async () => {
  aheadMs = 0;
  storeFails = false;
  test = await openTestStore('embedded');
  server = await startLinkServer(test.store);
  looksAtMs = [];
  const query: Store['query'] = (...args) => {
    looksAtMs.push(REAL_CLOCK.monotonicMs());
    return storeFails ? Promise.reject(new Error('the store is away')) : test.store.query(...args);
  };
  confirmer = new Confirmer({ store: { query }, registry: server.registry, clock, log: SILENT_LOG });
  const check = { type: 'http', targets: ['clip', 'stream'], every: '1m', timeout: `${TIMEOUT_MS}ms` };
  await server.registry.apply({
    version: 1,
    targets: ['clip', 'stream'].map((name) => ({ name, url: 'http://video.example/' })),
    probes: [
      { name: 'edge', ...check },
      { name: 'far', ...check, from: { region: ['us-east'] } },
    ],
  });
});
afterEach(async () => {
  await confirmer.close();
  for (const agent of agents.values()) agent.socket.terminate();
  agents.clear();
  await server.close();
  await test.close();
});

async function join(...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const labels = labelsOf(id.replace(/-\d+$/, ''));
    agents.set(id, (await ScriptedAgent.join(server.url, { agent: id, labels })).agent);
  }
}

const suspicion = (more: Partial<Suspicion> = {}): Suspicion => ({
  ...{ region: 'eu-west', agent: 'eu-west-1', probe: 'edge', target: 'clip' },
  ...{ metric: 'ttfb_ms', evidence: 12, ...more },
});

/** What an agent was asked; it answers with a result. */
async function answer(id: string, more: Partial<ResultRecord> = {}, seq = 1): Promise<RunNow> {
  const agent = agents.get(id);
  if (!agent) throw new Error(`${id} has not joined`);
  const asked = await agent.next('run_now');
  const { probe, type, target } = asked.assignment;
  const record = recordOf(seq, {
    ...{ probe, type, target: target.name, scheduledMs: Date.now(), trigger: asked.trigger },
    ...{ requestId: asked.requestId, metrics: { ttfb_ms: 480.5 }, attributes: {}, ...more },
  });
  agent.results('boot-1', [record]);
  return asked;
}

async function settled(): Promise<ConfirmRound> {
  const rounds: ConfirmRound[] = [];
  await expect.poll(() => rounds.push(...confirmer.take()), { timeout: 10_000 }).toBeGreaterThan(0);
  expect(rounds).toHaveLength(1);
  return rounds[0] as ConfirmRound;
}

describe('on suspicion', () => {
  it('where two places are to be told apart, those that can are asked, and nobody else', async () => {
    await join('eu-west-1', 'eu-west-2', 'us-east-1', 'us-east-2');
    const telling = { incident: 'inc-1', agents: ['us-east-2', 'eu-west-2'] };
    confirmer.ask([suspicion({ telling })]);
    await Promise.all([answer('us-east-2'), answer('eu-west-2', { metrics: { ttfb_ms: 21 } })]);
    const { asked, suspicion: about } = await settled();
    expect(about.telling).toEqual(telling);
    expect(asked.map(({ agent, role, run }) => [agent, role, run?.metrics.ttfb_ms])).toEqual([
      ['us-east-2', 'telling', 480.5],
      ['eu-west-2', 'telling', 21],
    ]);
  });

  it('the agent, its siblings and a neighbouring region run that check once, and what they found is given', async () => {
    await join('eu-west-1', 'eu-west-2', 'eu-west-3', 'us-east-1', 'us-east-2');
    confirmer.ask([suspicion()]);
    const failure = { layer: 'http', blame: 'network', code: 'timeout', message: 'no answer' } as const;
    const asked = await Promise.all([
      answer('eu-west-1'),
      answer('eu-west-2', { outcome: 'fail', metrics: {}, failure }),
      answer('eu-west-3', { outcome: 'missed', metrics: {}, missedReason: 'shed' }),
      answer('us-east-1', { metrics: { ttfb_ms: 21 } }),
      answer('us-east-2', { state: { ...recordOf(1).state, disturbed: true } }),
    ]);
    expect(
      asked.map(({ trigger, assignment }) => [trigger, assignment.probe, assignment.target.name]),
    ).toEqual(asked.map(() => ['confirm', 'edge', 'clip']));
    const round = await settled();
    expect(round).toMatchObject({ suspicion: suspicion(), requestId: asked[0]?.requestId });
    const runs = Object.fromEntries(round.asked.map(({ agent, role, run }) => [agent, { role, ...run }]));
    const said = { code: '', blame: '', disturbed: false };
    expect(runs).toEqual({
      'eu-west-1': {
        ...{ ...said, role: 'same', outcome: 'ok', metrics: { ttfb_ms: 480.5 } },
        runId: 'eu-west-1/boot-1/1',
      },
      'eu-west-2': expect.objectContaining({
        role: 'sibling',
        outcome: 'fail',
        code: 'timeout',
        blame: 'network',
      }),
      'eu-west-3': expect.objectContaining({ role: 'sibling', outcome: 'missed', code: 'shed' }),
      'us-east-1': expect.objectContaining({ role: 'neighbour', metrics: { ttfb_ms: 21 } }),
      'us-east-2': expect.objectContaining({ role: 'neighbour', disturbed: true }),
    });
    expect(confirmer.counters).toMatchObject({ rounds: 1, runs_asked: 5, answered: 5, silent: 0 });
    expect([confirmer.size, confirmer.take()]).toEqual([0, []]);
    expect(server.registry.askedRun(round.requestId)).toMatchObject({ probe: 'edge', expected: 5 });
  });

  it('first tries stay as they were: nothing of it is in rollups, nor in the ledger', async () => {
    await join('eu-west-1');
    const first = recordOf(1, { probe: 'edge', target: 'clip', scheduledMs: Date.now() - 1000 });
    agents.get('eu-west-1')?.results('boot-1', [first]);
    await agents.get('eu-west-1')?.acked(1);
    const state = async () => [
      await test.store.query("SELECT count, ok, p50 FROM region_latency WHERE metric = 'ttfb_ms'"),
      await test.store.query("SELECT * FROM results WHERE trigger = 'schedule'"),
    ];
    const before = await state();
    const { stored, duplicates, extra } = (await server.registry.ledger()).total;
    confirmer.ask([suspicion()]);
    await answer('eu-west-1', {}, 2);
    await settled();
    expect(await state()).toEqual(before);
    expect((await server.registry.ledger()).total).toMatchObject({ stored, duplicates, extra });
    expect(await test.store.query("SELECT 1 FROM results WHERE trigger = 'confirm'")).toHaveLength(1);
  });

  it('who does not answer in time is named, and the others count', async () => {
    await join('eu-west-1', 'eu-west-2');
    confirmer.ask([suspicion()]);
    await answer('eu-west-1');
    await agents.get('eu-west-2')?.next('run_now');
    await expect.poll(async () => (await test.store.query('SELECT 1 FROM results')).length).toBe(1);
    aheadMs = TIMEOUT_MS + CONFIRM_LIMITS.answerMs.value;
    const round = await settled();
    expect(round.asked.map(({ agent, run }) => [agent, run?.outcome])).toEqual([
      ['eu-west-1', 'ok'],
      ['eu-west-2', undefined],
    ]);
    expect(confirmer.counters).toMatchObject({ answered: 1, silent: 1 });
  });

  it('a store that is away ends no look, and no round lasts longer for it', async () => {
    await join('eu-west-1');
    storeFails = true;
    confirmer.ask([suspicion()]);
    await answer('eu-west-1');
    await expect.poll(() => confirmer.counters.looks_failed, { timeout: 5000 }).toBeGreaterThan(0);
    expect(confirmer.size).toBe(1);
    storeFails = false;
    expect((await settled()).asked[0]?.run?.outcome).toBe('ok');
    storeFails = true;
    confirmer.ask([suspicion({ target: 'stream' })]);
    await agents.get('eu-west-1')?.next('run_now');
    aheadMs = CONFIRM_LIMITS.roundMs.value;
    const network = 'AS3320 Example Telekom, example';
    const [asked, ...others] = (await settled()).asked;
    expect(asked).toEqual({ agent: 'eu-west-1', region: 'eu-west', role: 'same', network });
    expect(others).toEqual([]);
  });
});

describe('the limits of looking again', () => {
  it('the same check is left alone for its pause', async () => {
    await join('eu-west-1');
    confirmer.ask([suspicion()]);
    await answer('eu-west-1');
    await settled();
    confirmer.ask([suspicion(), suspicion({ metric: 'failure_ratio' })]);
    expect(confirmer.size).toBe(0);
    aheadMs = CONFIRM_LIMITS.pauseMs.value;
    confirmer.ask([suspicion()]);
    await answer('eu-west-1', {}, 2);
    expect((await settled()).requestId).not.toBe('');
    expect(confirmer.counters).toMatchObject({ rounds: 2, over_budget: 0 });
  });

  it('a round beyond the burst is not asked for; every region has its turn before', async () => {
    await join('eu-west-1', 'us-east-1', 'eu-west-2', 'eu-west-3', 'us-east-2', 'us-east-3');
    const { roundsBurst } = CONFIRM_LIMITS;
    const many = Array.from({ length: 4 }, (_, i) => [
      suspicion({ probe: 'edge', target: i % 2 ? 'clip' : 'stream', region: `eu-west${i > 1 ? i : ''}` }),
    ]).flat();
    const far = suspicion({ region: 'us-east', agent: 'us-east-1', probe: 'far' });
    confirmer.ask([...many, far]);
    expect(confirmer.size).toBeLessThanOrEqual(roundsBurst.value);
    const asked = await agents
      .get('us-east-1')
      ?.next('run_now', ({ assignment }) => assignment.probe === 'far');
    expect(asked?.trigger).toBe('confirm');
    // Regions where nobody is cannot look.
    expect(confirmer.counters.nobody).toBe(2);
  });

  it('what the budget does not have is counted and forgotten', async () => {
    await join('eu-west-1', 'eu-west-2', 'eu-west-3');
    const { roundsOpen, roundsPerMinute } = CONFIRM_LIMITS;
    expect(roundsOpen.value).toBeLessThanOrEqual(roundsPerMinute.value);
    const targets = Array.from({ length: 20 }, (_, i) => ({ name: `t${i}`, url: 'http://video.example/' }));
    const probe = { name: 'wide', type: 'http', every: '1m', targets: targets.map(({ name }) => name) };
    await server.registry.apply({ version: 1, targets, probes: [probe] });
    confirmer.ask(targets.map(({ name }) => suspicion({ probe: 'wide', target: name })));
    const { over_budget, nobody } = confirmer.counters;
    // An agent gives half of its minute at once, and then others of the region are asked, until nobody is left.
    expect(confirmer.size).toBeLessThanOrEqual(CONFIRM_LIMITS.roundsBurst.value);
    expect(confirmer.size + over_budget + nobody).toBe(20);
  });

  it('nobody is asked who does not run the check, is gone, or was asked too often', async () => {
    await join('eu-west-1', 'us-east-1');
    confirmer.ask([
      suspicion({ probe: 'far' }),
      suspicion({ probe: 'gone' }),
      suspicion({ region: 'ap-south' }),
    ]);
    expect(confirmer.counters).toMatchObject({ nobody: 3, rounds: 0 });
    agents.get('eu-west-1')?.socket.terminate();
    await expect.poll(() => server.registry.agent('eu-west-1')?.connectedSinceMs).toBeUndefined();
    confirmer.ask([suspicion()]);
    expect(confirmer.counters).toMatchObject({ nobody: 4, rounds: 0, over_budget: 0 });
    expect([confirmer.size, agents.get('us-east-1')?.frames.length]).toEqual([0, 0]);
  });

  it('answers that nobody takes are dropped, the oldest first', async () => {
    await join('eu-west-1');
    const { settled: most, pauseMs } = CONFIRM_LIMITS;
    const ids: string[] = [];
    for (let i = 0; i <= most.value; i += 1) {
      aheadMs += pauseMs.value;
      confirmer.ask([suspicion()]);
      ids.push((await answer('eu-west-1', {}, i + 1)).requestId);
      await expect.poll(() => confirmer.size, { timeout: 10_000, interval: 20 }).toBe(0);
    }
    const rounds = confirmer.take();
    expect(rounds.map(({ requestId }) => requestId)).toEqual(ids.slice(1));
    expect(confirmer.counters.dropped).toBe(1);
  }, 60_000);

  it('the store is looked at with a pause between, and only while answers are awaited', async () => {
    await join('eu-west-1');
    confirmer.ask([suspicion()]);
    await expect.poll(() => looksAtMs.length, { timeout: 10_000 }).toBeGreaterThan(2);
    // A timer of Node may be early by a part of a millisecond.
    const pauses = looksAtMs.slice(1).map((atMs, i) => atMs - (looksAtMs[i] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(CONFIRM_LIMITS.pollMs.value - 2);
    await answer('eu-west-1');
    await settled();
    const looks = looksAtMs.length;
    await new Promise((resolve) => setTimeout(resolve, 2 * CONFIRM_LIMITS.pollMs.value));
    expect(looksAtMs).toHaveLength(looks);
  });

  it('after its end it asks nobody', async () => {
    await join('eu-west-1');
    confirmer.ask([suspicion()]);
    await agents.get('eu-west-1')?.next('run_now');
    await confirmer.close();
    confirmer.ask([suspicion({ target: 'stream' })]);
    expect([confirmer.size, confirmer.counters.rounds]).toEqual([0, 1]);
  });
});
