/** How large the benchmark of ingest is: as promised, or another size by the environment, for trials. */

export interface IngestSettings {
  readonly agents: number;
  readonly regions: number;
  /** Results of one agent in one round. */
  readonly perAgent: number;
  /** Measured rounds end to end; one more warms up before them. */
  readonly rounds: number;
}

/** Results a frame: what the promise of the link is made for. */
export const FRAME_RESULTS = 50;
/** Rows a raw insert: beyond it larger ones are no faster. */
export const RAW_BATCH_ROWS = 100_000;

type Env = Readonly<Record<string, string | undefined>>;

/** `OUTRIDER_BENCH_ROUNDS`, `OUTRIDER_BENCH_PER_AGENT`. Throws a RangeError for a value that is none. */
export function ingestSettings(env: Env = process.env): IngestSettings {
  const perAgent = whole(env, 'OUTRIDER_BENCH_PER_AGENT') ?? 8 * FRAME_RESULTS;
  if (perAgent % FRAME_RESULTS !== 0)
    throw new RangeError(`OUTRIDER_BENCH_PER_AGENT=${perAgent} is not a multiple of ${FRAME_RESULTS}`);
  return { agents: 1000, regions: 30, perAgent, rounds: whole(env, 'OUTRIDER_BENCH_ROUNDS') ?? 3 };
}

function whole(env: Env, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${name}=${text} is not a whole number above 0`);
}
