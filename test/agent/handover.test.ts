import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import {
  HandoverDesk,
  HandoverError,
  handoverSocket,
  type Successor,
  takeOver,
} from '../../agent/handover.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { checkOf } from '../../agent/slot-book.ts';
import { systemTimers, type Timers } from '../../agent/time.ts';
import { slotsBetween } from '../../protocol/slots.ts';
import { assignment, begun, draft, LABELS, OK, probeThat, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import { ScriptedCollector } from './scripted-collector.ts';

const openRun = (id: number) => ({
  ...{ id, assignment: assignment(), scheduledMs: 1000 * id, trigger: 'schedule' as const },
  ...{ requestId: '', slot: true },
});

function desk(dataDir: string, timers: Timers = systemTimers): Promise<Successor> {
  return new Promise((resolve, reject) => {
    const opened = new HandoverDesk(dataDir, timers, resolve, reject);
    onTestFinished(() => opened.close());
  });
}

/** Timers that have always run out. */
const LATE: Timers = {
  after(_delayMs, run) {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a hand-over', () => {
  it('is not made where nobody listens, be it that nobody ever did or that who did was killed', async () => {
    const dataDir = temporaryFolder();
    expect(await takeOver(dataDir)).toBeUndefined();
    writeFileSync(handoverSocket(dataDir), '');
    expect(await takeOver(dataDir)).toBeUndefined();
  });

  it('says what is under way, then how each of it ends, also what ended before anybody listened', async () => {
    const dataDir = temporaryFolder();
    const asked = desk(dataDir);
    const taking = takeOver(dataDir);
    const successor = await asked;
    const kept = successor.give(5000, [openRun(1), openRun(2)]);
    successor.ended(1, draft(1000));
    const inherited = await taking;
    expect(inherited).toMatchObject({ stoppedAtMs: 5000, runs: [openRun(1), openRun(2)] });
    const ended: [number, number][] = [];
    const over = new Promise<void>((resolve) => {
      inherited?.follow((run, { scheduledMs }) => void ended.push([run, scheduledMs]), resolve);
    });
    expect(await kept).toBe(true);
    successor.ended(2, draft(2000));
    await successor.end();
    await over;
    expect(ended).toEqual([
      [1, 1000],
      [2, 2000],
    ]);
  });

  it('is refused in words', async () => {
    const dataDir = temporaryFolder();
    const asked = desk(dataDir);
    const taking = takeOver(dataDir);
    (await asked).refuse('it is stopping');
    await expect(taking).rejects.toThrow('it is stopping');
    await expect(taking).rejects.toBeInstanceOf(HandoverError);
  });

  it(`ends after AGENT_LIMITS.handoverMs when the other says nothing, on both sides`, async () => {
    expect(AGENT_LIMITS.handoverMs.value).toBeGreaterThan(1000);
    const dataDir = temporaryFolder();
    const asked = desk(dataDir, LATE);
    await expect(takeOver(dataDir, LATE)).rejects.toThrow('did not give it up in time');
    expect(await (await asked).give(1, [])).toBe(false);
  });

  it.each([
    ['a line that is none of ours', 'GET / HTTP/1.1\r\n'],
    ['a line longer than AGENT_LIMITS.handoverChars', 'x'.repeat(AGENT_LIMITS.handoverChars.value + 1)],
  ])('is cut at %s', async (_what, text) => {
    const dataDir = temporaryFolder();
    void desk(dataDir);
    const socket = connect(handoverSocket(dataDir));
    socket.on('error', () => {});
    socket.write(text);
    await once(socket, 'close');
  });

  it('is possible with one successor alone', async () => {
    const dataDir = temporaryFolder();
    const asked = desk(dataDir);
    void takeOver(dataDir).catch(() => {});
    await asked;
    await expect(takeOver(dataDir)).rejects.toBeInstanceOf(HandoverError);
  });
});

describe('an agent that takes over from another', () => {
  it('misses no slot, runs none twice, and stores what the other still had under way', async () => {
    const check = assignment({ everyMs: 500, timeoutMs: 5000, effectiveFromMs: UNBEGUN_MS });
    const plan = { type: 'schedule' as const, revision: 1, assignments: [check] };
    const stored = new Map<string, number>();
    const collector = await ScriptedCollector.start({
      welcome: (hello) => ({
        schedule: begun(plan),
        held: Object.fromEntries(hello.spooledBoots.map((boot) => [boot, stored.get(boot) ?? 0])),
      }),
      onFrame(frame) {
        if (frame.type === 'results') stored.set(frame.batch.boot, frame.batch.records.at(-1)?.seq ?? 0);
      },
    });
    const dataDir = temporaryFolder();
    const config = parseAgentConfig({ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begunRuns = 0;
    let kept: boolean | undefined;
    const onHandedOver = (how: boolean): void => {
      kept = how;
    };
    // Every run of the old process is still under way when it is asked for its place.
    const slow = probeThat(async () => {
      begunRuns += 1;
      await held;
      return OK;
    });
    await startAgent(config, { probes: { echo: slow }, onHandedOver });
    await until(() => begunRuns >= 2);
    const inherited = await takeOver(dataDir);
    expect(inherited?.runs.length).toBeGreaterThanOrEqual(2);
    const next = await startAgent(config, {
      probes: { echo: probeThat(async () => OK) },
      ...(inherited ? { inherited } : {}),
    });
    const peer = await collector.session(1);
    await peer.until(() => peer.results.length >= 2);
    release();
    await until(() => kept !== undefined);
    expect(kept).toBe(true);
    await peer.until(() => peer.results.length >= begunRuns + 2);
    await next.stop('enough');
    const slots = collector.results.map(({ record }) => record.scheduledMs);
    expect(new Set(slots).size).toBe(slots.length);
    expect(collector.results.map(({ record }) => record.outcome)).toEqual(slots.map(() => 'ok'));
    const { series } = checkOf(check, 'agent-1');
    const stoppedAtMs = peer.goodbye?.stoppedAtMs ?? Number.NaN;
    expect(slots.length).toBe(slotsBetween(series, check.effectiveFromMs, stoppedAtMs));
    expect(existsSync(handoverSocket(dataDir))).toBe(false);
  });

  it('hears of runs that are still under way after AGENT_LIMITS.handoverRunsMs as missed', async () => {
    const dataDir = temporaryFolder();
    const check = assignment({ everyMs: 500, timeoutMs: 5000, effectiveFromMs: UNBEGUN_MS });
    const plan = { type: 'schedule' as const, revision: 1, assignments: [check] };
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }) });
    const config = parseAgentConfig({ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir });
    let begunRuns = 0;
    const endless = probeThat(() => {
      begunRuns += 1;
      return new Promise(() => {});
    });
    const timers: Timers = {
      after: (delayMs, run) =>
        systemTimers.after(delayMs === AGENT_LIMITS.handoverRunsMs.value ? 0 : delayMs, run),
    };
    await startAgent(config, { probes: { echo: endless }, timers });
    await until(() => begunRuns > 0);
    const inherited = await takeOver(dataDir);
    const missed: unknown[] = [];
    await new Promise<void>((resolve) => {
      inherited?.follow((_run, { missedReason }) => void missed.push(missedReason), resolve);
    });
    expect(missed).toEqual(inherited?.runs.map(() => 'agent_down'));
    expect(missed.length).toBeGreaterThan(0);
  });

  it('that is gone before it runs leaves the old one to end, and to be started anew', async () => {
    const collector = await ScriptedCollector.start();
    const dataDir = temporaryFolder();
    const config = parseAgentConfig({ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir });
    const handedOver = new Promise<boolean>((resolve) => {
      void startAgent(config, { onHandedOver: resolve });
    });
    await collector.session(0);
    const socket = connect(handoverSocket(dataDir));
    socket.write('{"type":"takeover","version":1}\n');
    const [answer] = await once(socket, 'data');
    expect(JSON.parse(String(answer))).toMatchObject({ type: 'yours', runs: [] });
    socket.destroy();
    expect(await handedOver).toBe(false);
  });

  it('is refused by one of another version', async () => {
    const dataDir = temporaryFolder();
    void desk(dataDir);
    const socket = connect(handoverSocket(dataDir));
    socket.write('{"type":"takeover","version":99}\n');
    const [answer] = await once(socket, 'data');
    expect(JSON.parse(String(answer))).toEqual({ type: 'refused', why: 'version 99 is not known' });
  });

  it('reports as missed what the other never ended', async () => {
    const check = assignment({ everyMs: 60_000, effectiveFromMs: 0 });
    const collector = await ScriptedCollector.start();
    const config = parseAgentConfig({
      ...{ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir: temporaryFolder() },
    });
    const { series } = checkOf(check, 'agent-1');
    const run = { ...openRun(1), assignment: check, scheduledMs: series.phaseMs + 1000 * series.everyMs };
    const agent = await startAgent(config, {
      inherited: { stoppedAtMs: Date.now(), runs: [run], follow: (_ended, over) => over() },
    });
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length > 0);
    expect(peer.results[0]?.record).toMatchObject({
      outcome: 'missed',
      missedReason: 'agent_down',
      scheduledMs: run.scheduledMs,
    });
    await agent.stop('enough');
  });
});
