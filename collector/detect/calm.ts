/** Whether a fault is over. Silence and missing data are never calm. */
import type { RegionCell } from './evidence.ts';
import { type Group, type PastRound, unitsOf } from './group.ts';
import type { GroupBook } from './group-book.ts';
import type { IncidentScope } from './incident.ts';
import { shareAmong } from './recent-leaves.ts';
import { FAILURE_METRIC, type Series } from './series.ts';
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
  /** Whether an agent of a region lies within the scope. */
  readonly isIn: (region: string, agent: string) => boolean;
  readonly series: Iterable<Series>;
  readonly startedMs: number;
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
  if (!quick.every((one) => cellIsCalm(one, of, nowMs, settings))) return false;
  // The first rounds looked back on may still belong to the fault.
  const slack = settings.calmRounds - settings.calmRoundsWithData + 1;
  const sinceMs = Math.max(
    ...quick.map(({ group }) => group.history.at(slack - settings.calmRounds)?.startMs ?? 0),
  );
  return live.every((one) => {
    const rounds = one.group.everyMs === quickestMs ? [] : one.group.since(sinceMs);
    return (scopeShare(of, one, rounds) ?? 0) < settings.raisedShare;
  });
}

const heardWithinMs = ({ everyMs }: Group): number => 5 * everyMs + 15_000;

const isHeard = (group: Group, nowMs: number): boolean =>
  nowMs - (group.history.at(-1)?.startMs ?? 0) < heardWithinMs(group);

/** A few failures beside a latency fault do not decide when that is over. */
function hasSay(cell: RaisedCell, group: Group, of: CalmCase, settings: DetectSettings): boolean {
  if (!group.isFailure || cell.share >= settings.raisedShare) return true;
  return of.lead?.region === cell.region && of.lead.cell.metric === cell.cell.metric;
}

/** Exceedances that speak for the scope: for a region those that it does not share, else all of the agents within. */
function scopeShare(of: CalmCase, { cell }: LiveCell, rounds: readonly PastRound[]): number | undefined {
  return shareAmong(rounds, of.scope.kind === 'region' ? 'y' : 'raw', unitsWithin(of, cell, rounds));
}

const unitsWithin = ({ isIn }: CalmCase, { region }: RaisedCell, rounds: readonly PastRound[]): string[] =>
  [...unitsOf(rounds)].filter((agent) => isIn(region, agent));

/** Agents that came while it was bad: they are heard, and cannot say what is normal before it is over. */
function newcomers({ cell, group }: LiveCell, of: CalmCase, nowMs: number): number {
  let count = 0;
  for (const { region, agent, probe, target, lastSeenMs, streams } of of.series) {
    const isOfCell = region === cell.region && probe === cell.cell.probe && target === cell.cell.target;
    if (!isOfCell || !of.isIn(region, agent) || nowMs - lastSeenMs > heardWithinMs(group)) continue;
    if (streams.get(cell.cell.metric)?.baseline.ready === false) count += 1;
  }
  return count;
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

function cellIsCalm(one: LiveCell, of: CalmCase, nowMs: number, settings: DetectSettings): boolean {
  const demands = demandsOf(one, settings);
  const rounds = one.group.history.slice(-demands.rounds);
  // The quiet before the fault is no all-clear.
  if (rounds.length < demands.rounds || (rounds[0]?.startMs ?? 0) < of.startedMs) return false;
  const units = unitsWithin(of, one.cell, rounds);
  const needed = Math.max(1, Math.min(2, one.cell.agents) - newcomers(one, of, nowMs));
  const recent = rounds.slice(-settings.calmRounds);
  const withData = recent.filter(({ votes }) => units.filter((unit) => votes.has(unit)).length >= needed);
  if (withData.length < settings.calmRoundsWithData) return false;
  if ((scopeShare(of, one, rounds) ?? 1) > demands.share) return false;
  // Calm because everyone else became raised as well is not calm: what is shared has a say, in what the incident is about.
  const leadIsFailure = of.lead?.cell.metric === FAILURE_METRIC;
  return (
    one.group.isFailure !== leadIsFailure || (shareAmong(rounds, 'raw', units) ?? 1) <= 2 * settings.calmShare
  );
}
