/** Targets and probes as this collector knows them, and which checks follow for whom. */
import { expandGroups, type Groups } from '../../probes/agent-groups.ts';
import { LocationError } from '../../probes/location.ts';
import type { LocationQuery, ProbeSpec } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import type { Store } from '../store/store.ts';
import { byName, Catalogue } from './catalogue.ts';
import { type CheckSets, CheckTable, makeCheckSets } from './check-sets.ts';
import type { Candidate } from './checks.ts';
import { RegistryError } from './errors.ts';
import { choosePlaces, NO_PLACEMENTS, type Placements, samePlaces } from './placements.ts';
import { type NewSpecChange, SpecLog, type SpecRecord } from './spec-log.ts';

export class Specs {
  readonly catalogue = new Catalogue();
  readonly table = new CheckTable();
  readonly #log: SpecLog;
  #revision = 0;
  #there: readonly Candidate[] = [];
  #places: Placements = NO_PLACEMENTS;
  #sets: CheckSets;

  constructor(store: Store) {
    this.#log = new SpecLog(store);
    this.#sets = this.#makeSets();
  }

  /** Which checks which agents run; another object after every change. */
  get sets(): CheckSets {
    return this.#sets;
  }

  /** Grows with every change of what people declared, whichever collector made it. */
  get revision(): number {
    return this.#revision;
  }

  /** A location in plain places. One that names a group which has gone means nobody. */
  placesOf(location: LocationQuery): LocationQuery {
    return withGroups(location, this.catalogue.groups());
  }

  async load(): Promise<void> {
    await this.#log.heal();
    await this.refresh();
  }

  /** Takes over what other collectors changed; true when there was anything. Rejects with a `StoreError`. */
  async refresh(): Promise<boolean> {
    const changes = await this.#log.read();
    if (changes.length === 0) return false;
    this.catalogue.follow(changes);
    this.#revision = this.#log.version;
    this.#sets = this.#makeSets();
    return true;
  }

  /** Makes changes; false when another collector was faster. Rejects with a `StoreError`. */
  async append(changes: readonly NewSpecChange[], collector: string): Promise<boolean> {
    if (!(await this.#log.append(changes, collector))) return false;
    this.catalogue.follow(changes.map((change) => ({ ...change, version: 0 })));
    this.#revision = this.#log.version;
    this.#sets = this.#makeSets();
    return true;
  }

  /** Gives the places of limited probes to these agents, which are there; true when somebody's checks are others now. */
  place(there: readonly Candidate[]): boolean {
    this.#there = there;
    const places = choosePlaces(this.#byName(), there);
    if (samePlaces(places, this.#places)) return false;
    this.#places = places;
    this.#sets = this.#sets.placed(places);
    return true;
  }

  /** Throws `RegistryError('not_found')` with the nearest name. */
  known(name: string): SpecRecord<ProbeSpec> {
    const { probe: probes } = this.catalogue;
    const record = probes.get(name);
    if (record) return record;
    const near = suggest(name, [...probes.keys()]);
    throw new RegistryError('not_found', `There is no probe ${name}.`, {
      hint: near ? `Did you mean ${near}?` : 'See `outrider probes list`.',
    });
  }

  #makeSets(): CheckSets {
    const probes = this.#byName();
    this.#places = choosePlaces(probes, this.#there);
    return makeCheckSets(probes, this.catalogue.targetSpecs(), this.table).placed(this.#places);
  }

  #byName(): ProbeSpec[] {
    const groups = this.catalogue.groups();
    return byName(this.catalogue.probe).map(({ spec }) => ({ ...spec, from: withGroups(spec.from, groups) }));
  }
}

/** Each location is checked when it is applied, but a group may have become longer since. */
export function withGroups(location: LocationQuery, groups: Groups): LocationQuery {
  try {
    return expandGroups(location, groups);
  } catch (error) {
    if (error instanceof LocationError) return { ...location, at: 'group:gone' };
    throw error;
  }
}
