/** Changes of targets and probes as people ask for them, one after the other, also among several collectors. */
import type { Clock } from '../../probes/probe.ts';
import { SPEC_LIMITS } from '../../probes/spec.ts';
import { NOTIFY_LIMITS } from '../notify/limits.ts';
import { changeOf, type PlannedChange } from './catalogue.ts';
import { RegistryError } from './errors.ts';
import { keyOf, type Language, SPEC_KINDS, type SpecKind } from './language.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { Peers } from './peers.ts';
import type { Change } from './records.ts';
import type { Applied, ApplyOptions } from './registry.ts';
import { checkSpec, checkWhole, type Known } from './spec-check.ts';
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

  async apply(spec: unknown, options: ApplyOptions = {}): Promise<Applied> {
    const { specs } = this.#options;
    let plan: readonly PlannedChange[] = [];
    const revision = await this.#change(() => {
      this.#checkRevision(options.revision);
      const pruned = options.prune ? kindsIn(spec) : new Set<SpecKind>();
      const { catalogue } = specs;
      plan = catalogue.plan(checkSpec(spec, this.#known(pruned, options.receivers)), pruned);
      const whole = catalogue.after(plan);
      checkWhole(whole);
      checkLimits(whole);
      return options.dryRun ? NO_EDIT : this.#editOf(plan);
    });
    return {
      revision,
      changes: plan.map(({ action, fields, kind, name }) => ({ kind, name, action, fields })),
    };
  }

  async setPaused(name: string, paused: boolean): Promise<void> {
    await this.#change(() => {
      const { spec } = this.#options.specs.known(name);
      if (spec.paused === paused) return NO_EDIT;
      const updatedMs = this.#options.clock.wallMs();
      return {
        changes: [{ kind: 'probe', spec: { ...spec, paused }, deleted: false, updatedMs }],
        told: [{ kind: 'probe', name, action: paused ? 'pause' : 'resume', detail: null }],
      };
    });
  }

  async deleteProbe(name: string): Promise<void> {
    await this.#change(() => {
      const { spec } = this.#options.specs.known(name);
      return {
        changes: [{ kind: 'probe', spec, deleted: true, updatedMs: this.#options.clock.wallMs() }],
        told: [{ kind: 'probe', name, action: 'delete', detail: null }],
      };
    });
  }

  /** Makes an edit against what holds in the store, again and again until no other collector has come between. Gives the revision after it. */
  #change(edit: () => Edit): Promise<number> {
    const turn = this.#last.then(() => this.#try(edit));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #try(edit: () => Edit): Promise<number> {
    const { specs, peers, onChanged, carriedOut } = this.#options;
    for (let tries = 0; tries < REGISTRY_LIMITS.specTries.value; tries += 1) {
      if (await specs.refresh()) onChanged();
      const { changes, told } = edit();
      if (changes.length === 0) return specs.revision;
      if (!(await specs.append(changes, peers.incarnation))) continue;
      const { revision } = specs;
      onChanged();
      await carriedOut(told);
      return revision;
    }
    throw new RegistryError('conflict', 'Other collectors keep changing specifications.', {
      hint: 'Try again.',
    });
  }

  #editOf(plan: readonly PlannedChange[]): Edit {
    const updatedMs = this.#options.clock.wallMs();
    const changed = plan.filter(({ action }) => action !== 'unchanged');
    return {
      changes: changed.map((change) => changeOf(change, updatedMs)),
      told: changed.map(({ action, kind, name, spec }) => ({
        ...{ kind, name, action },
        detail: action === 'delete' ? null : spec,
      })),
    };
  }

  /** What a file may name beside its own: not what pruning takes away. */
  #known(pruned: ReadonlySet<SpecKind>, receivers: ApplyOptions['receivers']): Known {
    const { catalogue } = this.#options.specs;
    return {
      targets: new Set(pruned.has('target') ? [] : catalogue.target.keys()),
      groups: pruned.has('agent_group') ? new Map() : catalogue.groups(),
      ...(receivers && { receivers }),
    };
  }

  #checkRevision(expected: number | undefined): void {
    const { revision } = this.#options.specs;
    if (expected === undefined || expected === revision) return;
    throw new RegistryError(
      'conflict',
      `Specifications are at revision ${revision} now, and no longer at ${expected}: somebody changed them since.`,
      { hint: 'Look at what changed (`outrider probes diff`, `outrider changes list`), and apply again.' },
    );
  }
}

/** Kinds of which a file says anything, be it that there are none. */
function kindsIn(spec: unknown): ReadonlySet<SpecKind> {
  const keys = typeof spec === 'object' && spec !== null ? spec : {};
  return new Set(SPEC_KINDS.filter((kind) => Object.hasOwn(keys, keyOf(kind))));
}

/** Of everything that would hold, as a file may have so much of each. */
function checkLimits(whole: Language): void {
  const over = (
    [
      ['targets', SPEC_LIMITS.targets.value],
      ['probes', SPEC_LIMITS.probes.value],
      ['regions', SPEC_LIMITS.regions.value],
      ['agent_groups', SPEC_LIMITS.agentGroups.value],
      ['maintenance', NOTIFY_LIMITS.windows.value],
    ] as const
  ).find(([key, most]) => whole[key].length > most);
  if (!over) return;
  const [key, most] = over;
  throw new RegistryError('too_many', `There would be ${whole[key].length} ${key}; ${most} is the limit.`, {
    hint: 'Delete what nobody needs, or run a collector with a store of its own.',
  });
}
