/** What people have said: silences and acknowledgements, kept for a moment. */
import type { Incident } from '../detect/incident.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Silence, SilenceTable } from './silence-table.ts';
import type { Ack } from './thread.ts';

interface Said {
  readonly atMs: number;
  readonly silences: readonly Silence[];
  readonly acks: ReadonlyMap<string, Ack>;
}

export class SilenceCache {
  readonly #table: Pick<SilenceTable, 'acks' | 'list'>;
  readonly #nowMs: () => number;
  #said: Said | undefined;

  constructor(table: Pick<SilenceTable, 'acks' | 'list'>, nowMs: () => number) {
    this.#table = table;
    this.#nowMs = nowMs;
  }

  /** The next question goes to the store. */
  forget(): void {
    this.#said = undefined;
  }

  /** All silences, and acknowledgements of these incidents; without any, however old that is. Rejects with a `StoreError`. */
  async about(seen: readonly Incident[]): Promise<Said> {
    const atMs = this.#nowMs();
    // By its amount: a clock that was set back must not keep us from listening.
    const isFresh = this.#said && Math.abs(atMs - this.#said.atMs) < NOTIFY_LIMITS.refreshMs.value;
    if (this.#said && (isFresh || seen.length === 0)) return this.#said;
    const [silences, acks] = await Promise.all([
      this.#table.list(),
      this.#table.acks(seen.map(({ id }) => id)),
    ]);
    this.#said = { atMs, silences, acks };
    return this.#said;
  }
}
