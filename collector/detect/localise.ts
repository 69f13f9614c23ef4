/** Whose alarm is it? An alarm speaks for the place that explains it best, unless open incidents explain it already. */
import type { Sources } from './evidence.ts';
import { type Group, type GroupScope, type PastRound, shareOf } from './group.ts';
import type { IncidentScope } from './incident.ts';
import { gainOf } from './leaves/scan.ts';
import { type Placed, placeOf } from './place.ts';
import {
  type Family,
  familyOf,
  type LeafQuestion,
  massOf,
  type RecentLeaf,
  recentLeaves,
} from './recent-leaves.ts';
import { coversScope, coversSeries, sameScope, votesIn } from './scope.ts';
import type { Series } from './series.ts';
import type { DetectSettings } from './settings.ts';

/** Rounds of an alarm that are compared with the neighbours'. */
const LOOK_BACK_ROUNDS = 10;
/** An alarm must be raised now: small bets keep their evidence for many rounds after. */
const NOW_ROUNDS = 3;
/** What a place must explain, in nats. */
const LEFT_MIN = 4;

export interface Located extends Placed {
  readonly family: Family;
}

/** What is known of an open incident here. */
export interface OpenIncident {
  readonly scope: IncidentScope;
  readonly startedMs: number;
  readonly family: Family;
  /** Whether all of it is about one target. */
  onlyTarget(target: string): boolean;
}

/** The rounds that an alarm is judged by. */
export function alarmRounds(group: Group): readonly PastRound[] {
  return group.since(group.onsetMs, LOOK_BACK_ROUNDS);
}

/** The place that an alarm speaks for; undefined when it belongs to an open incident, is over, or is not clear yet. */
export function localise(
  group: Group,
  { groups, series, settings }: Sources,
  open: readonly OpenIncident[],
): Located | undefined {
  const { scope } = group;
  const shared = scope.kind === 'target' || scope.kind === 'global';
  const nowRounds = group.isFailure ? LOOK_BACK_ROUNDS : NOW_ROUNDS;
  const now = shareOf(group.history.slice(-nowRounds), shared ? 'raw' : 'y') ?? 0;
  if (now < (group.isFailure ? settings.failureRaisedShare : settings.p0)) return undefined;
  const family = familyOf(group, alarmRounds(group));
  if (group.roundsOver < holdOf(scope.kind, family, settings)) return undefined;

  const question = { family, shared, fromMs: group.onsetMs, rounds: LOOK_BACK_ROUNDS };
  const leaves = recentLeaves(question, groups, series, settings);
  const isAlarmed = (one: Series) => votesIn(scope, one);
  // What is slow there does not explain what fails everywhere.
  const left = outside(
    leaves,
    open.filter((one) => one.family === family),
  );
  // What open incidents explain in part must be worth an alarm without that part.
  const needed = left.length < leaves.length ? Math.log(groups.threshold(scope, group.everyMs)) : LEFT_MIN;
  if (gainOf(massOf(left.filter((leaf) => isAlarmed(leaf.series)))) < needed) return undefined;

  const found = placeOf(left, isAlarmed, LEFT_MIN, settings);
  const placed = found && (wider(found, group, leaves, { settings, open, family, series }) ?? found);
  if (!placed || group.roundsOver < holdOf(placed.scope.kind, family, settings)) return undefined;
  // In the very place of an open incident it is one with it.
  if (open.some((one) => coversScope(one.scope, placed.scope, series))) return undefined;
  // Only what watches everything says that it is everything: it has seen what all share.
  if (
    !shared &&
    (placed.scope.kind === 'global' || isShared(placed, question, left, { groups, series, settings }))
  )
    return undefined;
  return { ...placed, family };
}

/** A place that holds this one and those of open incidents that began at about the same time, if it explains them all. */
function wider(
  found: Placed,
  group: Group,
  leaves: readonly RecentLeaf[],
  {
    settings,
    open,
    family,
    series,
  }: Pick<Sources, 'settings' | 'series'> & { open: readonly OpenIncident[]; family: Family },
): Placed | undefined {
  const recent = open.filter(
    (one) => one.family === family && one.startedMs >= group.onsetMs - settings.widenWithinMs,
  );
  if (recent.length === 0) return undefined;
  const others = open.filter((one) => one.family === family && !recent.includes(one));
  const placed = placeOf(outside(leaves, others), (one) => votesIn(group.scope, one), LEFT_MIN, settings);
  if (!placed || !coversScope(placed.scope, found.scope, series)) return undefined;
  return recent.some((one) => isWithin(one, placed.scope, series)) ? placed : undefined;
}

/** Whether an open incident is no more than a part of a scope. */
export function isWithin(one: OpenIncident, scope: IncidentScope, series: Iterable<Series>): boolean {
  if (sameScope(one.scope, scope)) return false;
  return coversScope(scope, one.scope, series) || (scope.kind === 'target' && one.onlyTarget(scope.target));
}

/** Whether most regions are raised beside a place that is less than all of them: then a wider scope will say so. */
function isShared(
  { scope, target }: Placed,
  question: LeafQuestion,
  left: readonly RecentLeaf[],
  { groups, series, settings }: Pick<Sources, 'groups' | 'series' | 'settings'>,
): boolean {
  if (scope.kind === 'target') return false;
  const free = new Set(left.map((leaf) => leaf.series));
  const raw = recentLeaves({ ...question, shared: true }, groups, series, settings).filter(
    (leaf) => free.has(leaf.series) && (target === undefined || leaf.series.target === target),
  );
  const regions = Map.groupBy(raw, (leaf) => leaf.series.region);
  const from = question.family === 'failing' ? settings.failureRaisedShare : settings.raisedShare;
  let raised = 0;
  for (const within of regions.values()) {
    const beside = massOf(within.filter((leaf) => !coversSeries(scope, leaf.series)));
    if (beside.units === 0 || beside.bad >= from * beside.units) raised += 1;
  }
  const total = regions.size;
  return total > 1 && (total < 4 ? raised === total : raised >= settings.mostRegions * total);
}

const outside = (leaves: readonly RecentLeaf[], open: readonly OpenIncident[]): readonly RecentLeaf[] =>
  leaves.filter((leaf) => !open.some((one) => coversSeries(one.scope, leaf.series)));

/** Rounds for which an alarm must last. Failures are never the noise of a busy machine, and need less. */
function holdOf(
  kind: IncidentScope['kind'] | GroupScope['kind'],
  family: Family,
  { holdRounds }: DetectSettings,
): number {
  const rounds =
    kind === 'agent' || kind === 'target' || kind === 'global' ? holdRounds[kind] : holdRounds.region;
  return family === 'failing' ? Math.min(holdRounds.failures, rounds) : rounds;
}
