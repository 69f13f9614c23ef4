import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { Collectors, probe, type RunningCollector, SOON, spec, ToldAgent } from './several.ts';

describeEngines('two collectors on one store, beside the schedule,', (engine) => {
  let test: TestStore;
  let clock: ManualClock;
  let collectors: Collectors;
  let one: RunningCollector;
  let two: RunningCollector;

  beforeEach(async () => {
    test = await openTestStore(engine);
    clock = manualClock(Date.now() - 7_200_000);
    collectors = new Collectors(test.store, clock);
    one = await collectors.start('one');
    two = await collectors.start('two');
  });
  afterEach(async () => {
    await collectors.close();
    await test.close();
  });

  it('ask agents of each other for runs, and each knows what became of them', async () => {
    await one.registry.apply(spec(probe('front')));
    const [here, there] = [new ToldAgent('here'), new ToldAgent('there')];
    await here.join(one);
    await there.join(two);
    await expect.poll(() => one.registry.agent('there')?.connectedSinceMs, SOON).toBeDefined();
    const run = await one.registry.runNow('front');
    expect(run).toMatchObject({ agents: ['here', 'there'], expected: 2 });
    for (const agent of [here, there])
      expect(agent.runs).toMatchObject([
        { requestId: run.requestId, trigger: 'manual', assignment: { probe: 'front' } },
      ]);
    expect(two.registry.askedRun(run.requestId)).toMatchObject({ agents: ['here', 'there'], expected: 2 });
    await two.hangUp();
    expect((await one.registry.runNow('front')).agents).toEqual(['here']);
  });

  it('have agents of each other look again at one check, and tell nobody else', async () => {
    await one.registry.apply(spec(probe('front')));
    const [here, there, idle] = [new ToldAgent('here'), new ToldAgent('there'), new ToldAgent('idle')];
    await here.join(one);
    await there.join(two);
    await idle.join(two);
    await expect.poll(() => one.registry.agent('idle')?.connectedSinceMs, SOON).toBeDefined();
    const task = { run: 'c1', probe: 'front', target: 'origin', agents: ['here', 'there', 'gone'] };
    expect(await one.registry.confirm(task)).toEqual(['here', 'there']);
    for (const agent of [here, there])
      expect(agent.runs).toMatchObject([
        { requestId: 'c1', trigger: 'confirm', assignment: { probe: 'front', target: { name: 'origin' } } },
      ]);
    expect([idle.runs, two.registry.askedRun('c1')]).toMatchObject([[], { probe: 'front', expected: 3 }]);
    await expect(one.registry.confirm({ ...task, target: 'gone' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(one.registry.confirm({ ...task, probe: 'gone' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('have agents of each other watch, and tell nobody else', async () => {
    await one.registry.apply(spec(probe('post')));
    const [here, there, idle] = [new ToldAgent('here'), new ToldAgent('there'), new ToldAgent('idle')];
    await here.join(one);
    await there.join(two);
    await idle.join(two);
    await expect.poll(() => one.registry.agent('idle')?.connectedSinceMs, SOON).toBeDefined();
    const watch = {
      playUrls: ['http://video.example/play/1'],
      ...{ sinceWallMs: clock.wallMs(), pollMs: 500, untilWallMs: clock.wallMs() + 5000 },
      cmcd: 'off' as const,
    };
    const task = { run: 'u1', probe: 'post', target: 'origin', agents: ['here', 'there', 'gone'], watch };
    expect(await one.registry.watch(task)).toEqual(['here', 'there']);
    for (const agent of [here, there])
      expect(agent.runs).toMatchObject([
        {
          ...{ requestId: 'u1', trigger: 'publish', watch },
          assignment: { probe: 'post', target: { name: 'origin' }, timeoutMs: 6000 },
        },
      ]);
    expect(idle.runs).toEqual([]);
    expect(two.registry.askedRun('u1')).toMatchObject({ expected: 3 });
    await expect(one.registry.watch({ ...task, target: 'nowhere' })).rejects.toThrow('no target nowhere');
    await expect(one.registry.watch({ ...task, probe: 'nothing' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('tell each other the times of what is watched by the clock of the store', async () => {
    await one.registry.apply(spec(probe('post')));
    const behind = await collectors.start('behind', 40_000);
    const agent = new ToldAgent('there');
    await expect.poll(() => behind.registry.probe('post'), SOON).toBeDefined();
    await agent.join(behind);
    await expect.poll(() => one.registry.agent('there')?.connectedSinceMs, SOON).toBeDefined();
    const sinceWallMs = clock.wallMs();
    const watch = { playUrls: ['http://video.example/'], sinceWallMs, pollMs: 500, cmcd: 'off' as const };
    const untilWallMs = sinceWallMs + 5000;
    const task = { run: 'u1', probe: 'post', target: 'origin', agents: ['there'] };
    await one.registry.watch({ ...task, watch: { ...watch, untilWallMs } });
    expect(agent.runs[0]?.watch).toEqual({
      ...watch,
      sinceWallMs: sinceWallMs - 40_000,
      untilWallMs: untilWallMs - 40_000,
    });
  });
});
