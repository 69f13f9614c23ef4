/** A set of votes that is watched together: its evidence, and the rounds that it was drawn from. */
import { GroupScore } from './e-sr.ts';
import type { GroupState } from './learned.ts';
import { RoundVotes, Units } from './round-votes.ts';
import { FAILURE_METRIC } from './series.ts';
import { DETECT_LIMITS, type DetectSettings } from './settings.ts';
import type { Cell, Vote } from './tally.ts';
import { VoteRates } from './vote-rates.ts';

/**
 * What a group stands for. `leaf`: one cell in one region; the others are over all checks of that scope. `failures` and a network
 * that is `failing` hear of failures alone: rare ones show in many checks together long before they do in one.
 */
export type GroupScope =
  | { readonly kind: 'leaf'; readonly region: string; readonly cell: Cell }
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'failures'; readonly region: string }
  | { readonly kind: 'network'; readonly isp: string; readonly failing: boolean }
  | { readonly kind: 'agent'; readonly region: string; readonly agent: string }
  | { readonly kind: 'target'; readonly target: string }
  | { readonly kind: 'global' };

export function isFailureScope(scope: GroupScope): boolean {
  if (scope.kind === 'leaf') return scope.cell.metric === FAILURE_METRIC;
  return scope.kind === 'failures' || (scope.kind === 'network' && scope.failing);
}

/** Rounds remembered: enough to look back on an alarm and to tell when it is calm. */
const HISTORY_ROUNDS = 32;

export interface PastRound {
  readonly startMs: number;
  /** By unit: an agent, or a region where the group is over regions. */
  readonly votes: RoundVotes;
}

export class Group {
  readonly scope: GroupScope;
  readonly everyMs: number;
  readonly history: PastRound[] = [];
  readonly #score: GroupScore;
  readonly #units = new Units();
  /** Who speaks as one in the score. */
  readonly #places = new Units();
  readonly #rates: VoteRates;
  readonly #settings: DetectSettings;
  /** Rounds up to here were learned before a restart. */
  #restoredMs = Number.NEGATIVE_INFINITY;
  #roundsOver = 0;
  #suspectRounds = 0;

  constructor(scope: GroupScope, everyMs: number, settings: DetectSettings) {
    this.scope = scope;
    this.everyMs = everyMs;
    this.#settings = settings;
    this.#score = new GroupScore(isFailureScope(scope) ? settings.failureBets : settings.bets);
    this.#rates = new VoteRates(settings, isFailureScope(scope));
  }

