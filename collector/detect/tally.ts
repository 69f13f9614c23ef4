/**
 * From what was heard in a round to votes. A vote says two things: `raw`, that the series exceeds its own normal; and `y`,
 * that it does so beyond what the other regions share at the same time, so that a common cause is never a regional one.
 */
import type { ClosedRound } from './rounds.ts';
import type { RunVote, Series } from './series.ts';
import { lowerMedian } from './sorted-window.ts';

/** Each in [0, 1]: shares, where several runs were averaged. */
export interface Vote {
  readonly y: number;
  readonly raw: number;
  readonly failed: number;
}

/** One check, wherever it runs. */
export interface Cell {
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
}

/** The vote of one series on one metric. */
export interface CellVote {
  readonly cell: Cell;
  readonly series: Series;
  readonly vote: Vote;
}

/** The vote of one series over its metrics: it exceeds when any of them does. */
export interface RunTally {
  readonly series: Series;
  readonly vote: Vote;
}

export interface Tally {
  readonly cells: readonly CellVote[];
  readonly runs: readonly RunTally[];
}

interface RegionExcess {
  readonly region: string;
  readonly excess: number;
}

/** Fewer votes elsewhere say nothing about what is shared. */
const ELSEWHERE_MIN = 2;

/**
 * What the other regions have in common, by region: the lower median over their lower medians of the excess. With two others
 * both must be raised before anything is shared.
 */
export function commonExcess(votes: readonly RegionExcess[]): ReadonlyMap<string, number> {
  const byRegion = new Map<string, number[]>();
  for (const { region, excess } of votes) {
    const list = byRegion.get(region);
    if (list) list.push(Math.max(0, excess));
    else byRegion.set(region, [Math.max(0, excess)]);
  }
  const medians = new Map([...byRegion].map(([region, list]) => [region, lowerMedian(list)]));
  const common = new Map<string, number>();
  for (const [region, list] of byRegion) {
    const others = [...medians].filter(([other]) => other !== region).map(([, median]) => median);
    const enough = votes.length - list.length >= ELSEWHERE_MIN;
    common.set(region, enough && others.length > 0 ? lowerMedian(others) : 0);
  }
  return common;
}

export const cellKey = (cell: Cell): string => JSON.stringify([cell.probe, cell.target, cell.metric]);

/** Every reading of the round, by cell. */
function readingsByCell(round: ClosedRound) {
  const cells = new Map<
    string,
    { cell: Cell; votes: (RegionExcess & { series: Series; run: RunVote; tolerance: number })[] }
  >();
  for (const [series, runs] of round.heard) {
    for (const run of runs) {
      for (const [metric, { excess, tolerance }] of run.readings) {
        const cell = { probe: series.probe, target: series.target, metric };
        const key = cellKey(cell);
        let entry = cells.get(key);
        if (!entry) {
          entry = { cell, votes: [] };
          cells.set(key, entry);
        }
        entry.votes.push({ series, run, region: series.region, excess, tolerance });
      }
    }
  }
  return cells.values();
}

/** The eight votes of a single run: there are millions of them a day, and they never change. */
const SINGLE: readonly Vote[] = Array.from({ length: 8 }, (_, bits) =>
  Object.freeze({ y: (bits >> 2) & 1, raw: (bits >> 1) & 1, failed: bits & 1 }),
);

const singleVote = (y: boolean, raw: boolean, failed: boolean): Vote =>
  SINGLE[(y ? 4 : 0) + (raw ? 2 : 0) + (failed ? 1 : 0)] as Vote;

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

export function averageVotes(votes: readonly Vote[]): Vote {
  const [only] = votes;
  if (only && votes.length === 1) return only;
  return {
    y: mean(votes.map((vote) => vote.y)),
    raw: mean(votes.map((vote) => vote.raw)),
    failed: mean(votes.map((vote) => vote.failed)),
  };
}

/** Judges one round. A series that ran twice in it has one vote, the mean. */
export function tallyRound(round: ClosedRound): Tally {
  const cells: CellVote[] = [];
  const byRun = new Map<RunVote, { series: Series; vote: Vote }>();
  for (const { cell, votes } of readingsByCell(round)) {
    const common = commonExcess(votes);
    const bySeries = new Map<Series, Vote[]>();
    for (const { series, run, region, excess, tolerance } of votes) {
      const raw = excess > tolerance;
      const y = excess > tolerance + (common.get(region) ?? 0);
      const vote = singleVote(y, raw, run.failed);
      const list = bySeries.get(series);
      if (list) list.push(vote);
      else bySeries.set(series, [vote]);
      const best = byRun.get(run)?.vote;
      byRun.set(run, {
        series,
        vote: singleVote(y || best?.y === 1, raw || best?.raw === 1, run.failed),
      });
    }
    for (const [series, list] of bySeries) cells.push({ cell, series, vote: averageVotes(list) });
  }
  const runsOf = new Map<Series, Vote[]>();
  for (const { series, vote } of byRun.values()) {
    const list = runsOf.get(series);
    if (list) list.push(vote);
    else runsOf.set(series, [vote]);
  }
  return {
    cells,
    runs: [...runsOf].map(([series, list]) => ({ series, vote: averageVotes(list) })),
  };
}
