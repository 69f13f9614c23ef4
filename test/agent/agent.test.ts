import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import type { AgentDeps, RunningAgent } from '../../agent/agent-deps.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { checkOf } from '../../agent/slot-book.ts';
import type { Probe } from '../../probes/probe.ts';
import type { Assignment, Schedule } from '../../protocol/frame.ts';
import { slotsBetween } from '../../protocol/slots.ts';
import { assignment, begun, LABELS, OK, probeThat, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import type { Peer, Received, Script } from './scripted-collector.ts';
import { ScriptedCollector } from './scripted-collector.ts';

const quick = probeThat(async () => OK);

function schedule(...assignments: Assignment[]): Schedule {
  return { type: 'schedule', revision: 1, assignments };
}

/** An assignment that runs as often as is allowed, from the first welcome on. */
function often(changes: Partial<Assignment> = {}): Assignment {
  return assignment({ everyMs: 500, effectiveFromMs: UNBEGUN_MS, ...changes });
}

async function start(
  collector: string,
  probes: Record<string, Probe>,
  options: { dataDir?: string; deps?: AgentDeps; config?: object } = {},
): Promise<RunningAgent> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const config = parseAgentConfig({
    id: 'agent-1',
    labels: LABELS,
    collectors: [collector],
    dataDir,
    browser: { path: '/none', lockFile: join(dataDir, 'browser.lock') },
    ...options.config,
  });
  const agent = await startAgent(config, { probes, ...options.deps });
  onTestFinished(() => agent.stop('test over'));
  return agent;
}

function scheduling(plan: Schedule, more: Script = {}): Promise<ScriptedCollector> {
  return ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }), ...more });
}

/** Slots that a schedule expects up to the goodbye, and the results that came for them. */
function expectExact(results: readonly Received[], plan: Schedule, stoppedAtMs: number): void {
  const slots = results
    .filter(({ record }) => record.trigger === 'schedule')
    .map(({ record }) => `${record.probe} ${record.target} ${record.scheduledMs}`);
  expect(new Set(slots).size).toBe(slots.length);
  const expected = plan.assignments.map((one) =>
    slotsBetween(checkOf(one, 'agent-1').series, one.effectiveFromMs, stoppedAtMs),
  );
  expect(slots.length).toBe(expected.reduce((sum, count) => sum + count, 0));
}

async function goodbyeOf(peer: Peer): Promise<number> {
  await peer.until(() => peer.closed !== undefined);
  return peer.goodbye?.stoppedAtMs ?? Number.NaN;
}

