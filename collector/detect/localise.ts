/** Whose alarm is it? Elimination over the hierarchy: an alarm speaks for its scope only if what lies beside it is not raised too. */
import { type Group, type PastRound, raisedFrom, shareOf, unitsOf } from './group.ts';
import type { GroupBook } from './group-book.ts';
import type { IncidentScope } from './incident.ts';
import type { DetectSettings } from './settings.ts';

/** Rounds of an alarm that are compared with the neighbours'. */
const LOOK_BACK_ROUNDS = 10;
/** An alarm must be raised now: small bets keep their evidence for many rounds after. */
const NOW_ROUNDS = 3;

/** The rounds that an alarm is judged by. */
export function alarmRounds(group: Group): readonly PastRound[] {
  return group.since(group.onsetMs, LOOK_BACK_ROUNDS);
}

/** Most of `total` regions: all of them while they are few. */
function isMost(settings: DetectSettings, raised: number, total: number): boolean {
  return total < 4 ? raised === total : raised >= settings.mostRegions * total;
}

/** The scope that an alarm speaks for; undefined when its evidence belongs to another scope or is over. */
export function localise(
  group: Group,
  groups: GroupBook,
  settings: DetectSettings,
): IncidentScope | undefined {
  const { scope } = group;
  const shared = scope.kind === 'target' || scope.kind === 'global';
  const nowRounds = group.isFailure ? LOOK_BACK_ROUNDS : NOW_ROUNDS;
  const now = shareOf(group.history.slice(-nowRounds), shared ? 'raw' : 'y') ?? 0;
  if (now < (group.isFailure ? settings.failureRaisedShare : settings.p0)) return undefined;
  if (group.roundsOver < holdOf(group, settings)) return undefined;
  switch (scope.kind) {
    case 'leaf':
    case 'region':
      return regional(group, scope.region, groups, settings);
    case 'agent':
      return alone(group, scope.agent, groups, settings) ? scope : undefined;
    case 'target':
      return onlyTarget(group, scope.target, groups, settings) ? scope : undefined;
    case 'global':
      return everywhere(group, groups, settings) ? scope : undefined;
  }
}

/** Rounds for which the alarm must last. Failures are never the noise of a busy machine, and need less. */
function holdOf(group: Group, settings: DetectSettings): number {
  const { holdRounds } = settings;
  const rounds = alarmRounds(group);
  const failing = (shareOf(rounds, 'failed') ?? 0) >= 0.5 * (shareOf(rounds, 'raw') ?? 1);
  const kind = group.scope.kind === 'leaf' ? 'region' : group.scope.kind;
  return failing ? Math.min(holdRounds.failures, holdRounds[kind]) : holdRounds[kind];
}

/** Regional unless the other regions are raised in the same checks; then a wider scope will say so. */
function regional(
  group: Group,
  region: string,
  groups: GroupBook,
  settings: DetectSettings,
): IncidentScope | undefined {
  const rounds = alarmRounds(group);
  const raisedAgents = [...unitsOf(rounds)].filter(
    (agent) => (shareOf(rounds, 'y', agent) ?? 0) > (group.isFailure ? settings.failureP0Min : settings.p0),
  );
  if (raisedAgents.length < 2) return undefined;
  let raised = 1;
  let total = 1;
  for (const other of peersOf(group, groups)) {
    const share = shareOf(other.since(group.onsetMs, LOOK_BACK_ROUNDS), 'raw');
    if (share === undefined) continue;
    total += 1;
    if (share >= raisedFrom(group, settings)) raised += 1;
  }
  return total > 1 && isMost(settings, raised, total) ? undefined : { kind: 'region', region };
}

/** The same group in the other regions. */
export function peersOf(group: Group, groups: GroupBook): Group[] {
  const { scope } = group;
  if (scope.kind !== 'leaf' && scope.kind !== 'region') return [];
  const peers: Group[] = [];
  for (const other of groups.all()) {
    if (other === group || other.scope.kind !== scope.kind || other.everyMs !== group.everyMs) continue;
    if (scope.kind === 'leaf' && other.scope.kind === 'leaf') {
      const a = scope.cell;
      const b = other.scope.cell;
      if (a.probe !== b.probe || a.target !== b.target || a.metric !== b.metric) continue;
    }
    peers.push(other);
  }
  return peers;
}

