/**
 * Which checks which agents run, worked out once for all agents that are alike. A check is one object wherever it is used,
 * and a set of checks too: two agents run the same when their sets are the same object.
 */
import type { ProbeSpec, TargetSpec } from '../../probes/spec.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { type Candidate, type Check, capable, checksOf, selects } from './checks.ts';

export class CheckSet {
  readonly checks: readonly Check[];
  /** More were selected than an agent may have; these are the first of them. */
  readonly leftOut: number;
  readonly #positions: ReadonlyMap<Check, number>;
  readonly #probes: ReadonlySet<string>;

  constructor(checks: readonly Check[], leftOut = 0) {
    this.checks = checks;
    this.leftOut = leftOut;
    this.#positions = new Map(checks.map((check, index) => [check, index]));
    this.#probes = new Set(checks.map(({ assignment }) => assignment.probe));
  }

  /** Where the check stands in `checks`. */
  indexOf(check: Check): number | undefined {
    return this.#positions.get(check);
  }

  runs(probe: string): boolean {
    return this.#probes.has(probe);
  }
}

/** Checks by fingerprint, so that one that did not change stays the same object. */
export class CheckTable {
  #checks = new Map<string, Check>();

  get(fingerprint: string): Check | undefined {
    return this.#checks.get(fingerprint);
  }

  of(check: Check): Check {
    const known = this.#checks.get(check.fingerprint);
    if (known) return known;
    this.#checks.set(check.fingerprint, check);
    return check;
  }

  /** Forgets all but these. */
  keep(checks: Iterable<Check>): void {
    this.#checks = new Map([...checks].map((check) => [check.fingerprint, check]));
  }
}

/** The sets of one state of the catalogue. */
export class CheckSets {
  /** By name; paused ones run nowhere. */
  readonly #probes: readonly { readonly spec: ProbeSpec; readonly checks: readonly Check[] }[];
  /** Agents that a selector names: they may differ from those that are alike otherwise. */
  readonly #named: ReadonlySet<string>;
  readonly #byKind = new Map<string, CheckSet>();
  readonly #bySelection = new Map<string, CheckSet>();

  /** `probes` in the order in which an agent is to get them. */
  constructor(
    probes: readonly ProbeSpec[],
    targets: ReadonlyMap<string, TargetSpec>,
    table: CheckTable = new CheckTable(),
  ) {
    this.#probes = probes
      .filter(({ paused }) => !paused)
      .map((spec) => ({ spec, checks: checksOf(spec, targets).map((check) => table.of(check)) }));
    this.#named = new Set(probes.flatMap(({ from }) => from.agent ?? []));
    table.keep(this.#probes.flatMap(({ checks }) => checks));
  }

  of(agent: Candidate): CheckSet {
    if (this.#named.has(agent.id)) return this.#select(agent);
    const kind = kindOf(agent);
    const known = this.#byKind.get(kind) ?? this.#select(agent);
    this.#byKind.set(kind, known);
    return known;
  }

  #select(agent: Candidate): CheckSet {
    const selected = this.#probes.filter(({ spec }) => capable(spec, agent) && selects(spec.from, agent));
    const key = selected.map(({ spec }) => spec.name).join('\n');
    const known = this.#bySelection.get(key);
    if (known) return known;
    const checks = selected.flatMap(({ checks }) => checks);
    const most = LINK_LIMITS.assignments.value;
    const set = new CheckSet(checks.slice(0, most), Math.max(0, checks.length - most));
    this.#bySelection.set(key, set);
    return set;
  }
}

/** Equal for agents that no selector can tell apart, unless it names them. */
function kindOf({ labels, capabilities }: Candidate): string {
  const { region, country, isp, network, tags } = labels;
  const { probeTypes, browser } = capabilities;
  return JSON.stringify([region, country, isp, network, tags, probeTypes, browser !== '']);
}
