import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Choice, chooseWatchers, type Place } from '../../../collector/publish/choose-watchers.ts';
import { PUBLICATION_LIMITS } from '../../../collector/publish/limits.ts';
import type { AgentView } from '../../../collector/registry/registry.ts';
import { probeSchema, type Selector } from '../../../probes/spec.ts';
import { labelsOf } from '../../support/records.ts';

const probe = probeSchema.parse({ name: 'post', type: 'http', targets: ['clip'], every: '1m' });

function agent(id: string, region: string, more: Partial<AgentView> = {}): AgentView {
  return {
    ...{ id, software: 'test', boot: 'b', state: 'connected', firstSeenMs: 0, lastSeenMs: 0, collector: 'c' },
    ...{ revision: 0, toldMs: 0, assignments: 0, connectedSinceMs: 1 },
    labels: labelsOf(region),
    capabilities: { probeTypes: ['http'], browser: '' },
    ...more,
  } as AgentView;
}

const choose = (from: readonly Selector[], agents: readonly AgentView[], more: Partial<Choice> = {}) =>
  chooseWatchers(from, { agents, probe, uploader: 'up', busyWith: () => 0, random: () => 0, ...more });
const idsOf = (places: readonly Place[]) =>
  places.map((place) => ('agent' in place ? place.agent.id : `${place.refused} ${place.region}`));
const region = (...names: string[]): Selector => ({ region: names });

describe('watchers', () => {
  it('are one agent a selector, in their order, and never the uploader', () => {
    const agents = [agent('up', 'eu'), agent('eu-2', 'eu'), agent('us-1', 'us'), agent('ap-1', 'ap')];
    expect(idsOf(choose([region('us'), region('eu'), region('ap')], agents))).toEqual([
      'us-1',
      'eu-2',
      'ap-1',
    ]);
    expect(idsOf(choose([region('eu')], agents.slice(0, 1)))).toEqual(['agent_down eu']);
  });

  it('are alive, connected and know the probe', () => {
    const agents = [
      agent('silent', 'eu', { state: 'silent' }),
      agent('stopped', 'eu', { state: 'stopped' }),
      agent('away', 'eu', { connectedSinceMs: undefined }),
      agent('old', 'eu', { capabilities: { probeTypes: ['playback'], browser: '' } }),
    ];
    expect(idsOf(choose([region('eu')], agents))).toEqual(['agent_down eu']);
    expect(idsOf(choose([region('eu')], [...agents, agent('here', 'eu')]))).toEqual(['here']);
  });

  it('are the least busy of their region, and any of those that are equally busy', () => {
    const agents = ['a', 'b', 'c'].map((id) => agent(id, 'eu'));
    const busyWith = (id: string) => (id === 'a' ? 1 : 0);
    const chosen = (random: number) =>
      idsOf(choose([region('eu')], agents, { busyWith, random: () => random }));
    expect([chosen(0), chosen(0.99)]).toEqual([['b'], ['c']]);
  });

  it('are at no more orders at once than the limit', () => {
    const { value } = PUBLICATION_LIMITS.watchesPerAgent;
    const at = (busy: number) => idsOf(choose([region('eu')], [agent('a', 'eu')], { busyWith: () => busy }));
    expect(at(value - 1)).toEqual(['a']);
    expect(at(value)).toEqual(['shed eu']);
  });

  it('may be asked for by anything that selects agents', () => {
    const agents = [agent('a', 'eu'), agent('b', 'us', { labels: labelsOf('us', { tags: ['edge'] }) })];
    expect(idsOf(choose([{ tag: ['edge'] }, {}, {}], agents))).toEqual(['b', 'a', 'agent_down ']);
    expect(idsOf(choose([region('mars', 'moon')], agents))).toEqual(['agent_down mars,moon']);
  });

  it('never have two places of one order', () => {
    const names = fc.constantFrom('eu', 'us', 'ap');
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 8 }),
        fc.array(names, { maxLength: 8 }),
        (from, of) => {
          const agents = of.map((name, i) => agent(`a${i}`, name));
          const places = choose(
            from.map((name) => region(name)),
            agents,
          );
          const chosen = places.flatMap((place) => ('agent' in place ? [place.agent.id] : []));
          expect(new Set(chosen).size).toBe(chosen.length);
          expect(places.map((place) => place.region)).toEqual(from);
        },
      ),
      { numRuns: 200 },
    );
  });
});
