import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { Subjects } from '../../../collector/notify/subjects.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { FOUND_MS, over } from './sights.ts';

/** A store of incidents that says what it was asked for. */
function storeOf(...incidents: readonly Incident[]) {
  const asked: string[][] = [];
  const withIds = (ids: readonly string[]) => {
    if (ids.length > 0) asked.push([...ids]);
    return Promise.resolve(incidents.filter(({ id }) => ids.includes(id)));
  };
  return { asked, withIds };
}
const one = (id: string, more: Partial<Incident> = {}): Incident => incidentOf({ id, ...more });
const ids = (incidents: readonly Incident[]) => incidents.map(({ id }) => id).sort();

describe('the subjects of notifications', () => {
  it('are what is open and what somebody was told of; what is over and was told to nobody is none', async () => {
    const known = [one('a'), one('b', over(FOUND_MS)), one('c', over(FOUND_MS))];
    const store = storeOf();
    expect(ids(await new Subjects(store).of(known, new Set(['b'])))).toEqual(['a', 'b']);
    expect(store.asked).toEqual([]);
  });

  it('are asked of the store once where they are over or gone, and again while they are open there', async () => {
    const store = storeOf(one('ended', over(FOUND_MS)), one('open'));
    const subjects = new Subjects(store);
    const told = new Set(['ended', 'open', 'gone']);
    expect(ids(await subjects.of([], told))).toEqual(['ended', 'open']);
    expect(ids(await subjects.of([], told))).toEqual(['ended', 'open']);
    expect(store.asked).toEqual([['ended', 'open', 'gone'], ['open']]);
    await subjects.of([], new Set());
    await subjects.of([], new Set(['ended']));
    expect(store.asked.at(-1)).toEqual(['ended']);
  });

  it('are also what took them over, as far as mergeDepth', async () => {
    const { value } = NOTIFY_LIMITS.mergeDepth;
    const chain = Array.from({ length: value + 5 }, (_, i) => one(`i${i}`, over(FOUND_MS, `i${i + 1}`)));
    const store = storeOf(...chain);
    expect(await new Subjects(store).of(chain.slice(0, 1), new Set(['i0']))).toHaveLength(value);
    const circle = [one('x', over(FOUND_MS, 'y')), one('y', over(FOUND_MS, 'x'))];
    expect(ids(await new Subjects(store).of(circle, new Set(['x'])))).toEqual(['x', 'y']);
  });
});
