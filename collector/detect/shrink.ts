/** Whether what is left of an incident is a part of its place: the rest has been well for as long as an all-clear takes. */
import type { Sources } from './evidence.ts';
import type { IncidentScope } from './incident.ts';
import { type Placed, placeOf } from './place.ts';
import { type Family, massOf, type RecentLeaf, recentLeaves } from './recent-leaves.ts';
import { coversScope, coversSeries, sameScope } from './scope.ts';

/** What the part must explain, in nats. */
const GAIN_MIN = 8;
/** Failures are rarer, and their absence says less: it takes so many times as many rounds. */
const FAILING_ROUNDS = 3;
/** The part is worse than the rest by so many times at least. */
const WORSE = 3;

/** The part that is left; undefined while it is the whole, or nothing in particular. */
export function remainderOf(
  one: { readonly scope: IncidentScope; readonly family: Family; readonly startedMs: number },
  { groups, series, settings }: Pick<Sources, 'groups' | 'series' | 'settings'>,
): Placed | undefined {
  if (one.scope.kind === 'agent') return undefined;
  const { family, startedMs } = one;
  const times = family === 'failing' ? FAILING_ROUNDS : 1;
  const question = { family, shared: true, fromMs: startedMs, rounds: times * settings.calmRounds };
  const leaves = recentLeaves(question, groups, series, settings).filter(
    (leaf) => coversSeries(one.scope, leaf.series) && leaf.total >= times * settings.calmRoundsWithData,
  );
  const placed = placeOf(leaves, () => true, GAIN_MIN, settings);
  if (!placed || sameScope(placed.scope, one.scope) || !coversScope(one.scope, placed.scope, series))
    return undefined;
  const isIn = (leaf: RecentLeaf) => coversSeries(placed.scope, leaf.series);
  const inside = shareOf(leaves.filter(isIn));
  const rest = shareOf(leaves.filter((leaf) => !isIn(leaf)));
  const [raised, well] =
    family === 'failing'
      ? [settings.failureRaisedShare, settings.failureP0Min]
      : [settings.raisedShare, settings.wellShare];
  return inside >= raised && rest <= Math.min(well, inside / WORSE) ? placed : undefined;
}

/** 1 for no leaves: of what is not there it is not known that it is well. */
function shareOf(leaves: readonly RecentLeaf[]): number {
  const { bad, units } = massOf(leaves);
  return units === 0 ? 1 : bad / units;
}
