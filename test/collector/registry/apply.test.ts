import { describe, expect, it } from 'vitest';
import { promisesOf } from '../../../collector/registry/promises.ts';
import { refusal, spec, stageRegistry } from './registry-stage.ts';

const stage = stageRegistry();
const { join, restart } = stage;

describe('apply', () => {
  it('creates, then leaves alone what is the same, then updates what is not', async () => {
    expect((await stage.registry.apply(spec())).changes).toMatchObject([
      { kind: 'target', name: 'origin', action: 'create' },
      { kind: 'target', name: 'cdn', action: 'create' },
      { kind: 'probe', name: 'front', action: 'create' },
    ]);
    const { revision } = stage.registry;
    expect((await stage.registry.apply(spec())).changes.map(({ action }) => action)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(stage.registry.revision).toBe(revision);
    expect((await stage.registry.apply(spec({ targets: [] }, { every: '5s' }))).changes).toMatchObject([
      { kind: 'probe', name: 'front', action: 'update' },
    ]);
    expect(stage.registry.revision).toBeGreaterThan(revision);
    expect(stage.registry.probe('front')).toMatchObject({ everyMs: 5000, timeoutMs: 1000 });
  });

  it('only says what it would do on a dry run', async () => {
    expect(
      (await stage.registry.apply(spec(), { dryRun: true })).changes.map(({ action }) => action),
    ).toEqual(['create', 'create', 'create']);
    expect(stage.registry.probes()).toEqual([]);
    expect(stage.registry.targets()).toEqual([]);
  });

  it('keeps what it applied over a restart', async () => {
    await stage.registry.apply(spec());
    const [probes, targets, revision] = [
      stage.registry.probes(),
      stage.registry.targets(),
      stage.registry.revision,
    ];
    await restart();
    expect(stage.registry.probes()).toEqual(probes);
    expect(stage.registry.targets()).toEqual(targets);
    expect(stage.registry.revision).toBe(revision);
    expect((await stage.registry.apply(spec())).changes.every(({ action }) => action === 'unchanged')).toBe(
      true,
    );
  });

  it('keeps what is promised, of which agents need not know', async () => {
    const slo = { objective: '99.9%', window: '30d', metric: 'ttfb_ms', under: '800ms' };
    await stage.registry.apply(spec());
    const { sent } = await join('a1');
    await stage.registry.settled();
    const before = sent.length;
    expect((await stage.registry.apply(spec({}, { slo }))).changes.map(({ action }) => action)).toEqual([
      'unchanged',
      'unchanged',
      'update',
    ]);
    await stage.registry.settled();
    expect(sent.length).toBe(before);
    await restart();
    expect(stage.registry.probe('front')?.spec.slo).toEqual(slo);
    expect(promisesOf(stage.registry.probes().map((probe) => probe.spec))).toEqual(
      stage.registry.probe('front')?.spec.targets.map((target) => ({
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
    const error = await refusal(stage.registry.apply(bad));
    expect(error.code).toBe(code);
    expect(error.issues[0]).toMatchObject({ path });
    expect(error.message).toMatch(message);
    expect(stage.registry.probes()).toEqual([]);
  });

  it('suggests what was likely meant, and names every complaint at once', async () => {
    const error = await refusal(
      stage.registry.apply(spec({}, { type: 'htpp', targets: ['orgin', 'nothing-like-it'] })),
    );
    expect(error.issues.map(({ hint }) => hint)).toEqual([
      'Did you mean origin?',
      'Declare it under `targets`.',
      'Did you mean http?',
    ]);
  });

  it('finds a target that an earlier specification declared', async () => {
    await stage.registry.apply(spec({ probes: [] }));
    await stage.registry.apply(spec({ targets: [] }));
    expect(stage.registry.probes()).toHaveLength(1);
  });

  it('records who changed what', async () => {
    await stage.registry.apply(spec());
    await stage.registry.pause('front');
    await stage.registry.deleteProbe('front');
    expect(await stage.store.query('SELECT kind, name, action FROM changes ORDER BY revision, name')).toEqual(
      [
        { kind: 'target', name: 'cdn', action: 'create' },
        { kind: 'probe', name: 'front', action: 'create' },
        { kind: 'target', name: 'origin', action: 'create' },
        { kind: 'probe', name: 'front', action: 'pause' },
        { kind: 'probe', name: 'front', action: 'delete' },
      ],
    );
  });
});
