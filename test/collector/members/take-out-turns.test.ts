import { describe, expect, it } from 'vitest';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { toTakeOut } from '../../../collector/members/take-out-turns.ts';

const DEAD_MS = MEMBER_LIMITS.deadMs.value;
const TURN_MS = MEMBER_LIMITS.turnMs.value;

/** What each of some collectors takes out, when one has been silent for so long; those with a `!` are fenced. */
function takenOut(silentMs: number, names: readonly string[] = ['a', 'b', 'c', 'silent']) {
  const members = names.map((name) => ({ incarnation: name.replace('!', ''), fenced: name.endsWith('!') }));
  const of = ({ incarnation }: (typeof members)[number]) => (incarnation === 'silent' ? silentMs : 500);
  return Object.fromEntries(
    members
      .filter(({ incarnation }) => incarnation !== 'silent')
      .map(({ incarnation }) => [
        incarnation,
        toTakeOut(incarnation, members, of).map((member) => member.incarnation),
      ]),
  );
}

describe('a collector that fell silent', () => {
  it('is left alone until it counts as dead', () => {
    expect(takenOut(DEAD_MS - 1)).toEqual({ a: [], b: [], c: [] });
  });

  it('is taken out by the first in the order, by the next only when that has had its turn', () => {
    expect(takenOut(DEAD_MS)).toEqual({ a: ['silent'], b: [], c: [] });
    expect(takenOut(DEAD_MS + TURN_MS - 1)).toEqual({ a: ['silent'], b: [], c: [] });
    expect(takenOut(DEAD_MS + TURN_MS)).toEqual({ a: ['silent'], b: ['silent'], c: [] });
    expect(takenOut(DEAD_MS + 2 * TURN_MS)).toEqual({ a: ['silent'], b: ['silent'], c: ['silent'] });
  });

  it('is waited for by nobody who comes after one that was taken out, or is silent too', () => {
    expect(takenOut(DEAD_MS, ['a!', 'b', 'silent'])).toMatchObject({ b: ['silent'] });
    const members = ['a', 'b', 'c'].map((incarnation) => ({ incarnation, fenced: false }));
    const silentMs = ({ incarnation }: { incarnation: string }) => (incarnation === 'c' ? 0 : DEAD_MS);
    expect(toTakeOut('c', members, silentMs).map(({ incarnation }) => incarnation)).toEqual(['a', 'b']);
  });

  it('takes out nobody for itself, and may see to others while it is not on the list yet', () => {
    expect(toTakeOut('new', [{ incarnation: 'silent', fenced: false }], () => DEAD_MS)).toHaveLength(1);
    expect(toTakeOut('silent', [{ incarnation: 'silent', fenced: false }], () => DEAD_MS)).toEqual([]);
  });
});
