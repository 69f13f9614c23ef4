/** What a receiver was told, in the store: whoever sends next goes on there. */
import type { Store } from '../store/store.ts';

const TABLE = 'otlp_told';

const READ_SQL = `
SELECT kind, id, words, toUnixTimestamp64Milli(at) AS at_ms
FROM ${TABLE} FINAL
WHERE receiver = {receiver:String} AND (kind = 'minute' OR id IN {ids:Array(String)})`;

interface Row {
  readonly kind: 'incident' | 'minute';
  readonly id: string;
  readonly words: string;
  readonly at_ms: number;
}

export interface Told {
  /** The first minute that was not told, Unix milliseconds; undefined where the receiver was never told of any. */
  readonly minuteMs: number | undefined;
  /** By the id of an incident. */
  readonly words: ReadonlyMap<string, string>;
}

export class ToldTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;
  readonly #receiver: string;
  readonly #nowMs: () => number;
  /** By kind and id. */
  readonly #unwritten = new Map<string, Omit<Row, 'at_ms'> & { readonly at: number; version: number }>();

  /** `url`: of the receiver; `nowMs`: the clock of the store, whole milliseconds. */
  constructor(store: Pick<Store, 'query' | 'insertRows'>, url: string, nowMs: () => number) {
    this.#store = store;
    this.#receiver = addressOf(url);
    this.#nowMs = nowMs;
  }

  /** Of these incidents. Rejects with a `StoreError`. */
  async read(ids: readonly string[]): Promise<Told> {
    const rows = await this.#store.query<Row>(READ_SQL, { receiver: this.#receiver, ids });
    return {
      minuteMs: rows.find(({ kind }) => kind === 'minute')?.at_ms,
      words: new Map(rows.flatMap(({ id, kind, words }) => (kind === 'incident' ? [[id, words]] : []))),
    };
  }

  noteIncident(id: string, words: string): void {
    const at = this.#nowMs();
    this.#unwritten.set(`incident/${id}`, { kind: 'incident', id, words, at, version: at });
  }

  /** All before this one were told. It only goes on, whoever writes when. */
  noteMinute(minuteMs: number): void {
    this.#unwritten.set('minute', { kind: 'minute', id: '', words: '', at: minuteMs, version: minuteMs });
  }

  /** Forgets what waits: another collector tells now. */
  drop(): void {
    this.#unwritten.clear();
  }

  /** Writes what was noted, under a lease. Rejects with a `StoreError`; then it waits on. */
  async flush(lease: string): Promise<void> {
    const entries = [...this.#unwritten];
    await this.#store.insertRows(
      TABLE,
      entries.map(([, row]) => ({ ...row, receiver: this.#receiver, lease })),
    );
    for (const [key, row] of entries) if (this.#unwritten.get(key) === row) this.#unwritten.delete(key);
  }
}

/** Without what may be secret in it: user, password and query. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}