/** The agent's own, unless a neighbour in the region or half of all other agents are raised as well. */
function alone(group: Group, agent: string, groups: GroupBook, settings: DetectSettings): boolean {
  let others = 0;
  let raisedOthers = 0;
  for (const other of groups.all()) {
    if (other === group || other.scope.kind !== 'agent' || other.everyMs !== group.everyMs) continue;
    const share = shareOf(other.since(group.onsetMs, LOOK_BACK_ROUNDS), 'raw');
    if (share === undefined) continue;
    const raised = share >= settings.raisedShare;
    if (raised && group.scope.kind === 'agent' && other.scope.region === group.scope.region) return false;
    others += 1;
    if (raised) raisedOthers += 1;
  }
  const own = shareOf(alarmRounds(group), 'y', agent) ?? 0;
  return own > settings.p0 && (others === 0 || raisedOthers < 0.5 * others);
}

function raisedRegions(group: Group, settings: DetectSettings): { raised: number; total: number } {
  const rounds = alarmRounds(group);
  const regions = [...unitsOf(rounds)];
  const raised = regions.filter((region) => (shareOf(rounds, 'raw', region) ?? 0) >= settings.raisedShare);
  return { raised: raised.length, total: regions.length };
}

/** One target in most regions, while another target is well: without such a control it is not known to be the target. */
function onlyTarget(group: Group, target: string, groups: GroupBook, settings: DetectSettings): boolean {
  const { raised, total } = raisedRegions(group, settings);
  if (raised < 2 || !isMost(settings, raised, total)) return false;
  const control = sameChecksElsewhere(group, target, groups, settings);
  if (control !== undefined) return control <= settings.wellShare;
  return targetShares(group, groups).some((one) => one.target !== target && one.share <= settings.wellShare);
}

/** Mean share, on other targets, of the very checks that are raised on this one; undefined where no other target has them. */
function sameChecksElsewhere(
  alarm: Group,
  target: string,
  groups: GroupBook,
  settings: DetectSettings,
): number | undefined {
  const check = (leaf: Group) =>
    leaf.scope.kind === 'leaf' ? `${leaf.scope.cell.probe} ${leaf.scope.cell.metric}` : '';
  const raised = new Set<string>();
  const elsewhere: { check: string; share: number }[] = [];
  for (const leaf of groups.leaves()) {
    const share = shareOf(leaf.since(alarm.onsetMs, LOOK_BACK_ROUNDS), 'raw');
    if (leaf.scope.kind !== 'leaf' || share === undefined) continue;
    if (leaf.scope.cell.target !== target) elsewhere.push({ check: check(leaf), share });
    else if (share >= raisedFrom(leaf, settings)) raised.add(check(leaf));
  }
  const controls = elsewhere.filter((one) => raised.has(one.check));
  if (controls.length === 0) return undefined;
  return controls.reduce((sum, one) => sum + one.share, 0) / controls.length;
}

/** Most regions and every target: one that is not raised would name the others. */
function everywhere(group: Group, groups: GroupBook, settings: DetectSettings): boolean {
  const { raised, total } = raisedRegions(group, settings);
  if (raised < 2 || !isMost(settings, raised, total)) return false;
  return targetShares(group, groups).every(({ share }) => share >= settings.raisedShare);
}

/** How raised each target is while an alarm lasts, in rounds of the same length. */
function targetShares(alarm: Group, groups: GroupBook): { target: string; share: number }[] {
  return [...groups.all()].flatMap((group) => {
    if (group.scope.kind !== 'target' || group.everyMs !== alarm.everyMs) return [];
    const share = shareOf(group.since(alarm.onsetMs, LOOK_BACK_ROUNDS), 'raw');
    return share === undefined ? [] : [{ target: group.scope.target, share }];
  });
}
