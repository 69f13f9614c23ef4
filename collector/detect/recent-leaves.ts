/** What single agents saw of single checks in the rounds of an alarm: the leaves that its place is read from. */
import { type Group, type PastRound, shareOf } from './group.ts';
import type { GroupBook } from './group-book.ts';
import type { Mass } from './leaves/scan.ts';
import type { Series } from './series.ts';
import type { DetectSettings } from './settings.ts';
import type { Vote } from './tally.ts';

/** Runs that fail, or runs that are slow: two faults at once are told apart by it. */
export type Family = 'failing' | 'slow';

/** One metric of one check at one agent. */
export interface RecentLeaf {
  readonly series: Series;
  /** Rounds in which it was bad, each at most 1. */
  readonly bad: number;
  readonly total: number;
  /** The share that would be no wonder. */
  readonly usual: number;
}

/** What some leaves have together. */
export function massOf(leaves: readonly RecentLeaf[]): Mass {
  const sum = { bad: 0, expected: 0, units: 0 };
  for (const { bad, total, usual } of leaves) {
    sum.bad += bad;
    sum.expected += usual * total;
    sum.units += total;
  }
  return sum;
}

/** What an alarm is about, by the rounds that raised it. */
export function familyOf(group: Group, rounds: readonly PastRound[]): Family {
  if (group.isFailure) return 'failing';
  return (shareOf(rounds, 'failed') ?? 0) >= 0.5 * (shareOf(rounds, 'raw') ?? 1) ? 'failing' : 'slow';
}

export interface LeafQuestion {
  readonly family: Family;
  /** Whether what all regions share counts: for alarms of scopes above them. */
  readonly shared: boolean;
  readonly fromMs: number;
  readonly rounds: number;
}

export function recentLeaves(
  { family, shared, fromMs, rounds }: LeafQuestion,
  groups: GroupBook,
  series: Iterable<Series>,
  settings: DetectSettings,
): RecentLeaf[] {
  const seriesOf = new Map<string, Series>();
  for (const one of series) seriesOf.set(nameOf(one), one);
  const leaves: RecentLeaf[] = [];
  for (const group of groups.leaves()) {
    if (group.scope.kind !== 'leaf' || group.isFailure !== (family === 'failing')) continue;
    const { region, cell } = group.scope;
    for (const [agent, { bad, total }] of countsOf(group.since(fromMs, rounds), shared, family)) {
      const one = seriesOf.get(nameOf({ region, agent, probe: cell.probe, target: cell.target }));
      if (!one || total === 0) continue;
      const usual =
        family === 'slow' ? settings.p0 : Math.min(0.5, Math.max(settings.failureP0Min, 2 * one.failureBase));
      leaves.push({ series: one, bad, total, usual });
    }
  }
  return leaves;
}

const nameOf = (of: Pick<Series, 'region' | 'agent' | 'probe' | 'target'>): string =>
  JSON.stringify([of.region, of.agent, of.probe, of.target]);

/** By agent. A run that failed says nothing of whether it would have been slow. */
function countsOf(
  rounds: readonly PastRound[],
  shared: boolean,
  family: Family,
): ReadonlyMap<string, { bad: number; total: number }> {
  const counts = new Map<string, { bad: number; total: number }>();
  for (const { votes } of rounds) {
    const all = votes.all();
    for (const [i, agent] of votes.units().entries()) {
      const vote = all[i];
      if (!vote) continue;
      const y = shared ? vote.raw : vote.y;
      const failed = family === 'slow' ? vote.failed : 0;
      const count = counts.get(agent) ?? { bad: 0, total: 0 };
      count.bad += Math.max(0, y - failed);
      count.total += 1 - failed;
      counts.set(agent, count);
    }
  }
  return counts;
}

/** Mean share of a kind of vote over rounds, of some of the units. Undefined without votes. */
export function shareAmong(
  rounds: readonly PastRound[],
  kind: keyof Vote,
  units: readonly string[],
): number | undefined {
  let sum = 0;
  let count = 0;
  for (const { votes } of rounds) {
    for (const unit of units) {
      const vote = votes.of(unit);
      if (!vote) continue;
      sum += vote[kind];
      count += 1;
    }
  }
  return count === 0 ? undefined : sum / count;
}
