/**
 * Who of several does what only one may do. A term is claimed by an insert of which, of several, the store keeps the first;
 * the holder of the highest term holds the lease. Before anybody claims a term, the store refuses what is written under the one before.
 */
import type { Store } from '../store/store.ts';

export interface Claim {
  readonly term: number;
  /** The run of a collector. */
  readonly holder: string;
}

export const NO_CLAIM: Claim = { term: 0, holder: '' };

/** What the holder writes under, and what is fenced once another holds the lease. */
export function leaseName(name: string, term: number): string {
  return `${name}/${term}`;
}

export class LeaseTable {
  readonly #store: Pick<Store, 'query' | 'insertRows' | 'fence'>;
  readonly #name: string;

  constructor(store: Pick<Store, 'query' | 'insertRows' | 'fence'>, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** The highest term; `NO_CLAIM` when nobody ever held it. */
  async top(): Promise<Claim> {
    const [claim] = await this.#store.query<Claim>(
      'SELECT term, holder FROM lease_claims WHERE name = {name:String} ORDER BY term DESC LIMIT 1',
      { name: this.#name },
    );
    return claim ?? NO_CLAIM;
  }

  /** Claims the term after `last`. Gives the highest term then: whether it is ours, its holder says. */
  async claim(last: Claim, holder: string): Promise<Claim> {
    const term = last.term + 1;
    const before = leaseName(this.#name, last.term);
    // Incidents are on the first shard alone.
    if (last.term > 0) await this.#store.fence(before, 1);
    await this.#store.insertRows('lease_claims', [{ name: this.#name, term, holder }], {
      token: leaseName(this.#name, term),
    });
    return this.top();
  }
}
