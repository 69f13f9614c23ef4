/** Who is to run what, since when and until when. Memory only; what changed is handed out to be written. */
import type { Assignment } from '../../protocol/frame.ts';
import { type Check, checkKey } from './checks.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { Period } from './period.ts';

interface Current {
  readonly period: Period;
  /** Absent for one that was loaded, until its agent is reconciled. */
  readonly assignment?: Assignment;
}

export class AssignmentBook {
  /** Agent → check → what runs now. */
  readonly #current = new Map<string, Map<string, Current>>();
  readonly #closed = new Map<string, Period[]>();
  /** What is not in the store yet; of one period the latest state. */
  readonly #dirty = new Map<string, Period>();

  /** Takes over what an earlier collector has written. */
  load(periods: readonly Period[]): void {
    for (const period of periods) {
      if (period.untilMs !== undefined) this.#close(period);
      else this.#currentOf(period.agent).set(checkKey(period.probe, period.target), { period });
    }
  }

  /**
   * Makes `checks` what the agent runs: equal ones keep their begin, others end at `nowMs` or begin a little later.
   * True when anything changed.
   */
  reconcile(agent: string, checks: readonly Check[], nowMs: number, revision: number): boolean {
    const before = this.#currentOf(agent);
    const after = new Map<string, Current>();
    let begun = 0;
    for (const check of checks) {
      const kept = before.get(check.key)?.period;
      const same = kept?.fingerprint === check.fingerprint;
      const period = same ? kept : this.#begin(agent, check, nowMs, revision);
      if (same) before.delete(check.key);
      else {
        begun += 1;
        this.#toWrite(period);
      }
      after.set(check.key, { period, assignment: { ...check.assignment, effectiveFromMs: period.fromMs } });
    }
    for (const { period } of before.values()) this.#end(period, nowMs, false);
    this.#current.set(agent, after);
    return begun + before.size > 0;
  }

  /** The agent runs nothing from `untilMs` on, by its own word. */
  stop(agent: string, untilMs: number): void {
    for (const { period } of this.#currentOf(agent).values()) this.#end(period, untilMs, true);
    this.#current.delete(agent);
  }

  assignments(agent: string): readonly Assignment[] {
    return [...(this.#current.get(agent)?.values() ?? [])].flatMap(({ assignment }) => assignment ?? []);
  }

  count(agent: string): number {
    return this.#current.get(agent)?.size ?? 0;
  }

  runs(agent: string, probe: string): boolean {
    for (const { period } of this.#current.get(agent)?.values() ?? [])
      if (period.probe === probe) return true;
    return false;
  }

  /** Every period of the agent, open and closed. */
  periods(agent: string): readonly Period[] {
    const current = [...(this.#current.get(agent)?.values() ?? [])].map(({ period }) => period);
    return [...(this.#closed.get(agent) ?? []), ...current];
  }

  /** What is not in the store yet; give it back with `putBack` when it could not be written. */
  takeDirty(): readonly Period[] {
    const taken = [...this.#dirty.values()];
    this.#dirty.clear();
    return taken;
  }

  /** What changed again meanwhile stays as it changed. */
  putBack(periods: readonly Period[]): void {
    for (const period of periods) if (!this.#dirty.has(rowKey(period))) this.#toWrite(period);
  }

  /** Forgets what ended before `beforeMs`. */
  forget(beforeMs: number): void {
    for (const [agent, periods] of this.#closed) {
      const kept = periods.filter(({ untilMs }) => (untilMs ?? 0) >= beforeMs);
      if (kept.length > 0) this.#closed.set(agent, kept);
      else this.#closed.delete(agent);
    }
  }

  #currentOf(agent: string): Map<string, Current> {
    const current = this.#current.get(agent) ?? new Map<string, Current>();
    this.#current.set(agent, current);
    return current;
  }

  #begin(agent: string, { assignment, fingerprint }: Check, nowMs: number, revision: number): Period {
    const { probe, target, everyMs, timeoutMs } = assignment;
    let fromMs = Math.ceil(nowMs) + REGISTRY_LIMITS.effectiveAfterMs.value;
    // The begin names the row: two changes within one millisecond must not share it.
    for (const earlier of this.periods(agent))
      if (earlier.probe === probe && earlier.target === target.name)
        fromMs = Math.max(fromMs, earlier.fromMs + 1);
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
    };
  }

  #end(period: Period, untilMs: number, settled: boolean): void {
    const ended = { ...period, untilMs: Math.max(untilMs, period.fromMs), settled };
    this.#close(ended);
    this.#toWrite(ended);
  }

  #close(period: Period): void {
    const closed = this.#closed.get(period.agent) ?? [];
    closed.push(period);
    this.#closed.set(period.agent, closed);
  }

  #toWrite(period: Period): void {
    this.#dirty.set(rowKey(period), period);
  }
}

function rowKey({ agent, probe, target, fromMs }: Period): string {
  return `${agent}\n${checkKey(probe, target)}\n${fromMs}`;
}
