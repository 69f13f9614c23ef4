/** How often the benchmarks of playback repeat what they do: as promised, or another number by the environment, for trials. */

type Env = Readonly<Record<string, string | undefined>>;

/** The number in a variable such as `OUTRIDER_BENCH_ROUNDS`, or the promised one. Throws a RangeError for a value that is none. */
export function timesOf(name: `OUTRIDER_BENCH_${string}`, promised: number, env: Env = process.env): number {
  const text = env[name];
  if (text === undefined || text === '') return promised;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${name}=${text} is not a whole number above 0`);
}
