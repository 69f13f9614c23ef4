import { describe, expect, it } from 'vitest';
import { refusal, spec, stageRegistry } from './registry-stage.ts';

const stage = stageRegistry();
const { join, restart } = stage;

describe('an agent', () => {
  it('is silent when it was not heard for three health intervals, and connected when it is heard again', async () => {
    const { link } = await join('a');
    expect(stage.registry.agent('a')?.state).toBe('connected');
    stage.registry.disconnected('a', link);
    stage.clock.advance(15_000);
    expect(stage.registry.agent('a')).toMatchObject({ state: 'connected' });
    stage.clock.advance(1);
    expect(stage.registry.agent('a')?.state).toBe('silent');
    expect(stage.registry.agent('a')?.connectedSinceMs).toBeUndefined();
    stage.registry.heard('a');
    expect(stage.registry.agent('a')?.state).toBe('connected');
  });

  it('is stopped after its goodbye, runs nothing, and runs again when it comes back', async () => {
    await stage.registry.apply(spec());
    await join('a');
    stage.clock.advance(30_000);
    stage.registry.goodbye('a', stage.clock.wallMs());
    expect(stage.registry.agent('a')).toMatchObject({
      state: 'stopped',
      stoppedAtMs: stage.clock.wallMs(),
      assignments: 0,
    });
    expect(stage.registry.probe('front')?.agents).toEqual([]);
    stage.clock.advance(3_600_000);
    expect(stage.registry.agent('a')?.state).toBe('stopped');
    await restart();
    expect(stage.registry.agent('a')).toMatchObject({ state: 'stopped', assignments: 0 });
    const { schedule } = await join('a');
    expect(stage.registry.agent('a')?.state).toBe('connected');
    expect(schedule.assignments[0]?.effectiveFromMs).toBe(stage.clock.wallMs() + 2000);
  });

  it('is known with its labels after a restart, and given time to come back before it is called silent', async () => {
    await join('a', 'ap-southeast');
    const before = stage.registry.agent('a');
    stage.clock.advance(3_600_000);
    await restart();
    expect(stage.registry.agent('a')).toMatchObject({
      labels: before?.labels,
      firstSeenMs: before?.firstSeenMs,
      state: 'connected',
    });
    stage.clock.advance(15_001);
    expect(stage.registry.agent('a')?.state).toBe('silent');
  });

  it('is not let go by the end of a session that another has replaced', async () => {
    const first = await join('a');
    await join('a');
    stage.registry.disconnected('a', first.link);
    expect(stage.registry.agent('a')?.connectedSinceMs).toBeDefined();
  });

  it('gets new labels when it comes back with new ones', async () => {
    await join('a', 'eu-west');
    await join('a', 'eu-north');
    expect(stage.registry.labelsOf('a').region).toBe('eu-north');
    expect(() => stage.registry.labelsOf('nobody')).toThrow('never connected');
  });
});

describe('pause, resume and delete', () => {
  it('take a probe from the agents and give it back', async () => {
    await stage.registry.apply(spec());
    await join('a');
    await stage.registry.pause('front');
    expect(await stage.registry.assignments('a')).toEqual([]);
    expect(stage.registry.probe('front')?.spec.paused).toBe(true);
    await restart();
    expect(stage.registry.probe('front')?.spec.paused).toBe(true);
    await stage.registry.resume('front');
    await join('a');
    expect(await stage.registry.assignments('a')).toHaveLength(1);
    await stage.registry.deleteProbe('front');
    expect(stage.registry.probe('front')).toBeUndefined();
    await restart();
    expect(stage.registry.probes()).toEqual([]);
    expect(stage.registry.targets()).toHaveLength(2);
  });

  it('name the nearest probe when there is none of the name', async () => {
    await stage.registry.apply(spec());
    for (const work of [
      () => stage.registry.pause('frnt'),
      () => stage.registry.resume('frnt'),
      () => stage.registry.deleteProbe('frnt'),
      () => stage.registry.runNow('frnt'),
    ]) {
      expect(await refusal(work())).toMatchObject({ code: 'not_found', hint: 'Did you mean front?' });
    }
  });
});

describe('runNow', () => {
  it('asks the connected agents that run the probe, one run a target, and remembers it for an hour', async () => {
    await stage.registry.apply(spec({}, { targets: ['origin', 'cdn'], from: { region: ['eu-west'] } }));
    const eu = await join('a', 'eu-west');
    const us = await join('b', 'us-east');
    const gone = await join('c', 'eu-west');
    stage.registry.disconnected('c', gone.link);
    const run = await stage.registry.runNow('front');
    expect(run).toMatchObject({ probe: 'front', agents: ['a'], expected: 2 });
    expect(
      eu.sent.map(
        (frame) => frame.type === 'run_now' && [frame.requestId, frame.trigger, frame.assignment.target.name],
      ),
    ).toEqual([
      [run.requestId, 'manual', 'origin'],
      [run.requestId, 'manual', 'cdn'],
    ]);
    expect([us.sent, gone.sent]).toEqual([[], []]);
    expect(stage.registry.askedRun(run.requestId)).toEqual(run);
    stage.clock.advance(3_600_001);
    expect(stage.registry.askedRun(run.requestId)).toBeUndefined();
  });

  it('can run a paused probe, and says when nobody is there to run it', async () => {
    await stage.registry.apply(spec({}, { paused: true }));
    expect(await refusal(stage.registry.runNow('front'))).toMatchObject({
      code: 'no_agents',
      message: 'No connected agent runs front.',
    });
    await join('a');
    expect((await stage.registry.runNow('front')).agents).toEqual(['a']);
    expect(await refusal(stage.registry.runNow('front', { region: ['mars'] }))).toMatchObject({
      code: 'no_agents',
      message: 'Of 1 connected agents that can run front none is where you asked for one.',
      hint: expect.stringContaining('They are in '),
    });
  });
});