describe('an agent', () => {
  it('follows the schedule, delivers every slot once, and accounts for all of them when it stops', async () => {
    const plan = schedule(often(), often({ probe: 'upload' }), often({ probe: 'slow', everyMs: 700 }));
    const collector = await scheduling(plan);
    const agent = await start(collector.url, { echo: quick });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 6);
    await agent.stop('SIGTERM');
    expectExact(peer.results, plan, await goodbyeOf(peer));
    const { record } = peer.results[0] as Received;
    expect(record).toMatchObject({ outcome: 'ok', type: 'echo', target: 'origin', metrics: { ttfb_ms: 1 } });
    expect(record.state.rssBytes).toBeGreaterThan(1_000_000);
    expect(record.latenessMs).toBeGreaterThanOrEqual(0);
    expect(peer.goodbye?.reason).toBe('SIGTERM');
    expect(peer.healths.at(-1)).toMatchObject({ pending: 0, running: 0, dropped: {}, scheduleRevision: 1 });
  });

  it('tells the collector what it can run: no browser probes without a browser, none that are not allowed', async () => {
    const collector = await ScriptedCollector.start();
    const probes = { echo: quick, upload: quick, 'video-start': { ...quick, lane: 'browser' as const } };
    await start(collector.url, probes, { config: { probeTypes: ['echo', 'video-start'] } });
    const peer = await collector.session(0);
    await peer.until(() => peer.hello !== undefined);
    expect(peer.hello?.capabilities).toEqual({ probeTypes: ['echo'], browser: '' });
    expect(peer.hello?.software).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('hands its secrets to the probes that name them, and to nobody else', async () => {
    vi.stubEnv('OUTRIDER_SECRET_BUCKET', 'key:s3cr3t');
    onTestFinished(() => void vi.unstubAllEnvs());
    const seen: unknown[] = [];
    const probe = probeThat(async (context) => {
      seen.push(context.secret?.('bucket'), context.secret?.('other'));
      return OK;
    });
    const collector = await scheduling(schedule(often()));
    await start(collector.url, { echo: probe });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 1);
    expect(seen.slice(0, 2)).toEqual(['key:s3cr3t', undefined]);
    expect(JSON.stringify([peer.hello, peer.healths, peer.results])).not.toContain('s3cr3t');
  });

  it('probes on by its last schedule while no collector answers, and delivers it all afterwards', async () => {
    const dataDir = temporaryFolder();
    const plan = schedule(often());
    const collector = await scheduling(plan);
    const agent = await start(collector.url, { echo: quick }, { dataDir });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 1);
    let open = false;
    collector.script = {
      welcome: () => ({ schedule: begun(plan), held: { [agent.boot]: peer.results.length } }),
      refuse: () => (open ? undefined : { status: 503 }),
    };
    peer.socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(agent.connected).toBe(false);
    open = true;
    const next = await collector.session(1);
    await next.until(() => next.results.length >= 4);
    await agent.stop('over');
    expectExact(collector.results, plan, await goodbyeOf(next));
  });

  it('knows its schedule when it starts with no collector in sight, and reports the time it was down', async () => {
    const dataDir = temporaryFolder();
    const plan = schedule(often());
    const collector = await scheduling(plan);
    const first = await start(collector.url, { echo: quick }, { dataDir });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 2);
    await first.stop('over');
    const stoppedAtMs = await goodbyeOf(peer);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const { url } = collector;
    collector.script = { refuse: () => ({ status: 503 }) };
    let ran = 0;
    const counting = probeThat(async () => {
      ran += 1;
      return OK;
    });
    const second = await start(url, { echo: counting }, { dataDir });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(ran).toBeGreaterThanOrEqual(1);
    // The collector still expects the slots in between: it never heard the goodbye, say.
    collector.script = { welcome: () => ({ schedule: begun(plan) }) };
    const back = await collector.session(1);
    await back.until(() => back.results.some(({ record }) => record.outcome === 'missed'));
    await second.stop('over');
    expectExact(collector.results, plan, await goodbyeOf(back));
    const missed = back.results.filter(({ record }) => record.outcome === 'missed');
    expect(missed.length).toBeGreaterThanOrEqual(2);
    for (const { record } of missed) {
      expect(record.missedReason).toBe('agent_down');
      expect(record.scheduledMs).toBeGreaterThanOrEqual(stoppedAtMs);
    }
  });

  it('does not report the time between a goodbye and the next start unless the collector expects it', async () => {
    const dataDir = temporaryFolder();
    const collector = await scheduling(schedule(often()));
    const first = await start(collector.url, { echo: quick }, { dataDir });
    await (await collector.session(0)).until((peer) => peer.results.length >= 1);
    await first.stop('over');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const plan = schedule(often());
    collector.script = { welcome: () => ({ schedule: begun(plan) }) };
    const second = await start(collector.url, { echo: quick }, { dataDir });
    const back = await collector.session(1);
    await back.until(() => back.results.length >= 2);
    await second.stop('over');
    const scheduled = back.results.filter(
      ({ record }) => record.scheduledMs >= (plan.assignments[0]?.effectiveFromMs ?? 0),
    );
    expectExact(scheduled, plan, await goodbyeOf(back));
    expect(back.results.filter(({ record }) => record.outcome === 'missed')).toEqual([]);
  });

  it('reports the time after a stop that no collector came to know of, even when it stops again before one does', async () => {
    const dataDir = temporaryFolder();
    const plan = schedule(often());
    const collector = await scheduling(plan, { knows: false });
    const first = await start(collector.url, { echo: quick }, { dataDir });
    await (await collector.session(0)).until((peer) => peer.results.length >= 1);
    await first.stop('over');
    collector.script = { refuse: () => ({ status: 503 }) };
    await new Promise((resolve) => setTimeout(resolve, 600));
    const second = await start(collector.url, { echo: quick }, { dataDir });
    await second.stop('over');
    await new Promise((resolve) => setTimeout(resolve, 600));
    // To this one it is an agent that never left, and leaves now.
    const now = Date.now();
    collector.script = {
      welcome: () => ({
        schedule: { ...plan, assignments: plan.assignments.map((one) => ({ ...one, effectiveFromMs: now })) },
      }),
    };
    const third = await start(collector.url, { echo: quick }, { dataDir });
    const back = await collector.session(1);
    await back.until(() => back.results.some(({ record }) => record.scheduledMs >= now));
    await third.stop('over');
    expectExact(collector.results, plan, await goodbyeOf(back));
  });

  it('runs at once what it is asked to, once, with the trigger and the id of the request', async () => {
    const collector = await ScriptedCollector.start();
    await start(collector.url, { echo: quick });
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    const asked = { type: 'run_now', requestId: 'r-1', trigger: 'manual', assignment: assignment() } as const;
    peer.send(asked);
    peer.send(asked);
    peer.send({ ...asked, trigger: 'confirm', requestId: 'r-2' });
    await peer.until(() => peer.results.length >= 2);
    await peer.quiet(400);
    expect(peer.results.map(({ record }) => [record.trigger, record.requestId, record.outcome])).toEqual([
      ['manual', 'r-1', 'ok'],
      ['confirm', 'r-2', 'ok'],
    ]);
  });

  it('answers what it is asked to run beyond its limit, or cannot run, with a result', async () => {
    const collector = await ScriptedCollector.start();
    await start(collector.url, { echo: quick });
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    for (let count = 0; count < 70; count += 1)
      peer.send({ type: 'run_now', requestId: `r-${count}`, trigger: 'manual', assignment: assignment() });
    await peer.until(() => peer.results.length >= 70);
    const missed = peer.results.filter(({ record }) => record.outcome === 'missed');
    expect(missed.length).toBeGreaterThanOrEqual(5);
    expect(new Set(missed.map(({ record }) => record.missedReason))).toEqual(new Set(['shed']));
    expect(new Set(peer.results.map(({ record }) => record.requestId)).size).toBe(70);
  });

  it('keeps its schedule when the collector sends one that cannot be followed, and says why', async () => {
    const plan = schedule(often());
    const collector = await scheduling(plan);
    const agent = await start(collector.url, { echo: quick });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 1);
    peer.send({ ...schedule(often({ everyMs: 1 })), revision: 2 });
    await peer.until(() => peer.results.length >= 3);
    await agent.stop('over');
    await peer.until(() => peer.closed !== undefined);
    expect(peer.healths.at(-1)).toMatchObject({ scheduleRevision: 1 });
    expect(peer.healths.at(-1)?.lastError).toContain('every 1 ms');
  });

  it('lets a run end before it goes, and gives up one that takes too long as a missed slot', async () => {
    const plan = schedule(often({ probe: 'short', type: 'short' }), often({ probe: 'long', type: 'long' }));
    let started = 0;
    const short = probeThat(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return OK;
    });
    const long = probeThat(({ signal }) => {
      started += 1;
      const failure = { layer: 'http', blame: 'network', code: 'timeout', message: '' } as const;
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ ...OK, outcome: 'fail', failure })),
      );
    });
    const waiting = plan.assignments.map((one) => ({ ...one, timeoutMs: 60_000 }));
    const patient = { ...plan, assignments: waiting };
    const collector = await scheduling(patient);
    const agent = await start(collector.url, { short, long });
    const peer = await collector.session(0);
    await peer.until(() => started >= 2 && peer.results.length >= 1);
    await agent.stop('SIGTERM');
    expectExact(peer.results, patient, await goodbyeOf(peer));
    const of = (probe: string) => peer.results.filter(({ record }) => record.probe === probe);
    expect(of('short').every(({ record }) => record.outcome === 'ok')).toBe(true);
    expect(of('long').map(({ record }) => record.missedReason)).toEqual(of('long').map(() => 'agent_down'));
  });

  it('gives browser runs their turns one by one and light runs theirs beside', async () => {
    let inside = 0;
    let most = 0;
    const heavy = probeThat(
      async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 120));
        inside -= 1;
        return OK;
      },
      { lane: 'browser' },
    );
    const plan = schedule(
      ...['a', 'b', 'c'].map((probe) => often({ probe, type: 'heavy', everyMs: 1000 })),
      often(),
    );
    const collector = await scheduling(plan);
    const machine = { freeBytes: () => 2 ** 34, loadPerCore: () => 0 };
    const agent = await start(collector.url, { heavy, echo: quick }, { deps: { machine } });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length >= 10);
    await agent.stop('over');
    expect(most).toBe(1);
    expectExact(peer.results, plan, await goodbyeOf(peer));
    expect(
      peer.results.filter(({ record }) => record.type === 'heavy' && record.outcome === 'ok').length,
    ).toBeGreaterThan(2);
  });

  it('never keeps a probe waiting for a collector that takes nothing', async () => {
    const plan = schedule(often());
    const collector = await scheduling(plan, {
      acks: false,
      welcome: () => ({ schedule: begun(plan), credit: 1 }),
    });
    let ran = 0;
    const counting = probeThat(async () => {
      ran += 1;
      return OK;
    });
    await start(collector.url, { echo: counting });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(ran).toBeGreaterThanOrEqual(3);
    expect(peer.results).toHaveLength(1);
  });
});
