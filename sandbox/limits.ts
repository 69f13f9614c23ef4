/** Every limit of the sandbox, with its reason and what happens past it. */

export interface Limit {
  readonly value: number;
  readonly reason: string;
  readonly past: string;
}

export const ORIGIN_LIMITS = {
  connections: {
    value: 1024,
    reason: 'Ten times what a fleet of nine agents and a browser holds open.',
    past: 'Further connections are closed at once.',
  },
  uploadBytes: {
    value: 64 * 1024 * 1024,
    reason: 'A short video of the larger kind; nothing here uploads more.',
    past: 'The upload is answered with 413.',
  },
  storedUploads: {
    value: 200,
    reason: 'Three minutes of a fleet that uploads once a second, far longer than anybody plays one back.',
    past: 'The oldest upload is deleted.',
  },
  storedBytes: {
    value: 256 * 1024 * 1024,
    reason: 'What a stand-in may take of somebody’s disk.',
    past: 'The oldest uploads are deleted until the new one fits.',
  },
  storedAgeMs: {
    value: 10 * 60_000,
    reason: 'Uploads are looked at within seconds; an interrupted one may be resumed for this long.',
    past: 'The upload is deleted.',
  },
  chunkBytesMin: {
    value: 5_000_000,
    reason: 'What the posting APIs take that want chunks announced; a whole upload may be smaller.',
    past: 'The announcement is answered with 400.',
  },
  chunkBytesMax: {
    value: 64_000_000,
    reason: 'The same; the last chunk may have twice as much.',
    past: 'The announcement is answered with 400.',
  },
  injectedDelayMs: {
    value: 30_000,
    reason: 'Longer than any probe waits.',
    past: 'A longer delay or pause is cut to this.',
  },
  warmPaths: {
    value: 10_000,
    reason: 'Entries of the make-believe edge cache that answers x-cache.',
    past: 'The oldest entry is forgotten: its next fetch is a MISS.',
  },
  negativePaths: {
    value: 10_000,
    reason: 'Entries of the make-believe edge caches that keep a 404 that came too early.',
    past: 'The oldest entry is forgotten: its next fetch is answered afresh.',
  },
  closeMs: {
    value: 1000,
    reason: 'Time for answers on their way when the origin closes.',
    past: 'Their connections are cut.',
  },
} as const satisfies Record<string, Limit>;

export const PROXY_LIMITS = {
  connections: {
    value: 1024,
    reason: 'A blackhole of minutes, with every run of a region left hanging in it.',
    past: 'The oldest connection is cut.',
  },
  faults: {
    value: 100,
    reason: 'Faults are looked through on every chunk.',
    past: 'set() throws a RangeError and leaves the faults as they were.',
  },
  delayMs: {
    value: 60_000,
    reason: 'Longer than any probe waits.',
    past: 'parseFault refuses it.',
  },
  windowMs: {
    value: 7 * 24 * 3_600_000,
    reason: 'Below the 24.8 days that a Node timer can hold.',
    past: 'parseFault refuses it.',
  },
} as const satisfies Record<string, Limit>;

/** The values alone; tests give smaller ones. */
export type LimitValues<Table extends Record<string, Limit>> = { readonly [Name in keyof Table]: number };

/** The values of a table with some of them replaced. */
export function limitValues<Table extends Record<string, Limit>>(
  table: Table,
  replaced: Partial<LimitValues<Table>> = {},
): LimitValues<Table> {
  const values = Object.fromEntries(Object.entries(table).map(([name, limit]) => [name, limit.value]));
  return { ...values, ...replaced } as LimitValues<Table>;
}
