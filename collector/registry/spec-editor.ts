/** Changes of targets and probes as people ask for them, one after the other, also among several collectors. */
import type { Clock } from '../../probes/probe.ts';
import { SPEC_LIMITS } from '../../probes/spec.ts';
import type { Plan } from './catalogue.ts';
import { RegistryError } from './errors.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { Peers } from './peers.ts';
import type { Change } from './records.ts';
import type { AppliedChange } from './registry.ts';
import { checkSpec } from './spec-check.ts';
import type { NewSpecChange } from './spec-log.ts';
import type { Specs } from './specs.ts';

export interface SpecEditorOptions {
  readonly specs: Specs;
  readonly clock: Clock;
  readonly peers: Pick<Peers, 'incarnation'>;
  /** Specifications are others now than before: somebody else's change, or ours. */
  onChanged(): void;
  /** A change of ours is in the store, and `onChanged` was called. `told`: as people will read of it. */
  carriedOut(told: readonly Change[]): Promise<void>;
}

/** What a change does: to the specifications, and as people will read of it. */
interface Edit {
  readonly changes: readonly NewSpecChange[];
  readonly told: readonly Change[];
}

const NO_EDIT: Edit = { changes: [], told: [] };

export class SpecEditor {
  readonly #options: SpecEditorOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SpecEditorOptions) {
    this.#options = options;
  }

  /** Settles when no change is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async apply(spec: unknown, dryRun: boolean): Promise<readonly AppliedChange[]> {
    let applied: readonly AppliedChange[] = [];
    await this.#change(() => {
      const { catalogue } = this.#options.specs;
      const plan = catalogue.plan(checkSpec(spec, new Set(catalogue.targets.keys())));
      applied = [...plan.targets, ...plan.probes].map((change) => change.applied);
      this.#checkLimits(plan);
      return dryRun ? NO_EDIT : this.#editOf(plan);
    });
    return applied;
  }

  setPaused(name: string, paused: boolean): Promise<void> {
    return this.#change(() => {
      const { spec } = this.#options.specs.known(name);
      if (spec.paused === paused) return NO_EDIT;
      const updatedMs = this.#options.clock.wallMs();
      return {
        changes: [{ kind: 'probe', spec: { ...spec, paused }, deleted: false, updatedMs }],
        told: [{ kind: 'probe', name, action: paused ? 'pause' : 'resume', detail: null }],
      };
    });
  }

  deleteProbe(name: string): Promise<void> {
    return this.#change(() => {
      const { spec } = this.#options.specs.known(name);
      return {
        changes: [{ kind: 'probe', spec, deleted: true, updatedMs: this.#options.clock.wallMs() }],
        told: [{ kind: 'probe', name, action: 'delete', detail: null }],
      };
    });
  }

  /** Makes an edit against what holds in the store, again and again until no other collector has come between. */
  #change(edit: () => Edit): Promise<void> {
    const turn = this.#last.then(() => this.#try(edit));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #try(edit: () => Edit): Promise<void> {
    const { specs, peers, onChanged, carriedOut } = this.#options;
    for (let tries = 0; tries < REGISTRY_LIMITS.specTries.value; tries += 1) {
      if (await specs.refresh()) onChanged();
      const { changes, told } = edit();
      if (changes.length === 0) return;
      if (!(await specs.append(changes, peers.incarnation))) continue;
      onChanged();
      return carriedOut(told);
    }
    throw new RegistryError('conflict', 'Other collectors keep changing specifications.', {
      hint: 'Try again.',
    });
  }

  #editOf(plan: Plan): Edit {
    const updatedMs = this.#options.clock.wallMs();
    const targets = plan.targets.filter(({ applied }) => applied.action !== 'unchanged');
    const probes = plan.probes.filter(({ applied }) => applied.action !== 'unchanged');
    return {
      changes: [
        ...targets.map(({ spec }) => ({ kind: 'target', spec, deleted: false, updatedMs }) as const),
        ...probes.map(({ spec }) => ({ kind: 'probe', spec, deleted: false, updatedMs }) as const),
      ],
      told: [...targets, ...probes].map(({ applied, spec }) => ({ ...applied, detail: spec })),
    };
  }

  #checkLimits(plan: Plan): void {
    const total = (known: ReadonlyMap<string, unknown>, changes: Plan['targets'] | Plan['probes']) =>
      known.size + changes.filter(({ applied }) => applied.action === 'create').length;
    const { targets, probes } = this.#options.specs.catalogue;
    const over = [
      ['targets', total(targets, plan.targets), SPEC_LIMITS.targets.value],
      ['probes', total(probes, plan.probes), SPEC_LIMITS.probes.value],
    ].find(([, count, most]) => Number(count) > Number(most));
    if (!over) return;
    throw new RegistryError('too_many', `There would be ${over[1]} ${over[0]}; ${over[2]} is the limit.`, {
      hint: 'Delete probes that nobody needs, or run a collector with a store of its own.',
    });
  }
}
