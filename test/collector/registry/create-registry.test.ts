import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { RegistryError } from '../../../collector/registry/errors.ts';
import { promisesOf } from '../../../collector/registry/promises.ts';
import type { RunNow, Schedule } from '../../../protocol/frame.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { labelsOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

let test: TestStore;
let clock: ManualClock;
let registry: RunningRegistry;

beforeEach(async () => {
  test = await openTestStore('embedded');
  clock = manualClock(Date.now());
  registry = await open();
});
afterEach(async () => {
  await registry.close();
  await test.close();
});

const open = () => createRegistry({ store: test.store, clock, log: SILENT_LOG });

async function restart(): Promise<void> {
  await registry.close();
  registry = await open();
}

function spec(more: Record<string, unknown> = {}, probe: Record<string, unknown> = {}) {
  return {
    version: 1,
    targets: [
      { name: 'origin', url: 'http://video.example/' },
      { name: 'cdn', url: 'https://cdn.example/' },
    ],
    probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '2s', timeout: '1s', ...probe }],
    ...more,
  };
}

/** An agent with what was sent to it. */
async function join(agent: string, region = 'eu-west', more: Parameters<typeof helloOf>[0] = { agent }) {
  const sent: (Schedule | RunNow)[] = [];
  const link = { send: (frame: Schedule | RunNow) => void sent.push(frame) };
  const schedule = await registry.connected(helloOf({ labels: labelsOf(region), ...more, agent }), link);
  return { sent, link, schedule };
}

async function refusal(work: Promise<unknown>): Promise<RegistryError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RegistryError)) throw new Error(`expected a RegistryError, got ${String(error)}`);
  return error;
}

