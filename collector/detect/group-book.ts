/** All groups that are watched, and how a round's tally reaches them. */

import { Group, type GroupScope, isFailureScope } from './group.ts';
import type { GroupState } from './learned.ts';
import { FAILURE_METRIC, type Series } from './series.ts';
import { type DetectSettings, thresholdOf } from './settings.ts';
import { averageVotes, type Cell, cellKey, type Tally, type Vote } from './tally.ts';

export const leafKey = (region: string, cell: Cell): string => `leaf ${region} ${cellKey(cell)}`;

function groupKey(scope: GroupScope, everyMs: number): string {
  switch (scope.kind) {
    case 'leaf':
      return leafKey(scope.region, scope.cell);
    case 'region':
      return `region ${scope.region} ${everyMs}`;
    case 'failures':
      return `failures ${scope.region} ${everyMs}`;
    case 'network':
      return `network ${scope.failing} ${scope.isp} ${everyMs}`;
    case 'agent':
      return `agent ${JSON.stringify([scope.region, scope.agent])} ${everyMs}`;
    case 'target':
      return `target ${scope.target} ${everyMs}`;
    case 'global':
      return `global ${everyMs}`;
  }
}

/** Votes by unit, of one group in one round. */
interface Ballot {
  readonly scope: GroupScope;
  readonly votes: Map<string, Vote[]>;
  /** The machines of those units of which it is known. */
  hosts?: Map<string, string>;
  /** The largest base rate of failures among those that vote. */
  failureBase: number;
}

export class GroupBook {
  readonly #settings: DetectSettings;
  readonly #groups = new Map<string, Group>();
  /** What was learned before a restart, until the group is heard. */
  readonly #saved = new Map<string, GroupState>();

  constructor(settings: DetectSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#groups.size;
  }

  all(): Iterable<Group> {
    return this.#groups.values();
  }

  /** What was learned of groups that have voted since an instant, by their names. */
  *learned(sinceMs: number): Generator<readonly [string, GroupState]> {
    for (const [key, group] of this.#groups) {
      const lastMs = group.history.at(-1)?.startMs ?? 0;
      if (lastMs + 2 * group.everyMs >= sinceMs) yield [key, group.save()];
    }
  }

  /** Takes up what was learned of a group, before it votes. */
  restore(key: string, state: GroupState): void {
    this.#saved.set(key, state);
  }

  leaf(region: string, cell: Cell): Group | undefined {
    return this.#groups.get(leafKey(region, cell));
  }

  of(scope: GroupScope, everyMs: number): Group | undefined {
    return this.#groups.get(groupKey(scope, everyMs));
  }

  leaves(): Group[] {
    return [...this.#groups.values()].filter((group) => group.scope.kind === 'leaf');
  }

  /** Hands the votes of a round to every group that they concern; gives the groups that voted. */
  add(tally: Tally, startMs: number, everyMs: number): Group[] {
    const touched: Group[] = [];
    for (const [key, ballot] of this.#ballots(tally, everyMs)) {
      let group = this.#groups.get(key);
      if (!group) {
        group = new Group(ballot.scope, everyMs, this.#settings);
        const saved = this.#saved.get(key);
        if (saved) group.restore(saved);
        this.#saved.delete(key);
        this.#groups.set(key, group);
      }
      const votes = new Map([...ballot.votes].map(([unit, list]) => [unit, averageVotes(list)]));
      const { hosts, scope } = ballot;
      group.add(startMs, votes, this.#p0(ballot), this.threshold(scope, everyMs), hosts);
      touched.push(group);
    }
    return touched;
  }

  threshold(scope: GroupScope, everyMs: number): number {
    const factor = scope.kind === 'agent' ? this.#settings.agentThresholdFactor : 1;
    return thresholdOf(this.#settings, everyMs) * factor;
  }

  /** Failures are rarer than exceedances of a quantile, and are bet against accordingly. */
  #p0(ballot: Ballot): number {
    const { scope, failureBase } = ballot;
    if (!isFailureScope(scope)) return this.#settings.p0;
    return Math.min(0.5, Math.max(this.#settings.failureP0Min, 2 * failureBase));
  }

  #ballots(tally: Tally, everyMs: number): ReadonlyMap<string, Ballot> {
    const ballots = new Map<string, Ballot>();
    const cast = (scope: GroupScope, unit: string, vote: Vote, series: Series): void => {
      const key = groupKey(scope, everyMs);
      let ballot = ballots.get(key);
      if (!ballot) {
        ballot = { scope, votes: new Map(), failureBase: 0 };
        ballots.set(key, ballot);
      }
      const list = ballot.votes.get(unit);
      if (list) list.push(vote);
      else ballot.votes.set(unit, [vote]);
      // Only agents are on machines; regions are not.
      if (series.dims.host && unit === series.agent) {
        ballot.hosts ??= new Map();
        ballot.hosts.set(unit, series.dims.host);
      }
      ballot.failureBase = Math.max(ballot.failureBase, series.failureBase);
    };
    for (const { cell, series, vote } of tally.cells) {
      const { region, agent, dims } = series;
      cast({ kind: 'leaf', region, cell }, agent, vote, series);
      if (cell.metric !== FAILURE_METRIC) continue;
      cast({ kind: 'failures', region }, agent, vote, series);
      if (dims.isp) cast({ kind: 'network', isp: dims.isp, failing: true }, agent, vote, series);
    }
    for (const { series, vote } of tally.runs) {
      const { region, agent, target, dims } = series;
      cast({ kind: 'region', region }, agent, vote, series);
      cast({ kind: 'agent', region, agent }, agent, vote, series);
      if (dims.isp) cast({ kind: 'network', isp: dims.isp, failing: false }, agent, vote, series);
      cast({ kind: 'target', target }, region, vote, series);
      cast({ kind: 'global' }, region, vote, series);
    }
    return ballots;
  }

  /** Forgets groups whose last round is older than an instant. */
  forgetBefore(atMs: number): void {
    for (const [key, group] of this.#groups)
      if ((group.history.at(-1)?.startMs ?? 0) < atMs) this.#groups.delete(key);
  }
}
