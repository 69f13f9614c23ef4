/**
 * What creeps is learned before it stands out: a baseline of minutes follows it. So each judged metric is also compared with itself of a
 * day before, in blocks of half an hour, and when the agents of a region agree that it is worse by half of the minimum effect, their
 * baselines are set back to that day. What then exceeds raises the alarm, names the place and ends like any other fault.
 */
import { Group } from './group.ts';
import { type DriftState, packNumbers, unpackNumbers } from './learned.ts';
import type { Series } from './series.ts';
import { type DetectSettings, thresholdOf } from './settings.ts';
import { quantileOf } from './sorted-window.ts';
import { type Cell, cellKey, type Vote } from './tally.ts';

/** A block, at least; and at least so many runs. */
const BLOCK_MS = 1_800_000;
const BLOCK_RUNS = 8;
/** Values of a block that are kept: every second, third, … run where there are more. */
const BLOCK_VALUES = 32;
/** Fewer say nothing of a block. */
const BLOCK_VALUES_MIN = 4;
/** The busiest hour of yesterday is no drift today: a day of blocks, all of it before any is judged. */
const WINDOW_MS = 86_400_000;
/** The last blocks are not compared with: they are part of what creeps. */
const LAG_MS = 14_400_000;
/** Of the window, what a block must exceed by half of the minimum effect. */
const QUANTILE = 0.9;
/** Times as much evidence as of the quick alarm, in its own, longer rounds. */
const EVIDENCE_FACTOR = 10;
/** A block is judged so long after its end: by then every agent has begun the next. */
const GRACE_MS = 600_000;

const YES: Vote = Object.freeze({ y: 1, raw: 1, failed: 0 });
const NO: Vote = Object.freeze({ y: 0, raw: 0, failed: 0 });

export const blockMsOf = (everyMs: number): number => Math.max(BLOCK_MS, BLOCK_RUNS * everyMs);

/** One metric of one series, block by block, as bad as it is. */
export class DriftWatch {
  readonly #quantile: number;
  readonly #minEffect: { readonly abs: number; readonly rel: number };
  #blockMs = 0;
  #stride = 1;
  #block = -1;
  #runs = 0;
  #values: number[] = [];
  /** Blocks of the day before, oldest first; they are few, and looked at once a block. */
  #window: number[] = [];
  #waiting: number[] = [];
  #vote: { readonly block: number; readonly vote: Vote } | undefined;

  constructor(settings: DetectSettings, minEffect: { readonly abs: number; readonly rel: number }) {
    this.#quantile = settings.quantile;
    this.#minEffect = minEffect;
  }

  /** How often it runs; another interval begins anew. */
  setEvery(everyMs: number): void {
    const blockMs = blockMsOf(everyMs);
    this.#stride = Math.max(1, Math.ceil(blockMs / everyMs / BLOCK_VALUES));
    if (blockMs !== this.#blockMs) this.#begin(blockMs);
  }

  #begin(blockMs: number): void {
    this.#blockMs = blockMs;
    this.#block = -1;
    this.#values = [];
    this.#waiting = [];
    this.#window = [];
  }

