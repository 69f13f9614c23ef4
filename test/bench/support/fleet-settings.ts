/** How large and how long the benchmarks of the fleet are: the promised size, or another by the environment, for trials. */

export type Engine = 'server' | 'embedded';

export interface FleetSettings {
  readonly agents: number;
  /** Results a second of all agents together. */
  readonly ratePerS: number;
  /** Length of the stretch that is measured, in place of that of each benchmark. */
  readonly seconds: number | undefined;
  /** Where the collector keeps its data: a ClickHouse server of its own process, or the engine inside the collector. */
  readonly engine: Engine;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `OUTRIDER_BENCH_AGENTS`, `OUTRIDER_BENCH_RATE`, `OUTRIDER_BENCH_SECONDS`, `OUTRIDER_BENCH_ENGINE`. Throws a RangeError for
 * a value that is none.
 */
export function fleetSettings(env: Env = process.env): FleetSettings {
  const engine = env.OUTRIDER_BENCH_ENGINE ?? 'server';
  if (engine !== 'server' && engine !== 'embedded')
    throw new RangeError(`OUTRIDER_BENCH_ENGINE=${engine} is neither server nor embedded`);
  return {
    agents: positive(env, 'OUTRIDER_BENCH_AGENTS') ?? 10_000,
    ratePerS: positive(env, 'OUTRIDER_BENCH_RATE') ?? 1000,
    seconds: positive(env, 'OUTRIDER_BENCH_SECONDS'),
    engine,
  };
}

function positive(env: Env, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${name}=${text} is not a whole number above 0`);
}
