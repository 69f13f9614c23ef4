/**
 * Targets and probes in the store: a log of changes in one order for all collectors. A change is made against the latest
 * version that its author has read, and only when that still is the latest: of two that were made at once, one has to look again.
 */
import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.ts';
import type { SpecKind, SpecOfKind } from './language.ts';

export interface SpecRecord<Spec> {
  readonly spec: Spec;
  readonly updatedMs: number;
}

/** What the log says last of one name; `spec` as it was last, also of one that was deleted. */
export type SpecChange = {
  readonly [Kind in SpecKind]: {
    readonly version: number;
    readonly deleted: boolean;
    readonly updatedMs: number;
    readonly kind: Kind;
    readonly spec: SpecOfKind[Kind];
  };
}[SpecKind];

/** A change that has no version yet. */
export type NewSpecChange = SpecChange extends infer Change
  ? Change extends SpecChange
    ? Omit<Change, 'version'>
    : never
  : never;

interface ChangeRow {
  readonly version: number;
  readonly kind: string;
  readonly spec: string;
  readonly deleted: number;
  readonly at: string;
}

const NEWER = `
SELECT version, toString(kind) AS kind, spec, deleted, at FROM spec_changes
WHERE version > {version:UInt64}
ORDER BY version DESC LIMIT 1 BY kind, name`;

/** What people read is filled from the log; what a crash kept from it is made up for. */
const HEAL = [
  ['targets', 'target'],
  ['probes', 'probe'],
].map(
  ([table, kind]) => `
INSERT INTO ${table} (name, spec, updated_at, deleted, version)
SELECT name, spec, at, deleted, version
FROM (SELECT * FROM spec_changes WHERE kind = '${kind}' ORDER BY version DESC LIMIT 1 BY name)
WHERE (name, version) NOT IN (SELECT name, version FROM ${table})`,
);

export class SpecLog {
  readonly #store: Store;
  #version = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The latest version that was read or written; 0 while there is none. */
  get version(): number {
    return this.#version;
  }

  /** Makes up in the tables for people what a crash kept from them. */
  async heal(): Promise<void> {
    for (const statement of HEAL) await this.#store.command(statement);
  }

  /** What changed since the last time, the latest of each name, in the order of versions. */
  async read(): Promise<readonly SpecChange[]> {
    const rows = await this.#store.query<ChangeRow>(NEWER, { version: this.#version });
    for (const { version } of rows) this.#version = Math.max(this.#version, version);
    return rows.reverse().map(
      ({ kind, spec, version, deleted, at }) =>
        ({
          kind,
          spec: JSON.parse(spec),
          version,
          deleted: deleted === 1,
          updatedMs: Date.parse(at),
        }) as SpecChange,
    );
  }

  /**
   * Makes these changes the next version; false when another collector was faster: then `read` has news. Rejects with a
   * `StoreError`, and then it is not known whether they were made: `read` tells.
   */
  async append(changes: readonly NewSpecChange[], collector: string): Promise<boolean> {
    const version = this.#version + 1;
    const change = randomUUID();
    const rows = changes.map(({ kind, spec, deleted, updatedMs }) => ({
      version,
      kind,
      name: spec.name,
      spec: JSON.stringify(spec),
      deleted: deleted ? 1 : 0,
      at: new Date(updatedMs).toISOString(),
      change,
      collector,
    }));
    await this.#store.insertRows('spec_changes', rows, { token: `specs/${version}` });
    const [winner] = await this.#store.query<{ change: string }>(
      'SELECT change FROM spec_changes WHERE version = {version:UInt64} LIMIT 1',
      { version },
    );
    if (winner?.change !== change) return false;
    this.#version = version;
    await this.#publish(changes, version);
    return true;
  }

  async #publish(changes: readonly NewSpecChange[], version: number): Promise<void> {
    for (const [table, kind] of [
      ['targets', 'target'],
      ['probes', 'probe'],
    ] as const)
      await this.#store.insertRows(
        table,
        changes
          .filter((change) => change.kind === kind)
          .map(({ deleted, spec, updatedMs }) => ({
            name: spec.name,
            spec: JSON.stringify(spec),
            updated_at: new Date(updatedMs).toISOString(),
            deleted: deleted ? 1 : 0,
            version,
          })),
      );
  }
}
