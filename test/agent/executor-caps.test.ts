import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Caps, RunCaps } from '../../agent/caps.ts';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { DelaySampler } from '../../agent/delay-sampler.ts';
import type { Draft } from '../../agent/draft.ts';
import { Executor } from '../../agent/executor.ts';
import { HealthReporter } from '../../agent/health.ts';
import { Lanes } from '../../agent/lanes.ts';
import { MachineLock } from '../../agent/machine-lock.ts';
import { Spool } from '../../agent/spool.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import type { Trigger } from '../../probes/outcome.ts';
import type { Probe } from '../../probes/probe.ts';
import { assignment, OK, probeThat, temporaryFolder } from './fixtures.ts';
import { settle, VirtualTime } from './virtual-time.ts';

function executing(probe: Probe, caps: Caps, secret?: (probe: string, name: string) => string | undefined) {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const folder = temporaryFolder();
  const sampler = new DelaySampler(clock, timers);
  const offset = new ClockOffset(clock);
  const spool = new Spool({ dataDir: folder, boot: 'boot-1', clock, timers });
  const troubles: string[] = [];
  const health = new HealthReporter({
    ...{ clock, sampler, offset, spool },
    running: () => executor.running,
    scheduleRevision: () => 3,
  });
  const lanes = new Lanes({
    lightConcurrency: 100,
    timers,
    lock: new MachineLock(join(folder, 'lock'), timers, () => 0.5),
    machine: { freeBytes: () => 2 ** 34, loadPerCore: () => 0 },
  });
  const network = createNetwork({ policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] });
  const agent = { id: 'agent-1', region: 'eu-west' };
  const context = { clock, random: () => 0.5, network, agent, userAgent: 'Outrider/test' };
  const executor = new Executor({
    ...{ clock, timers, lanes, health },
    runner: { clock, timers, sampler, context, clockOffsetMs: () => offset.offsetMs() },
    ask: async () => 'unasked',
    boot: 'boot-1',
    caps: new RunCaps(caps, clock),
    ...(secret && { secret: ({ probe: name }, secretName) => secret(name, secretName) }),
    probeOf: () => probe,
    onTrouble: (message) => troubles.push(message),
  });
  const drafts: Draft[] = [];
  const take = (changes = {}, trigger: Trigger = 'schedule'): void => {
    const job = { assignment: assignment(changes), scheduledMs: clock.wallMs(), trigger, requestId: '' };
    executor.take(job, (draft) => drafts.push(draft));
  };
  return { time, lanes, drafts, take, troubles };
}

describe('an executor with caps', () => {
  it('misses what is past a cap, says so once, and has a result for every slot', async () => {
    const { time, drafts, take, troubles, lanes } = executing(
      probeThat(async () => OK),
      { runsPerMinute: 3 },
    );
    for (let slot = 0; slot < 10; slot += 1) take();
    await settle();
    expect(drafts.map(({ outcome, missedReason }) => missedReason ?? outcome).sort()).toEqual([
      ...Array(7).fill('capped'),
      ...Array(3).fill('ok'),
    ]);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/caps\.runsPerMinute/);
    await time.advanceSettling(60_000);
    take();
    await settle();
    expect(drafts.at(-1)?.outcome).toBe('ok');
    await time.advanceSettling(60_000);
    expect(lanes.busy).toBe(0);
  });

  it.each(['manual', 'confirm', 'retest', 'publish'] as const)(
    'has none lifted by a run of trigger %s',
    async (trigger) => {
      const { drafts, take } = executing(
        probeThat(async () => OK),
        { runsPerMinute: 1 },
      );
      take();
      take({}, trigger);
      await settle();
      expect(drafts.map(({ outcome }) => outcome).sort()).toEqual(['missed', 'ok']);
    },
  );
});

describe('an executor with secrets', () => {
  it('gives a run those of its own check', async () => {
    const seen: (string | undefined)[] = [];
    const probe = probeThat(async ({ secret }) => {
      seen.push(secret?.('token'));
      return OK;
    });
    const { take } = executing(probe, {}, (name, secretName) => `${secretName} of ${name}`);
    take({ probe: 'front' });
    take({ probe: 'back' });
    await settle();
    expect(seen.sort()).toEqual(['token of back', 'token of front']);
  });
});