  /** What takes long to learn: how often its units exceed while nothing is wrong. */
  save(): GroupState {
    return {
      learnedMs: Math.max(this.#restoredMs, this.history.at(-1)?.startMs ?? 0),
      places: this.#places.names(),
      rates: this.#rates.save(),
    };
  }

  /** Takes up what was saved: rounds up to then may come again, and are not learned twice. Throws when that makes no sense. */
  restore({ learnedMs, places, rates }: GroupState): void {
    for (const name of places) this.#places.numberOf(name);
    this.#rates.restore(rates);
    this.#restoredMs = learnedMs;
  }

  /**
   * Takes a round, with the votes by unit; `p0` is what the score bets against, `threshold` what its evidence must reach. `hosts`: the
   * machine of a unit where it is known: units of one machine are one witness, as long as there are machines enough.
   */
  add(
    startMs: number,
    votes: ReadonlyMap<string, Vote>,
    p0: number,
    threshold: number,
    hosts?: ReadonlyMap<string, string>,
  ): void {
    if (votes.size === 0) return;
    const ys = this.#ys(votes, hosts);
    this.#score.update(ys, (unit) => this.#rates.rateOf(unit, p0), startMs, this.#rates.dispersion);
    this.#roundsOver = this.evidence >= threshold ? this.#roundsOver + 1 : 0;
    const isDoubtful = this.#roundsOver > 0 || this.#isSuspect();
    this.#rates.take(ys, p0, isDoubtful || startMs <= this.#restoredMs);
    const packed = new RoundVotes(this.#units, votes);
    const last = this.history.at(-1)?.votes;
    // While nothing happens the votes stay the same: they are held once.
    this.history.push({ startMs, votes: last?.equals(packed) ? last : packed });
    if (this.history.length > HISTORY_ROUNDS) this.history.shift();
  }

  /**
   * Whether the group's own evidence speaks against learning from it: for a while, then it was not a fault. How one unit
   * fails by itself is learned: the next time that says less.
   */
  #isSuspect(): boolean {
    const { doubtEvidence, failureFreezeSamplesMax, freezeEvidence, freezeSamplesMin } = this.#settings;
    const isAlone = this.isFailure && this.evidence < doubtEvidence;
    if (isAlone || this.#score.cusum <= freezeEvidence) {
      this.#suspectRounds = 0;
      return false;
    }
    this.#suspectRounds += 1;
    return this.#suspectRounds <= (this.isFailure ? failureFreezeSamplesMax : freezeSamplesMin);
  }

  #ys(votes: ReadonlyMap<string, Vote>, hosts: ReadonlyMap<string, string> | undefined): Map<number, number> {
    // Regional verdicts bet on what is not shared; the scopes above are about what is.
    const shared = this.scope.kind === 'target' || this.scope.kind === 'global';
    const hostOf = (unit: string): string => hosts?.get(unit) ?? unit;
    const byHost = hosts && new Set([...votes.keys()].map(hostOf)).size >= this.#settings.confirmAgents;
    const byPlace = new Map<number, { sum: number; count: number }>();
    for (const [unit, vote] of votes) {
      // Its own place in the score until the places are taken, then a shared one.
      const place = this.#places.numberOf(byHost ? hostOf(unit) : unit) % DETECT_LIMITS.unitsPerGroup.value;
      const y = shared ? vote.raw : vote.y;
      const held = byPlace.get(place);
      if (held) {
        held.sum += y;
        held.count += 1;
      } else byPlace.set(place, { sum: y, count: 1 });
    }
    return new Map([...byPlace].map(([place, { sum, count }]) => [place, sum / count]));
  }

  /** Evidence: of the agent alone, otherwise what is left without the strongest unit. */
  get evidence(): number {
    return this.scope.kind === 'agent' ? this.#score.full : this.#score.leaveOneOut;
  }

  /** Evidence of all units together: what one unit alone may raise, and no alarm. */
  get fullEvidence(): number {
    return this.#score.full;
  }

  /** Whether the group is about failures, which are rarer than exceedances of a quantile. */
  get isFailure(): boolean {
    return isFailureScope(this.scope);
  }

  /** Rounds in a row at or over the threshold. */
  get roundsOver(): number {
    return this.#roundsOver;
  }

  get onsetMs(): number {
    return this.#score.onsetMs;
  }

  /** Rounds from an instant on, at most the last `rounds`. */
  since(fromMs: number, rounds = HISTORY_ROUNDS): readonly PastRound[] {
    return this.history.filter((round) => round.startMs >= fromMs).slice(-rounds);
  }

  reset(): void {
    this.#score.reset();
    this.#roundsOver = 0;
  }
}

/** Mean share of a kind of vote over rounds; of one unit when named. Undefined without votes. */
export function shareOf(rounds: readonly PastRound[], kind: keyof Vote, unit?: string): number | undefined {
  let sum = 0;
  let count = 0;
  for (const { votes } of rounds) {
    for (const vote of unit === undefined ? votes.all() : [votes.of(unit)]) {
      if (!vote) continue;
      sum += vote[kind];
      count += 1;
    }
  }
  return count === 0 ? undefined : sum / count;
}

/** Share of exceedances from which a group counts as raised. */
export function raisedFrom(group: Group, settings: DetectSettings): number {
  return group.isFailure ? settings.failureRaisedShare : settings.raisedShare;
}

/** Units that voted in these rounds. */
export function unitsOf(rounds: readonly PastRound[]): ReadonlySet<string> {
  const units = new Set<string>();
  let last: RoundVotes | undefined;
  for (const { votes } of rounds) {
    // Rounds in which nothing happened share their votes.
    if (votes !== last) for (const unit of votes.units()) units.add(unit);
    last = votes;
  }
  return units;
}
