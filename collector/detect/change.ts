/** What people or machines changed: deploys, moves of traffic, upgrades. The suspects of an incident that began soon after. */
import type { IncidentScope } from './incident.ts';
import { coversSeries, type Labelled } from './scope.ts';
import type { Series } from './series.ts';

/** The labels by which a change says what it concerns. */
export const CHANGE_LABELS: readonly string[] = [
  ...['agent', 'region', 'country', 'city', 'isp', 'asn', 'provider', 'network', 'pop', 'target', 'probe'],
];

/** Something that was changed at an instant, in all that carries these labels; everywhere where none is named. */
export interface Change {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** `deploy`, `dc_move`, `browser`, `agent`, `target`, `probe`, or any other word. */
  readonly kind: string;
  readonly name: string;
  /** What was done, in the words of who did it. */
  readonly text: string;
  readonly where: Readonly<Record<string, string>>;
  /** What is normal there is learned anew: it was announced to be different from now on. */
  readonly relearn: boolean;
}

/** A change that may have caused an incident. */
export interface SuspectChange extends Change {
  /** How long before the start of the incident; negative for one that came a moment after the estimate of the start. */
  readonly leadMs: number;
}

/** A cause precedes its effect by as long as a roll-out takes, and follows the estimated start by its error. */
const BEFORE_MS = 30 * 60_000;
const AFTER_MS = 60_000;
/** The list is for reading. */
const SUSPECTS_MAX = 5;

/** Whether a change concerns a series. */
export function concerns(
  { where }: Pick<Change, 'where'>,
  series: Labelled & Partial<Pick<Series, 'probe'>>,
): boolean {
  return Object.entries(where).every(([label, value]) => {
    switch (label) {
      case 'agent':
      case 'region':
      case 'target':
      case 'probe':
        return series[label] === value;
      default:
        return series.dims?.[label] === value;
    }
  });
}

/** Changes by time and place that may be behind an incident: the narrowest first, then the nearest before its start. */
export function suspectsOf(
  changes: readonly Change[],
  { scope, startedMs }: { readonly scope: IncidentScope; readonly startedMs: number },
  series: Iterable<Series>,
): readonly SuspectChange[] {
  const near = changes.filter(({ atMs }) => atMs >= startedMs - BEFORE_MS && atMs <= startedMs + AFTER_MS);
  if (near.length === 0) return [];
  const within = [...series].filter((one) => coversSeries(scope, one));
  return near
    .filter((change) => within.some((one) => concerns(change, one)))
    .map((change) => ({ ...change, leadMs: startedMs - change.atMs }))
    .sort(
      (a, b) =>
        Object.keys(b.where).length - Object.keys(a.where).length || Math.abs(a.leadMs) - Math.abs(b.leadMs),
    )
    .slice(0, SUSPECTS_MAX);
}

/** A change is forgotten once no incident can begin that it could be behind. */
const KEPT_MS = 2 * 3_600_000;
const KEPT_MAX = 1000;

/** The changes of late, each once. */
export class RecentChanges {
  readonly #all = new Map<string, { readonly change: Change; due: boolean }>();

  [Symbol.iterator](): Iterator<Change> {
    return Array.from(this.#all.values(), ({ change }) => change).values();
  }

  /** Those that are known already are not taken again; of too many the oldest are left out. */
  add(changes: readonly Change[]): void {
    for (const change of changes) {
      const key = JSON.stringify([change.atMs, change.kind, change.name, change.text, change.where]);
      if (!this.#all.has(key)) this.#all.set(key, { change, due: change.relearn });
    }
    const over = [...this.#all].sort(([, a], [, b]) => b.change.atMs - a.change.atMs).slice(KEPT_MAX);
    for (const [key] of over) this.#all.delete(key);
  }

  /** Those after which is to be learned anew, each once, when its time has come. */
  due(nowMs: number): readonly Change[] {
    if (this.#all.size === 0) return [];
    const due: Change[] = [];
    for (const [key, one] of this.#all) {
      if (one.change.atMs <= nowMs && one.due) {
        one.due = false;
        due.push(one.change);
      }
      if (one.change.atMs < nowMs - KEPT_MS) this.#all.delete(key);
    }
    return due;
  }
}
