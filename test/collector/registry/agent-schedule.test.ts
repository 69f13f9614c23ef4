import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../../protocol/frame.ts';
import { labelsOf } from '../../support/records.ts';
import { spec, stageRegistry } from './registry-stage.ts';

const stage = stageRegistry();
const { join, restart } = stage;

describe('the schedule of an agent', () => {
  it('holds what its labels and capabilities select, with parameters as the type parses them', async () => {
    await stage.registry.apply(
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
    const a = await join('a', 'eu-west', { capabilities: { probeTypes: ['http'], browser: '' } });
    expect(names(a.schedule)).toEqual(['europe/origin', 'everywhere/origin', 'everywhere/cdn']);
    expect(a.schedule.assignments[1]?.params).not.toEqual({});
    const b = await join('b', 'us-east', { labels: labelsOf('us-east', { tags: ['canary'] }) });
    expect(names(b.schedule)).toEqual([
      'everywhere/origin',
      'everywhere/cdn',
      'one/origin',
      'tagged/origin',
      'up/origin',
    ]);
    expect(stage.registry.probe('everywhere')?.agents).toEqual(['a', 'b']);
    expect(stage.registry.agent('a')?.assignments).toBe(3);
  });

  it('begins two seconds after a change; what did not change keeps its begin, also over a restart', async () => {
    await stage.registry.apply(spec());
    const start = stage.clock.wallMs();
    const { schedule } = await join('a');
    expect(schedule.assignments.map(({ effectiveFromMs }) => effectiveFromMs)).toEqual([start + 2000]);
    stage.clock.advance(60_000);
    await stage.registry.apply(
      spec({ targets: [], probes: [{ name: 'second', type: 'http', targets: ['cdn'], every: '5s' }] }),
    );
    const begins = async () =>
      Object.fromEntries(
        (await stage.registry.assignments('a')).map(({ probe, effectiveFromMs }) => [probe, effectiveFromMs]),
      );
    expect(await begins()).toEqual({ front: start + 2000, second: start + 62_000 });
    stage.clock.advance(60_000);
    await restart();
    expect(await begins()).toEqual({ front: start + 2000, second: start + 62_000 });
    const again = await join('a');
    expect(again.schedule.assignments.map(({ effectiveFromMs }) => effectiveFromMs).sort()).toEqual([
      start + 2000,
      start + 62_000,
    ]);
    await stage.registry.apply(
      spec({ targets: [{ name: 'cdn', url: 'https://other.example/' }], probes: [] }),
    );
    expect(await begins()).toEqual({ front: start + 2000, second: stage.clock.wallMs() + 2000 });
  });

  it('is sent to connected agents after a change, and only to those whom it concerns', async () => {
    await stage.registry.apply(spec({ probes: [] }));
    const eu = await join('a', 'eu-west');
    const us = await join('b', 'us-east');
    const gone = await join('c', 'eu-west');
    stage.registry.disconnected('c', gone.link);
    await stage.registry.apply(spec({}, { from: { region: ['eu-west'] } }));
    await expect
      .poll(() => eu.sent.at(-1))
      .toMatchObject({
        type: 'schedule',
        revision: stage.registry.revision,
        assignments: [{ probe: 'front' }],
      });
    await stage.registry.pause('front');
    await expect
      .poll(() => eu.sent.at(-1))
      .toMatchObject({ revision: stage.registry.revision, assignments: [] });
    await stage.registry.resume('front');
    await expect.poll(() => eu.sent.at(-1)).toMatchObject({ assignments: [{ probe: 'front' }] });
    await stage.registry.deleteProbe('front');
    await expect
      .poll(() => eu.sent.at(-1))
      .toMatchObject({ revision: stage.registry.revision, assignments: [] });
    expect([us.sent, gone.sent]).toEqual([[], []]);
  });

  it('has a revision above one that an agent brings from another store', async () => {
    await stage.registry.apply(spec());
    const { schedule } = await join('a', 'eu-west', { scheduleRevision: 1000 });
    expect(schedule.revision).toBeGreaterThan(1000);
  });
});
