/** Whether a fault is over. Silence and missing data are never calm. */
import type { RegionCell } from './evidence.ts';
import { type Group, type PastRound, shareOf } from './group.ts';
import type { GroupBook } from './group-book.ts';
import type { IncidentScope } from './incident.ts';
import { FAILURE_METRIC } from './series.ts';
import type { DetectSettings } from './settings.ts';

/** A cell of the incident as it was when it joined: how bad, and how many agents watched it. */
export interface RaisedCell extends RegionCell {
  readonly share: number;
  readonly agents: number;
}

export interface CalmCase {
  readonly scope: IncidentScope;
  readonly cells: readonly RaisedCell[];
  readonly lead: RegionCell | undefined;
  readonly silentAgents: readonly string[];
}

/** Rare failures need more rounds before their absence says something; this many are remembered. */
const CALM_ROUNDS_MAX = 24;

interface LiveCell {
  readonly cell: RaisedCell;
  readonly group: Group;
}

/**
 * The quickest cells of the incident had enough rounds with data and few exceedances, and no slower cell was raised since.
 * Cells that nobody probes any more have no say as long as another has data.
 */
export function isCalm(of: CalmCase, nowMs: number, groups: GroupBook, settings: DetectSettings): boolean {
  if (of.silentAgents.length >= settings.silentAgents) return false;
  if (of.cells.length === 0) return of.silentAgents.length === 0;
  const live = of.cells.flatMap((cell): LiveCell[] => {
    const group = groups.leaf(cell.region, cell.cell);
    return group && isHeard(group, nowMs) && hasSay(cell, group, of, settings) ? [{ cell, group }] : [];
  });
  if (live.length === 0) return false;
  const quickestMs = Math.min(...live.map(({ group }) => group.everyMs));
  const quick = live.filter(({ group }) => group.everyMs === quickestMs);
  if (!quick.every((one) => cellIsCalm(one, of, settings))) return false;
  // The first rounds looked back on may still belong to the fault.
  const slack = settings.calmRounds - settings.calmRoundsWithData + 1;
  const sinceMs = Math.max(
    ...quick.map(({ group }) => group.history.at(slack - settings.calmRounds)?.startMs ?? 0),
  );
  return live.every(({ group }) => {
    const rounds = group.everyMs === quickestMs ? [] : group.since(sinceMs);
    return (scopeShare(of.scope, rounds) ?? 0) < settings.raisedShare;
  });
}

const isHeard = (group: Group, nowMs: number): boolean =>
  nowMs - (group.history.at(-1)?.startMs ?? 0) < 5 * group.everyMs + 15_000;

/** A few failures beside a latency fault do not decide when that is over. */
function hasSay(cell: RaisedCell, group: Group, of: CalmCase, settings: DetectSettings): boolean {
  if (!group.isFailure || cell.share >= settings.raisedShare) return true;
  return of.lead?.region === cell.region && of.lead.cell.metric === cell.cell.metric;
}

/** Exceedances that speak for the scope: for a region those that it does not share, for one agent its own. */
function scopeShare(scope: IncidentScope, rounds: readonly PastRound[]): number | undefined {
  if (scope.kind === 'agent') return shareOf(rounds, 'raw', scope.agent);
  return shareOf(rounds, scope.kind === 'region' ? 'y' : 'raw');
}

/** Rounds to look back on, and the share of exceedances allowed in them. */
function demandsOf({ cell, group }: LiveCell, settings: DetectSettings): { rounds: number; share: number } {
  const { calmRounds, calmShare, raisedShare } = settings;
  if (!group.isFailure) return { rounds: calmRounds, share: calmShare };
  const rounds = Math.ceil((calmRounds * raisedShare) / Math.max(cell.share, 0.01));
  return {
    rounds: Math.min(CALM_ROUNDS_MAX, Math.max(calmRounds, rounds)),
    share: Math.min(calmShare, cell.share / 4),
  };
}

function cellIsCalm(one: LiveCell, { scope, lead }: CalmCase, settings: DetectSettings): boolean {
  const demands = demandsOf(one, settings);
  const rounds = one.group.history.slice(-demands.rounds);
  if (rounds.length < demands.rounds) return false;
  const alone = scope.kind === 'agent' ? scope.agent : undefined;
  const needed = Math.min(2, one.cell.agents);
  const recent = rounds.slice(-settings.calmRounds);
  const withData = recent.filter(({ votes }) =>
    alone === undefined ? votes.size >= needed : votes.has(alone),
  );
  if (withData.length < settings.calmRoundsWithData) return false;
  if ((scopeShare(scope, rounds) ?? 1) > demands.share) return false;
  // Calm because everyone else became raised as well is not calm: what is shared has a say, in what the incident is about.
  const leadIsFailure = lead?.cell.metric === FAILURE_METRIC;
  return (
    one.group.isFailure !== leadIsFailure || (shareOf(rounds, 'raw', alone) ?? 1) <= 2 * settings.calmShare
  );
}
