/** Targets and probes as they were applied. Memory only. */
import type { ProbeSpec, TargetSpec } from '../../probes/spec.ts';
import { canonicalJson } from './checks.ts';
import type { AppliedChange } from './registry.ts';
import type { CheckedSpec } from './spec-check.ts';
import type { SpecChange, SpecRecord } from './spec-log.ts';

export interface PlannedChange<Spec> {
  readonly applied: AppliedChange;
  readonly spec: Spec;
}

export interface Plan {
  readonly targets: readonly PlannedChange<TargetSpec>[];
  readonly probes: readonly PlannedChange<ProbeSpec>[];
}

export class Catalogue {
  readonly targets = new Map<string, SpecRecord<TargetSpec>>();
  readonly probes = new Map<string, SpecRecord<ProbeSpec>>();

  /** Follows what the log says. */
  follow(changes: readonly SpecChange[]): void {
    for (const change of changes) {
      const { deleted, updatedMs } = change;
      if (change.kind === 'target') put(this.targets, { spec: change.spec, updatedMs }, deleted);
      else put(this.probes, { spec: change.spec, updatedMs }, deleted);
    }
  }

  /** What applying the specification would do. */
  plan(spec: CheckedSpec): Plan {
    return {
      targets: spec.targets.map((target) => planned('target', target, this.targets)),
      probes: spec.probes.map((probe) => planned('probe', probe, this.probes)),
    };
  }

  targetSpecs(): ReadonlyMap<string, TargetSpec> {
    return new Map([...this.targets].map(([name, { spec }]) => [name, spec]));
  }
}

/** By name, so that nothing depends on the order in which things were declared or loaded. */
export function byName<Spec extends { readonly name: string }>(
  records: ReadonlyMap<string, SpecRecord<Spec>>,
): SpecRecord<Spec>[] {
  return [...records.values()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

function put<Spec extends { readonly name: string }>(
  records: Map<string, SpecRecord<Spec>>,
  record: SpecRecord<Spec>,
  deleted: boolean,
): void {
  if (deleted) records.delete(record.spec.name);
  else records.set(record.spec.name, record);
}

function planned<Spec extends { readonly name: string }>(
  kind: 'target' | 'probe',
  spec: Spec,
  known: ReadonlyMap<string, SpecRecord<Spec>>,
): PlannedChange<Spec> {
  const before = known.get(spec.name);
  const same = before !== undefined && canonicalJson(before.spec) === canonicalJson(spec);
  const action = before === undefined ? 'create' : same ? 'unchanged' : 'update';
  return { applied: { kind, name: spec.name, action }, spec };
}
