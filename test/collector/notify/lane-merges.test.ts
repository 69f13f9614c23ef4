import { describe, expect, it } from 'vitest';
import { at, eu, MINUTE, over, PlayedLane, sightOf } from './sights.ts';

const wide = (more: Parameters<typeof sightOf>[0] = {}, sight: Parameters<typeof sightOf>[1] = {}) =>
  sightOf({ id: 'inc-all', scope: { kind: 'global' }, ...more }, sight);

describe('a lane of incidents that are merged', () => {
  it('says that an incident is part of another, where that has a conversation of its own', () => {
    const lane = new PlayedLane();
    const wide = sightOf({ id: 'inc-all', scope: { kind: 'global' } });
    expect(lane.look(0, [eu(), wide])).toEqual(['opened', 'opened']);
    expect(lane.look(5, [eu(over(at(5), 'inc-all')), wide])).toEqual(['merged']);
  });

  it.each<readonly [string, Parameters<typeof wide>, string[]]>([
    ['its route does not mean', [], ['inc-eu-west']],
    ['is silenced', [{}, { quiet: 'silence 1' }], ['inc-eu-west', 'inc-all']],
    ['it would wait for', [{ detectedMs: at(2) }], ['inc-eu-west', 'inc-all']],
  ])(
    'follows what was told into a wider incident that %s: no end is told while that goes on',
    (_, given, wanted) => {
      const lane = new PlayedLane({ waitMs: 2 * MINUTE });
      expect(lane.look(2, [eu()], wanted)).toEqual(['opened']);
      const merged = eu(over(at(3), 'inc-all'));
      const kinds = [3, 4, 5].flatMap((minute) => lane.look(minute, [merged, wide(...given)], wanted));
      expect(kinds.filter((kind) => !kind.startsWith('updated'))).toEqual([]);
      expect(lane.threads.size).toBe(1);
      const [incident, sight] = given;
      const end = wide({ ...incident, ...over(at(9)) }, sight);
      expect(lane.look(9, [merged, end], wanted)).toEqual(['resolved']);
    },
  );

  it('follows one incident into another and that into a third', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    const chain = [
      eu(over(at(1), 'inc-country')),
      sightOf({ id: 'inc-country', scope: { kind: 'country', country: 'DE' }, ...over(at(2), 'inc-all') }),
    ];
    lane.look(3, [...chain, wide()]);
    expect(lane.threads.size).toBe(1);
    expect(lane.look(9, [...chain, wide(over(at(9)))])).toEqual(['resolved']);
  });

  it('does not say that a wider incident goes on when that is over as well, and waits for its data too', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    const merged = eu(over(at(1), 'inc-all'));
    expect(lane.look(9, [merged, wide(over(at(8)), { heard: false })])).toEqual([]);
    expect(lane.look(10, [merged, wide(over(at(8)))])).toEqual(['resolved']);
  });

  it('that was merged in a circle, by mistake, comes to an end', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    const circle = [eu(over(at(1), 'inc-all')), wide(over(at(1), 'inc-eu-west'))];
    expect(lane.look(2, circle)).toHaveLength(1);
  });
});
