import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { DelaySampler } from '../../agent/delay-sampler.ts';
import type { Draft } from '../../agent/draft.ts';
import { Executor } from '../../agent/executor.ts';
import { HealthReporter } from '../../agent/health.ts';
import { Lanes } from '../../agent/lanes.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { MachineLock } from '../../agent/machine-lock.ts';
import { Spool } from '../../agent/spool.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import type { Probe, RunResult } from '../../probes/probe.ts';
import { sessionIdOf } from '../../protocol/session-id.ts';
import { assignment, OK, probeThat, temporaryFolder } from './fixtures.ts';
import { settle, VirtualTime } from './virtual-time.ts';

function executing(probe: Probe, lightConcurrency = 1) {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const folder = temporaryFolder();
  const sampler = new DelaySampler(clock, timers);
  const offset = new ClockOffset(clock);
  const spool = new Spool({ dataDir: folder, boot: 'boot-1', clock, timers });
  const troubles: string[] = [];
  const health = new HealthReporter({
    clock,
    sampler,
    offset,
    spool,
    running: () => executor.running,
    scheduleRevision: () => 3,
  });
  const lanes = new Lanes({
    lightConcurrency,
    timers,
    lock: new MachineLock(join(folder, 'no', 'folder', 'lock'), timers, () => 0.5),
    machine: { freeBytes: () => 2 ** 34, loadPerCore: () => 0 },
  });
  const network = createNetwork({ policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] });
  const agent = { id: 'agent-1', region: 'eu-west' };
  const context = { clock, random: () => 0.5, network, agent, userAgent: 'Outrider/test' };
  const executor = new Executor({
    clock,
    timers,
    lanes,
    health,
    runner: { clock, timers, sampler, context, clockOffsetMs: () => offset.offsetMs() },
    ask: async () => 'unasked',
    boot: 'boot-1',
    probeOf: (type) => (type === 'echo' ? probe : undefined),
    onTrouble: (message) => troubles.push(message),
  });
  const drafts: Draft[] = [];
  const take = (changes = {}): void =>
    executor.take(
      {
        assignment: assignment(changes),
        scheduledMs: clock.wallMs(),
        trigger: 'schedule',
        requestId: '',
      },
      (draft) => drafts.push(draft),
    );
  return { time, executor, health, spool, lanes, drafts, take, troubles };
}

/** A probe whose runs end when the test says so. */
function held() {
  const ends: (() => void)[] = [];
  const probe = probeThat(() => new Promise<RunResult>((resolve) => ends.push(() => resolve(OK))));
  return { probe, ends };
}

describe('Executor', () => {
  it('makes one result of each job', async () => {
    const { take, drafts, executor } = executing(probeThat(async () => OK));
    take();
    take({ type: 'unknown' });
    expect(executor.running).toBe(2);
    await settle();
    expect(drafts.map((draft) => draft.outcome)).toEqual(['ok', 'fail']);
    expect(executor.running).toBe(0);
  });

  it('gives each run a session that is known by its result, and lets it not travel', async () => {
    const sessions: (string | undefined)[] = [];
    const { take, drafts, time } = executing(
      probeThat(async ({ sessionId }) => {
        sessions.push(sessionId);
        return { ...OK, attributes: { cmcd: 'header', cmcd_sid: String(sessionId) } };
      }),
    );
    take();
    take({ probe: 'other' });
    await time.advanceSettling(1);
    take();
    await settle();
    expect(new Set(sessions).size).toBe(3);
    expect(sessions.toSorted()).toEqual(
      drafts.map((draft) => sessionIdOf({ ...draft, boot: 'boot-1' })).toSorted(),
    );
    for (const { attributes } of drafts) expect(attributes).toEqual({ cmcd: 'header' });
  });

  it('misses a slot that found no place in time', async () => {
    const { probe, ends } = held();
    const { take, drafts, time } = executing(probe);
    take({ timeoutMs: 60_000 });
    take();
    await settle();
    await time.advanceSettling(1010);
    expect(drafts.map((draft) => [draft.outcome, draft.missedReason, draft.latenessMs])).toEqual([
      ['missed', 'overrun', 1000],
    ]);
    ends[0]?.();
    await settle();
    expect(drafts).toHaveLength(2);
  });

  it('sheds a browser run when its lock cannot be had, and says so', async () => {
    const { take, drafts, troubles } = executing(probeThat(async () => OK, { lane: 'browser' }));
    take();
    await settle();
    expect(drafts.map((draft) => draft.missedReason)).toEqual(['shed']);
    expect(troubles).toHaveLength(1);
  });

  it('lends the place of a run that was cut off only when that has let go, or has had long enough', async () => {
    const { probe, ends } = held();
    const { take, drafts, time, lanes } = executing(probe);
    take();
    await settle();
    await time.advanceSettling(1000 + AGENT_LIMITS.abortGraceMs.value + 20, 100);
    expect(drafts).toHaveLength(1);
    expect(lanes.busy).toBe(1);
    await time.advanceSettling(AGENT_LIMITS.zombieMs.value, 500);
    expect(lanes.busy).toBe(0);
    take();
    await settle();
    await time.advanceSettling(1000 + AGENT_LIMITS.abortGraceMs.value + 20, 100);
    ends[1]?.();
    await settle();
    expect(lanes.busy).toBe(0);
  });

  it('stops: what waits is given up at once, what runs has its time, then is aborted', async () => {
    const { probe } = held();
    const { take, drafts, time, executor } = executing(probe);
    take({ timeoutMs: 60_000 });
    take({ timeoutMs: 60_000 });
    await settle();
    let stopped = false;
    void executor.stop(5000).then(() => (stopped = true));
    await settle();
    expect(drafts.map((draft) => draft.missedReason)).toEqual(['agent_down']);
    await time.advanceSettling(4900, 100);
    expect(drafts).toHaveLength(1);
    await time.advanceSettling(100 + AGENT_LIMITS.abortGraceMs.value + 100, 100);
    expect(drafts.map((draft) => draft.missedReason)).toEqual(['agent_down', 'agent_down']);
    expect(stopped).toBe(true);
  });
});

describe('HealthReporter', () => {
  it('tells what is spooled, what runs, and the last trouble for a while', async () => {
    const { health, time, take, spool, drafts } = executing(probeThat(async () => OK));
    take();
    expect(health.report()).toMatchObject({ pending: 0, running: 1, scheduleRevision: 3, lastError: '' });
    await settle();
    spool.add(drafts);
    health.trouble('The disk is full.');
    expect(health.report()).toMatchObject({ pending: 1, running: 0, lastError: 'The disk is full.' });
    time.advance(AGENT_LIMITS.errorShownMs.value + 1);
    expect(health.report().lastError).toBe('');
  });

  it('tells the longest delay and the CPU since it was last asked', async () => {
    const { health, time, take } = executing(
      probeThat(async () => {
        time.freeze(70);
        return OK;
      }),
    );
    take();
    await settle();
    expect(health.report().eventLoopDelayMs).toBe(60);
    expect(health.report().eventLoopDelayMs).toBe(0);
    expect(health.report().cpuRatio).toBeGreaterThanOrEqual(0);
    expect(health.state().rssBytes).toBeGreaterThan(1_000_000);
  });
});
