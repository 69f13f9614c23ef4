/** What people declared, as it was applied: one map a kind, by name. Memory only. */
import type { Groups } from '../../probes/agent-groups.ts';
import type { TargetSpec } from '../../probes/spec.ts';
import { canonicalJson } from './checks.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import {
  KEY_OF_KIND,
  keyOf,
  type Language,
  NAMED_KINDS,
  SPEC_KINDS,
  type SpecKind,
  type SpecOfKind,
  specsOf,
} from './language.ts';
import type { NewSpecChange, SpecChange, SpecRecord } from './spec-log.ts';

type Records = { readonly [Kind in SpecKind]: Map<string, SpecRecord<SpecOfKind[Kind]>> };

/** What applying does to one thing. */
export interface PlannedChange {
  readonly kind: SpecKind;
  readonly name: string;
  readonly action: 'create' | 'update' | 'unchanged' | 'delete';
  /** As it is to be; of one that is deleted, as it was. */
  readonly spec: SpecOfKind[SpecKind];
  /** Of an update. */
  readonly fields: readonly FieldChange[];
}

export class Catalogue implements Records {
  readonly target: Records['target'] = new Map();
  readonly probe: Records['probe'] = new Map();
  readonly region: Records['region'] = new Map();
  readonly agent_group: Records['agent_group'] = new Map();
  readonly maintenance: Records['maintenance'] = new Map();
  readonly routes: Records['routes'] = new Map();

  /** Follows what the log says. Kinds that a later version wrote are not for us. */
  follow(changes: readonly SpecChange[]): void {
    for (const { deleted, kind, spec, updatedMs } of changes) {
      if (!SPEC_KINDS.includes(kind)) continue;
      const records = this.#of(kind);
      if (deleted) records.delete(spec.name);
      else records.set(spec.name, { spec, updatedMs });
    }
  }

  /**
   * What applying would do, in the order of kinds. `pruned`: kinds of which nothing is to be left that is not in the file.
   */
  plan(language: Language, pruned: ReadonlySet<SpecKind> = new Set()): readonly PlannedChange[] {
    return SPEC_KINDS.flatMap((kind) => {
      const records = this.#of(kind);
      const declared = specsOf(language, kind);
      const names = new Set(declared.map(({ name }) => name));
      const gone = pruned.has(kind) ? byName(records).filter(({ spec }) => !names.has(spec.name)) : [];
      return [
        ...declared.map((spec) => planned(kind, spec, records.get(spec.name)?.spec)),
        ...gone.map(
          ({ spec }): PlannedChange => ({ kind, name: spec.name, action: 'delete', spec, fields: [] }),
        ),
      ];
    });
  }

  /** What would hold after that: everything, as one file would say it. */
  after(changes: readonly PlannedChange[]): Language {
    const next = new Catalogue();
    next.follow(this.#asChanges());
    next.follow(changes.map((change) => ({ ...changeOf(change, 0), version: 0 }) as SpecChange));
    return next.language();
  }

  /** Everything, as one file would say it. */
  language(): Language {
    const lists = NAMED_KINDS.map((kind) => [
      KEY_OF_KIND[kind],
      byName(this.#of(kind)).map(({ spec }) => spec),
    ]);
    const routes = this.routes.get('routes')?.spec.routes;
    return { version: 1, ...Object.fromEntries(lists), ...(routes && { [keyOf('routes')]: routes }) };
  }

  targetSpecs(): ReadonlyMap<string, TargetSpec> {
    return new Map([...this.target].map(([name, { spec }]) => [name, spec]));
  }

  groups(): Groups {
    return new Map([...this.agent_group].map(([name, { spec }]) => [name, spec.agents]));
  }

  #of(kind: SpecKind): Map<string, SpecRecord<SpecOfKind[SpecKind]>> {
    return this[kind] as Map<string, SpecRecord<SpecOfKind[SpecKind]>>;
  }

  #asChanges(): SpecChange[] {
    return SPEC_KINDS.flatMap((kind) =>
      [...this.#of(kind).values()].map(
        ({ spec, updatedMs }) => ({ kind, spec, updatedMs, deleted: false, version: 0 }) as SpecChange,
      ),
    );
  }
}

/** By name, so that nothing depends on the order in which things were declared or loaded. */
export function byName<Spec extends { readonly name: string }>(
  records: ReadonlyMap<string, SpecRecord<Spec>>,
): SpecRecord<Spec>[] {
  return [...records.values()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

/** A planned change as the log takes it. */
export const changeOf = ({ action, kind, spec }: PlannedChange, updatedMs: number): NewSpecChange =>
  ({ kind, spec, deleted: action === 'delete', updatedMs }) as NewSpecChange;

function planned(
  kind: SpecKind,
  spec: SpecOfKind[SpecKind],
  before: SpecOfKind[SpecKind] | undefined,
): PlannedChange {
  const change = { kind, name: spec.name, spec, fields: [] };
  if (before === undefined) return { ...change, action: 'create' };
  if (canonicalJson(before) === canonicalJson(spec)) return { ...change, action: 'unchanged' };
  return { ...change, action: 'update', fields: fieldChanges(before, spec) };
}
