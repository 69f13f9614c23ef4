/**
 * Which checks which agents run, worked out once for all agents that are alike. A check is one object wherever it is used,
 * and a set of checks too: two agents run the same when their sets are the same object.
 */
import type { ProbeSpec, TargetSpec } from '../../probes/spec.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { type Candidate, type Check, capable, checksOf, namedBy, selects } from './checks.ts';
import { NO_PLACEMENTS, type Placements } from './placements.ts';
import { isLimited } from './select-agents.ts';

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

/** Selections that are remembered: each differs from the others in the probes that it has. */
const SELECTIONS_MAX = 10_000;

/** What one state of the catalogue comes to, whoever has which place. */
interface Prepared {
  /** By name; paused ones run nowhere. */
  readonly probes: readonly { readonly spec: ProbeSpec; readonly checks: readonly Check[] }[];
  /** Agents that a selector names, in lower case: they may differ from those that are alike otherwise. */
  readonly named: ReadonlySet<string>;
  readonly bySelection: Map<string, CheckSet>;
}

/** The sets of one state of the catalogue, with the places of the probes that are not meant for every agent. */
export class CheckSets {
  readonly #prepared: Prepared;
  readonly #places: Placements;
  readonly #byKind = new Map<string, CheckSet>();

  constructor(prepared: Prepared, places: Placements = NO_PLACEMENTS) {
    this.#prepared = prepared;
    this.#places = places;
  }

  /** The same catalogue with other places. */
  placed(places: Placements): CheckSets {
    return new CheckSets(this.#prepared, places);
  }

  of(agent: Candidate): CheckSet {
    if (this.#prepared.named.has(agent.id.toLowerCase())) return this.#select(agent);
    const kind = kindOf(agent, this.#places.get(agent.id));
    const known = this.#byKind.get(kind) ?? this.#select(agent);
    this.#byKind.set(kind, known);
    return known;
  }

  #select(agent: Candidate): CheckSet {
    const { probes, bySelection } = this.#prepared;
    const places = this.#places.get(agent.id);
    const means = ({ name, from }: ProbeSpec) =>
      isLimited(from) ? places?.includes(name) : selects(from, agent);
    const selected = probes.filter(({ spec }) => capable(spec, agent) && means(spec));
    const key = selected.map(({ spec }) => spec.name).join('\n');
    const known = bySelection.get(key);
    if (known) return known;
    const checks = selected.flatMap(({ checks }) => checks);
    const most = LINK_LIMITS.assignments.value;
    const set = new CheckSet(checks.slice(0, most), Math.max(0, checks.length - most));
    // Places change as long as the collector lives: a set that was forgotten is made again.
    if (bySelection.size >= SELECTIONS_MAX) bySelection.clear();
    bySelection.set(key, set);
    return set;
  }
}

/** `probes` in the order in which an agent is to get them. */
export function makeCheckSets(
  probes: readonly ProbeSpec[],
  targets: ReadonlyMap<string, TargetSpec>,
  table: CheckTable = new CheckTable(),
): CheckSets {
  const prepared = probes
    .filter(({ paused }) => !paused)
    .map((spec) => ({ spec, checks: checksOf(spec, targets).map((check) => table.of(check)) }));
  table.keep(prepared.flatMap(({ checks }) => checks));
  return new CheckSets({
    probes: prepared,
    named: new Set(probes.flatMap(({ from }) => namedBy(from))),
    bySelection: new Map(),
  });
}

/** Equal for agents that no selector can tell apart, unless it names them, and that have the same places. */
function kindOf({ labels, capabilities }: Candidate, places: readonly string[] | undefined): string {
  const { region, country, city, asn, isp, provider, network, tags } = labels;
  const { probeTypes, browser } = capabilities;
  const where = [region, country, city, asn, isp, provider, network, tags];
  return JSON.stringify([where, probeTypes, browser !== '', places]);
}
