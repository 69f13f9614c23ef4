/** What people have said of notifications, in the store: silences and acknowledgements. Any collector may write them. */
import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { type Match, matchSchema } from './matchers.ts';
import type { Ack } from './thread.ts';

export interface Silence {
  readonly id: string;
  readonly match: Match;
  readonly startsMs: number;
  readonly endsMs: number;
  readonly author: string;
  readonly comment: string;
  readonly createdMs: number;
  /** Who ended it before its time; empty for nobody. */
  readonly expiredBy: string;
}

interface SilenceRow {
  readonly id: string;
  readonly match: string;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly author: string;
  readonly comment: string;
  readonly created_ms: number;
  readonly expired_by: string;
  readonly version: number;
}

const SILENCES_SQL = `SELECT version, id, match, author, comment, expired_by, toUnixTimestamp64Milli(starts_at) AS starts_ms,
  toUnixTimestamp64Milli(ends_at) AS ends_ms, toUnixTimestamp64Milli(created_at) AS created_ms
FROM silences FINAL`;

const ACKS_SQL = `SELECT incident, author, comment, toUnixTimestamp64Milli(at) AS at_ms
FROM acknowledgements FINAL WHERE incident IN {incidents:Array(String)}`;

export const isInForce = ({ endsMs, startsMs }: Silence, nowMs: number): boolean =>
  startsMs <= nowMs && nowMs < endsMs;

/** `full`: there are as many as there may be. */
export class TooManySilences extends Error {}

export class SilenceTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;
  readonly #nowMs: () => number;

  /** `nowMs`: the clock of the store. */
  constructor(store: Pick<Store, 'query' | 'insertRows'>, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Those that have not ended, or all that are remembered; the newest first. Rejects with a `StoreError`. */
  async list(options: { readonly ended?: boolean } = {}): Promise<readonly Silence[]> {
    const rows = await this.#store.query<SilenceRow>(
      `${SILENCES_SQL} WHERE {all:Bool} OR ends_at > fromUnixTimestamp64Milli({now:Int64})
ORDER BY created_at DESC, id LIMIT {limit:UInt32}`,
      {
        all: options.ended === true,
        now: Math.floor(this.#nowMs()),
        limit: 2 * NOTIFY_LIMITS.silences.value,
      },
    );
    return rows.flatMap((row) => silenceOf(row) ?? []);
  }

  async get(id: string): Promise<Silence | undefined> {
    return (await this.#latest(id))?.silence;
  }

  async #latest(id: string): Promise<{ silence: Silence; version: number } | undefined> {
    const [row] = await this.#store.query<SilenceRow>(`${SILENCES_SQL} WHERE id = {id:String}`, { id });
    const silence = row && silenceOf(row);
    return silence && { silence, version: row.version };
  }

  /** Rejects with a `StoreError`, or `TooManySilences`. */
  async add(
    given: Pick<Silence, 'match' | 'endsMs' | 'author' | 'comment'> & { readonly startsMs?: number },
  ): Promise<Silence> {
    if ((await this.list()).length >= NOTIFY_LIMITS.silences.value) throw new TooManySilences();
    const nowMs = Math.floor(this.#nowMs());
    const silence: Silence = {
      startsMs: nowMs,
      ...given,
      id: randomUUID().slice(0, 8),
      createdMs: nowMs,
      expiredBy: '',
    };
    await this.#write(silence, nowMs);
    return silence;
  }

  /** Ends one now. Undefined where there is none; one that has ended already stays as it is. Rejects with a `StoreError`. */
  async expire(id: string, by: string): Promise<Silence | undefined> {
    const latest = await this.#latest(id);
    const nowMs = Math.floor(this.#nowMs());
    if (!latest || latest.silence.endsMs <= nowMs) return latest?.silence;
    const ended = { ...latest.silence, endsMs: nowMs, expiredBy: by };
    // Behind what is there even where the clock has been set back since.
    await this.#write(ended, Math.max(nowMs, latest.version) + 1);
    return ended;
  }

  async #write(silence: Silence, version: number): Promise<void> {
    const { author, comment, createdMs, endsMs, expiredBy, id, match, startsMs } = silence;
    await this.#store.insertRows('silences', [
      {
        id,
        match: JSON.stringify(match),
        starts_at: Math.floor(startsMs),
        ends_at: Math.floor(endsMs),
        author,
        comment,
        created_at: createdMs,
        expired_by: expiredBy,
        version,
      },
    ]);
  }

  /** Of these incidents, by id. Rejects with a `StoreError`. */
  async acks(incidents: readonly string[]): Promise<ReadonlyMap<string, Ack>> {
    if (incidents.length === 0) return new Map();
    const rows = await this.#store.query<{
      incident: string;
      author: string;
      comment: string;
      at_ms: number;
    }>(ACKS_SQL, { incidents });
    return new Map(
      rows.map(({ incident, author, comment, at_ms }) => [incident, { by: author, comment, atMs: at_ms }]),
    );
  }

  /** Rejects with a `StoreError`. */
  async acknowledge(incident: string, by: string, comment: string): Promise<Ack> {
    const atMs = Math.floor(this.#nowMs());
    await this.#store.insertRows('acknowledgements', [
      {
        incident,
        author: by,
        comment,
        at: atMs,
        version: atMs,
      },
    ]);
    return { by, comment, atMs };
  }
}

/** Undefined for one that this version does not understand: better to tell too much than nothing at all. */
function silenceOf(row: SilenceRow): Silence | undefined {
  const match = matchOf(row.match);
  if (match === undefined) return undefined;
  return {
    id: row.id,
    match,
    startsMs: row.starts_ms,
    endsMs: row.ends_ms,
    author: row.author,
    comment: row.comment,
    createdMs: row.created_ms,
    expiredBy: row.expired_by,
  };
}

function matchOf(text: string): Match | undefined {
  try {
    return matchSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
