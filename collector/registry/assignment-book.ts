/**
 * What the agents connected here run, and since when. Of a check at an agent it keeps the begin alone: everything else is
 * shared with the other agents that run it. What changed is handed out to be written.
 */
import type { Assignment } from '../../protocol/frame.ts';
import { CheckSet, type CheckTable } from './check-sets.ts';
import type { Check } from './checks.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { Period } from './period.ts';
import type { OpenPeriods } from './period-reader.ts';
import type { Stamps } from './stamps.ts';

interface Running {
  readonly set: CheckSet;
  /** Begin of each check of the set. */
  readonly fromMs: Float64Array;
  /** Of this agent's schedule: grows with every change of it. */
  readonly revision: number;
  /** The latest begin of any check so far: it names a row, and two changes must not share it. */
  readonly lastBeginMs: number;
}

const NOTHING: Running = { set: new CheckSet([]), fromMs: new Float64Array(), revision: 0, lastBeginMs: 0 };

export class AssignmentBook {
  readonly #agents = new Map<string, Running>();
  readonly #table: CheckTable;
  readonly #stamps: Pick<Stamps, 'next'>;
  readonly #collector: () => string;
  #dirty: Period[] = [];

  /** `collector`: this run of this collector, whose word the periods are. */
  constructor(table: CheckTable, stamps: Pick<Stamps, 'next'>, collector: () => string) {
    this.#table = table;
    this.#stamps = stamps;
    this.#collector = collector;
  }

  /** Takes over what the store has of an agent, in place of what was known of it here. */
  load(agent: string, { open, revision, lastBeginMs }: OpenPeriods): void {
    const latest = new Map<Check, number>();
    for (const { fingerprint, fromMs, period } of open) {
      const check = this.#table.get(fingerprint) ?? goneCheck(fingerprint, period);
      const earlierMs = latest.get(check);
      // Two collectors may have begun the same check: the earlier ends where the later begins.
      if (earlierMs !== undefined)
        this.#dirty.push({ ...this.#period(agent, check, earlierMs, revision), untilMs: fromMs });
      latest.set(check, fromMs);
    }
    this.#agents.set(agent, {
      set: new CheckSet([...latest.keys()]),
      fromMs: Float64Array.from(latest.values()),
      revision,
      lastBeginMs,
    });
  }

  /**
   * Makes `set` what the agent runs: checks that it ran before keep their begin, others end at `nowMs` or begin a little
   * later. True when anything changed; the agent's revision is then above `revision`, which is the highest given out so far.
   */
  reconcile(agent: string, set: CheckSet, nowMs: number, revision: number): boolean {
    const before = this.#agents.get(agent) ?? NOTHING;
    if (before.set === set) return false;
    const fromMs = new Float64Array(set.checks.length);
    let begun = 0;
    set.checks.forEach((check, index) => {
      const at = before.set.indexOf(check);
      if (at === undefined) begun += 1;
      else fromMs[index] = before.fromMs[at] as number;
    });
    const kept = set.checks.length - begun;
    const changed = begun > 0 || kept < before.fromMs.length;
    const after = {
      set,
      fromMs,
      revision: changed ? Math.max(revision, before.revision) + 1 : before.revision,
      lastBeginMs: before.lastBeginMs,
    };
    if (changed) {
      const beginMs = Math.max(
        Math.ceil(nowMs) + REGISTRY_LIMITS.effectiveAfterMs.value,
        before.lastBeginMs + 1,
      );
      this.#end(agent, before, (check) => set.indexOf(check) === undefined, after.revision, nowMs);
      if (begun > 0) this.#begin(agent, before, { ...after, lastBeginMs: beginMs });
      else this.#agents.set(agent, after);
    } else this.#agents.set(agent, after);
    return changed;
  }

  /** The agent runs nothing from `untilMs` on, by its own word. */
  stop(agent: string, untilMs: number, revision: number): void {
    const before = this.#agents.get(agent);
    if (before) this.#end(agent, before, () => true, Math.max(revision, before.revision) + 1, untilMs, true);
    this.#agents.delete(agent);
  }

  /** Whether it is known here what the agent runs. */
  has(agent: string): boolean {
    return this.#agents.has(agent);
  }

  /** Lets an agent go that is not connected here any more: what it runs is read again when it comes back. */
  forget(agent: string): void {
    this.#agents.delete(agent);
  }

  assignments(agent: string): readonly Assignment[] {
    const running = this.#agents.get(agent);
    return (running?.set.checks ?? []).map(({ assignment }, index) => ({
      ...assignment,
      effectiveFromMs: running?.fromMs[index] ?? 0,
    }));
  }

  /** Of the agent's schedule; 0 while it is not known here. */
  revision(agent: string): number {
    return this.#agents.get(agent)?.revision ?? 0;
  }

  /** The agent knows `revision` from elsewhere: its numbers go on above it. */
  raiseRevision(agent: string, revision: number): void {
    const running = this.#agents.get(agent);
    if (running && revision > running.revision)
      this.#agents.set(agent, { ...running, revision: revision + 1 });
  }

  get unwritten(): number {
    return this.#dirty.length;
  }

  /** What is not in the store yet; give it back with `putBack` when it could not be written. */
  takeDirty(): readonly Period[] {
    const taken = this.#dirty;
    this.#dirty = [];
    return taken;
  }

  putBack(periods: readonly Period[]): void {
    this.#dirty = [...periods, ...this.#dirty];
  }

  #begin(agent: string, before: Running, after: Running): void {
    after.set.checks.forEach((check, index) => {
      if (before.set.indexOf(check) !== undefined) return;
      after.fromMs[index] = after.lastBeginMs;
      this.#dirty.push(this.#period(agent, check, after.lastBeginMs, after.revision));
    });
    this.#agents.set(agent, after);
  }

  #end(
    agent: string,
    running: Running,
    ends: (check: Check) => boolean,
    revision: number,
    untilMs: number,
    settled = false,
  ): void {
    running.set.checks.forEach((check, index) => {
      if (!ends(check)) return;
      const fromMs = running.fromMs[index] as number;
      this.#dirty.push({
        ...this.#period(agent, check, fromMs, revision),
        untilMs: Math.max(untilMs, fromMs),
        settled,
      });
    });
  }

  #period(agent: string, { assignment, fingerprint }: Check, fromMs: number, revision: number): Period {
    const { probe, target, everyMs, timeoutMs } = assignment;
    const version = this.#stamps.next();
    return {
      agent,
      probe,
      target: target.name,
      everyMs,
      timeoutMs,
      fingerprint,
      fromMs,
      settled: false,
      revision,
      collector: this.#collector(),
      version,
    };
  }
}

/** A check that the catalogue has no more: as much of it as its end needs. */
function goneCheck(fingerprint: string, period: OpenPeriods['open'][number]['period']): Check {
  const { probe = '', target = '', everyMs = 1, timeoutMs = 0 } = period ?? {};
  return {
    key: '',
    fingerprint,
    assignment: {
      probe,
      type: '',
      target: { name: target, url: '', labels: {} },
      everyMs,
      timeoutMs,
      params: {},
    },
  };
}