describe('apply', () => {
  it('creates, then leaves alone what is the same, then updates what is not', async () => {
    expect((await registry.apply(spec())).changes).toMatchObject([
      { kind: 'target', name: 'origin', action: 'create' },
      { kind: 'target', name: 'cdn', action: 'create' },
      { kind: 'probe', name: 'front', action: 'create' },
    ]);
    const { revision } = registry;
    expect((await registry.apply(spec())).changes.map(({ action }) => action)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(registry.revision).toBe(revision);
    expect((await registry.apply(spec({ targets: [] }, { every: '5s' }))).changes).toMatchObject([
      { kind: 'probe', name: 'front', action: 'update' },
    ]);
    expect(registry.revision).toBeGreaterThan(revision);
    expect(registry.probe('front')).toMatchObject({ everyMs: 5000, timeoutMs: 1000 });
  });

  it('only says what it would do on a dry run', async () => {
    expect((await registry.apply(spec(), { dryRun: true })).changes.map(({ action }) => action)).toEqual([
      'create',
      'create',
      'create',
    ]);
    expect(registry.probes()).toEqual([]);
    expect(registry.targets()).toEqual([]);
  });

  it('keeps what it applied over a restart', async () => {
    await registry.apply(spec());
    const [probes, targets, revision] = [registry.probes(), registry.targets(), registry.revision];
    await restart();
    expect(registry.probes()).toEqual(probes);
    expect(registry.targets()).toEqual(targets);
    expect(registry.revision).toBe(revision);
    expect((await registry.apply(spec())).changes.every(({ action }) => action === 'unchanged')).toBe(true);
  });

  it('keeps what is promised, of which agents need not know', async () => {
    const slo = { objective: '99.9%', window: '30d', metric: 'ttfb_ms', under: '800ms' };
    await registry.apply(spec());
    const { sent } = await join('a1');
    await registry.settled();
    const before = sent.length;
    expect((await registry.apply(spec({}, { slo }))).changes.map(({ action }) => action)).toEqual([
      'unchanged',
      'unchanged',
      'update',
    ]);
    await registry.settled();
    expect(sent.length).toBe(before);
    await restart();
    expect(registry.probe('front')?.spec.slo).toEqual(slo);
    expect(promisesOf(registry.probes().map((probe) => probe.spec))).toEqual(
      registry.probe('front')?.spec.targets.map((target) => ({
        ...{ probe: 'front', target },
        slo: {
          successRatio: 0.999,
          periodMs: 30 * 86_400_000,
          latency: { metric: 'ttfb_ms', underMs: 800 },
        },
      })),
    );
  });

  it.each<[string, unknown, string, (string | number)[], RegExp]>([
    [
      'a promise of what the probe does not measure',
      spec({}, { slo: { objective: '99%', metric: 'first_frame_ms', under: '1s' } }),
      'invalid_spec',
      ['probes', 0, 'slo', 'metric'],
      /does not measure first_frame_ms/,
    ],
    ['a shape that is not one', { version: 2 }, 'invalid_spec', ['version'], /./],
    ['a key that does not exist', spec({}, { evry: '2s' }), 'invalid_spec', ['probes', 0], /evry/],
    [
      'a duration that is none',
      spec({}, { every: 'often' }),
      'invalid_spec',
      ['probes', 0, 'every'],
      /duration/,
    ],
    ['a type that does not exist', spec({}, { type: 'htpp' }), 'unknown_type', ['probes', 0, 'type'], /htpp/],
    [
      'a target that does not exist',
      spec({}, { targets: ['orgin'] }),
      'unknown_target',
      ['probes', 0, 'targets', 0],
      /orgin/,
    ],
    [
      'a target named twice',
      spec({}, { targets: ['cdn', 'cdn'] }),
      'invalid_spec',
      ['probes', 0, 'targets', 1],
      /twice/,
    ],
    [
      'parameters that the type does not have',
      spec({}, { params: { nonsense: 1 } }),
      'invalid_spec',
      ['probes', 0, 'params'],
      /nonsense/,
    ],
    [
      'two targets of one name',
      spec({ targets: [1, 2].map(() => ({ name: 'origin', url: 'http://a.example/' })) }),
      'invalid_spec',
      ['targets', 1, 'name'],
      /twice/,
    ],
  ])('refuses %s, saying where', async (_what, bad, code, path, message) => {
    const error = await refusal(registry.apply(bad));
    expect(error.code).toBe(code);
    expect(error.issues[0]).toMatchObject({ path });
    expect(error.message).toMatch(message);
    expect(registry.probes()).toEqual([]);
  });

  it('suggests what was likely meant, and names every complaint at once', async () => {
    const error = await refusal(
      registry.apply(spec({}, { type: 'htpp', targets: ['orgin', 'nothing-like-it'] })),
    );
    expect(error.issues.map(({ hint }) => hint)).toEqual([
      'Did you mean origin?',
      'Declare it under `targets`.',
      'Did you mean http?',
    ]);
  });

  it('finds a target that an earlier specification declared', async () => {
    await registry.apply(spec({ probes: [] }));
    await registry.apply(spec({ targets: [] }));
    expect(registry.probes()).toHaveLength(1);
  });

  it('records who changed what', async () => {
    await registry.apply(spec());
    await registry.pause('front');
    await registry.deleteProbe('front');
    expect(await test.store.query('SELECT kind, name, action FROM changes ORDER BY revision, name')).toEqual([
      { kind: 'target', name: 'cdn', action: 'create' },
      { kind: 'probe', name: 'front', action: 'create' },
      { kind: 'target', name: 'origin', action: 'create' },
      { kind: 'probe', name: 'front', action: 'pause' },
      { kind: 'probe', name: 'front', action: 'delete' },
    ]);
  });
});

describe('the schedule of an agent', () => {
  it('holds what its labels and capabilities select, with parameters as the type parses them', async () => {
    await registry.apply(
      spec({
        probes: [
          { name: 'everywhere', type: 'http', targets: ['origin', 'cdn'], every: '2s' },
          {
            name: 'europe',
            type: 'http',
            targets: ['origin'],
            every: '2s',
            from: { region: ['eu-west', 'eu-north'] },
          },
          {
            name: 'asia',
            type: 'http',
            targets: ['origin'],
            every: '2s',
            from: { region: ['ap-southeast'] },
          },
          { name: 'tagged', type: 'http', targets: ['origin'], every: '2s', from: { tag: ['canary'] } },
          { name: 'one', type: 'http', targets: ['origin'], every: '2s', from: { agent: ['b'] } },
          { name: 'up', type: 'upload', targets: ['origin'], every: '10s' },
        ],
      }),
    );
    const names = (schedule: Schedule) =>
      schedule.assignments.map(({ probe, target }) => `${probe}/${target.name}`);
    const a = await join('a', 'eu-west', { agent: 'a', capabilities: { probeTypes: ['http'], browser: '' } });
    expect(names(a.schedule)).toEqual(['europe/origin', 'everywhere/origin', 'everywhere/cdn']);
    expect(a.schedule.assignments[1]?.params).not.toEqual({});
    const b = await join('b', 'us-east', { agent: 'b', labels: labelsOf('us-east', { tags: ['canary'] }) });
    expect(names(b.schedule)).toEqual([
      'everywhere/origin',
      'everywhere/cdn',
      'one/origin',
      'tagged/origin',
      'up/origin',
    ]);
    expect(registry.probe('everywhere')?.agents).toEqual(['a', 'b']);
    expect(registry.agent('a')?.assignments).toBe(3);
  });

  it('begins two seconds after a change; what did not change keeps its begin, also over a restart', async () => {
    await registry.apply(spec());
    const start = clock.wallMs();
    const { schedule } = await join('a');
    expect(schedule.assignments.map(({ effectiveFromMs }) => effectiveFromMs)).toEqual([start + 2000]);
    clock.advance(60_000);
    await registry.apply(
      spec({ targets: [], probes: [{ name: 'second', type: 'http', targets: ['cdn'], every: '5s' }] }),
    );
    const begins = async () =>
      Object.fromEntries(
        (await registry.assignments('a')).map(({ probe, effectiveFromMs }) => [probe, effectiveFromMs]),
      );
    expect(await begins()).toEqual({ front: start + 2000, second: start + 62_000 });
    clock.advance(60_000);
    await restart();
    expect(await begins()).toEqual({ front: start + 2000, second: start + 62_000 });
    const again = await join('a');
    expect(again.schedule.assignments.map(({ effectiveFromMs }) => effectiveFromMs).sort()).toEqual([
      start + 2000,
      start + 62_000,
    ]);
    await registry.apply(spec({ targets: [{ name: 'cdn', url: 'https://other.example/' }], probes: [] }));
    expect(await begins()).toEqual({ front: start + 2000, second: clock.wallMs() + 2000 });
  });

  it('is sent to connected agents after a change, and only to those whom it concerns', async () => {
    await registry.apply(spec({ probes: [] }));
    const eu = await join('a', 'eu-west');
    const us = await join('b', 'us-east');
    const gone = await join('c', 'eu-west');
    registry.disconnected('c', gone.link);
    await registry.apply(spec({}, { from: { region: ['eu-west'] } }));
    await expect
      .poll(() => eu.sent.at(-1))
      .toMatchObject({ type: 'schedule', revision: registry.revision, assignments: [{ probe: 'front' }] });
    await registry.pause('front');
    await expect.poll(() => eu.sent.at(-1)).toMatchObject({ revision: registry.revision, assignments: [] });
    await registry.resume('front');
    await expect.poll(() => eu.sent.at(-1)).toMatchObject({ assignments: [{ probe: 'front' }] });
    await registry.deleteProbe('front');
    await expect.poll(() => eu.sent.at(-1)).toMatchObject({ revision: registry.revision, assignments: [] });
    expect([us.sent, gone.sent]).toEqual([[], []]);
  });

  it('has a revision above one that an agent brings from another store', async () => {
    await registry.apply(spec());
    const { schedule } = await join('a', 'eu-west', { agent: 'a', scheduleRevision: 1000 });
    expect(schedule.revision).toBeGreaterThan(1000);
  });
});

describe('an agent', () => {
  it('is silent when it was not heard for three health intervals, and connected when it is heard again', async () => {
    const { link } = await join('a');
    expect(registry.agent('a')?.state).toBe('connected');
    registry.disconnected('a', link);
    clock.advance(15_000);
    expect(registry.agent('a')).toMatchObject({ state: 'connected' });
    clock.advance(1);
    expect(registry.agent('a')?.state).toBe('silent');
    expect(registry.agent('a')?.connectedSinceMs).toBeUndefined();
    registry.heard('a');
    expect(registry.agent('a')?.state).toBe('connected');
  });

  it('is stopped after its goodbye, runs nothing, and runs again when it comes back', async () => {
    await registry.apply(spec());
    await join('a');
    clock.advance(30_000);
    registry.goodbye('a', clock.wallMs());
    expect(registry.agent('a')).toMatchObject({
      state: 'stopped',
      stoppedAtMs: clock.wallMs(),
      assignments: 0,
    });
    expect(registry.probe('front')?.agents).toEqual([]);
    clock.advance(3_600_000);
    expect(registry.agent('a')?.state).toBe('stopped');
    await restart();
    expect(registry.agent('a')).toMatchObject({ state: 'stopped', assignments: 0 });
    const { schedule } = await join('a');
    expect(registry.agent('a')?.state).toBe('connected');
    expect(schedule.assignments[0]?.effectiveFromMs).toBe(clock.wallMs() + 2000);
  });

  it('is known with its labels after a restart, and given time to come back before it is called silent', async () => {
    await join('a', 'ap-southeast');
    const before = registry.agent('a');
    clock.advance(3_600_000);
    await restart();
    expect(registry.agent('a')).toMatchObject({
      labels: before?.labels,
      firstSeenMs: before?.firstSeenMs,
      state: 'connected',
    });
    clock.advance(15_001);
    expect(registry.agent('a')?.state).toBe('silent');
  });

  it('is not let go by the end of a session that another has replaced', async () => {
    const first = await join('a');
    await join('a');
    registry.disconnected('a', first.link);
    expect(registry.agent('a')?.connectedSinceMs).toBeDefined();
  });

  it('gets new labels when it comes back with new ones', async () => {
    await join('a', 'eu-west');
    await join('a', 'eu-north');
    expect(registry.labelsOf('a').region).toBe('eu-north');
    expect(() => registry.labelsOf('nobody')).toThrow('never connected');
  });
});

describe('pause, resume and delete', () => {
  it('take a probe from the agents and give it back', async () => {
    await registry.apply(spec());
    await join('a');
    await registry.pause('front');
    expect(await registry.assignments('a')).toEqual([]);
    expect(registry.probe('front')?.spec.paused).toBe(true);
    await restart();
    expect(registry.probe('front')?.spec.paused).toBe(true);
    await registry.resume('front');
    await join('a');
    expect(await registry.assignments('a')).toHaveLength(1);
    await registry.deleteProbe('front');
    expect(registry.probe('front')).toBeUndefined();
    await restart();
    expect(registry.probes()).toEqual([]);
    expect(registry.targets()).toHaveLength(2);
  });

  it('name the nearest probe when there is none of the name', async () => {
    await registry.apply(spec());
    for (const work of [
      () => registry.pause('frnt'),
      () => registry.resume('frnt'),
      () => registry.deleteProbe('frnt'),
      () => registry.runNow('frnt'),
    ]) {
      expect(await refusal(work())).toMatchObject({ code: 'not_found', hint: 'Did you mean front?' });
    }
  });
});

describe('runNow', () => {
  it('asks the connected agents that run the probe, one run a target, and remembers it for an hour', async () => {
    await registry.apply(spec({}, { targets: ['origin', 'cdn'], from: { region: ['eu-west'] } }));
    const eu = await join('a', 'eu-west');
    const us = await join('b', 'us-east');
    const gone = await join('c', 'eu-west');
    registry.disconnected('c', gone.link);
    const run = await registry.runNow('front');
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
    expect(registry.askedRun(run.requestId)).toEqual(run);
    clock.advance(3_600_001);
    expect(registry.askedRun(run.requestId)).toBeUndefined();
  });

  it('can run a paused probe, and says when nobody is there to run it', async () => {
    await registry.apply(spec({}, { paused: true }));
    expect(await refusal(registry.runNow('front'))).toMatchObject({
      code: 'no_agents',
      message: 'No connected agent runs front.',
    });
    await join('a');
    expect((await registry.runNow('front')).agents).toEqual(['a']);
    expect(await refusal(registry.runNow('front', { region: ['mars'] }))).toMatchObject({
      code: 'no_agents',
      message: 'Of 1 connected agents that can run front none is where you asked for one.',
      hint: expect.stringContaining('They are in '),
    });
  });
});