  /** All whole blocks; undefined before anything is known. */
  save(): DriftState | undefined {
    if (this.#blockMs === 0) return undefined;
    const window = packNumbers(this.#window);
    return { blockMs: this.#blockMs, window, waiting: packNumbers(this.#waiting) };
  }

  /** Takes up what was saved. Throws when that makes no sense. */
  restore({ blockMs, waiting, window }: DriftState): void {
    this.#begin(blockMs);
    this.#window = unpackNumbers(window);
    this.#waiting = unpackNumbers(waiting);
  }

  /** Takes a clean value; the first one after a block ends it. */
  take(bad: number, atMs: number): void {
    if (this.#blockMs === 0) return;
    const block = Math.floor(atMs / this.#blockMs);
    if (block > this.#block) {
      this.#end();
      this.#block = block;
      this.#runs = 0;
    }
    if (block === this.#block && this.#runs++ % this.#stride === 0) this.#values.push(bad);
  }

  #end(): void {
    const values = this.#values;
    this.#values = [];
    if (values.length < BLOCK_VALUES_MIN) return;
    const level = quantileOf(values, this.#quantile);
    const windowBlocks = Math.ceil(WINDOW_MS / this.#blockMs);
    if (this.#window.length >= windowBlocks) {
      const upper = quantileOf(this.#window, QUANTILE);
      const tolerance = Math.max(this.#minEffect.abs, this.#minEffect.rel * Math.abs(upper)) / 2;
      this.#vote = { block: this.#block, vote: level > upper + tolerance ? YES : NO };
    }
    this.#waiting.push(level);
    if (this.#waiting.length > LAG_MS / this.#blockMs) this.#window.push(this.#waiting.shift() as number);
    if (this.#window.length > windowBlocks) this.#window.shift();
  }

  /** The vote of the block that ended last, once. */
  takeVote(): { readonly block: number; readonly vote: Vote } | undefined {
    const vote = this.#vote;
    this.#vote = undefined;
    return vote;
  }

  /** What was normal the day before, and begins anew with it: what creeps is not to be compared with itself. */
  setBack(): number[] {
    this.#waiting = [];
    return [...this.#window];
  }
}

/** The blocks of one check in one region. */
interface Cast {
  readonly group: Group;
  readonly blockMs: number;
  readonly open: Map<number, Map<Series, Vote>>;
}

/** Lets the agents of a region vote on blocks; sets back what they agree on. */
export class DriftBook {
  readonly #settings: DetectSettings;
  readonly #casts = new Map<string, Cast>();
  #dueMs = Number.POSITIVE_INFINITY;
  /** Checks of a region that were set back. */
  found = 0;

  constructor(settings: DetectSettings) {
    this.#settings = settings;
  }

  /** Looks at a series that has just run. */
  take(series: Series, everyMs: number): void {
    for (const [metric, { drift }] of series.streams) {
      const ended = drift?.takeVote();
      if (!ended) continue;
      const cast = this.#cast(series.region, { probe: series.probe, target: series.target, metric }, everyMs);
      const votes = cast.open.get(ended.block) ?? new Map<Series, Vote>();
      votes.set(series, ended.vote);
      cast.open.set(ended.block, votes);
      this.#dueMs = Math.min(this.#dueMs, (ended.block + 1) * cast.blockMs + GRACE_MS);
    }
  }

  #cast(region: string, cell: Cell, everyMs: number): Cast {
    const blockMs = blockMsOf(everyMs);
    const key = JSON.stringify([region, cellKey(cell), blockMs]);
    let cast = this.#casts.get(key);
    if (!cast) {
      const group = new Group({ kind: 'leaf', region, cell }, blockMs, this.#settings);
      cast = { group, blockMs, open: new Map() };
      this.#casts.set(key, cast);
    }
    return cast;
  }

  /** Judges the blocks that everybody has ended. */
  advance(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const cast of this.#casts.values()) {
      for (const [block, votes] of [...cast.open].sort(([a], [b]) => a - b)) {
        const dueMs = (block + 1) * cast.blockMs + GRACE_MS;
        if (dueMs <= nowMs) {
          cast.open.delete(block);
          this.#judge(cast, block, votes);
        } else this.#dueMs = Math.min(this.#dueMs, dueMs);
      }
    }
  }

  #judge({ blockMs, group }: Cast, block: number, votes: ReadonlyMap<Series, Vote>): void {
    const { scope } = group;
    if (scope.kind !== 'leaf') return;
    const threshold = EVIDENCE_FACTOR * thresholdOf(this.#settings, blockMs);
    const byAgent = new Map([...votes].map(([{ agent }, vote]) => [agent, vote]));
    group.add(block * blockMs, byAgent, this.#settings.p0, threshold);
    if (group.roundsOver === 0) return;
    group.reset();
    this.found += 1;
    for (const [series, vote] of votes) if (vote.y > 0) series.streams.get(scope.cell.metric)?.setBack();
  }

  /** Forgets what nobody has run since an instant. */
  forgetBefore(atMs: number): void {
    for (const [key, { group, open }] of this.#casts)
      if (open.size === 0 && (group.history.at(-1)?.startMs ?? 0) < atMs) this.#casts.delete(key);
  }
}
