/** What users read of the results of one probe: a result that is in none of these tables, or twice in one, shows. */
import type { Store } from '../../collector/store/store.ts';

export interface Exact {
  /** Rows of `results`, and how many different results they are. */
  readonly rows: number;
  readonly different: number;
  /** Results counted in the rollups. */
  readonly minutes: number;
  /** Results counted in the progress of agents. */
  readonly progress: number;
}

/** Of everything that agents whose ids begin with `prefix` sent for the probe `prefix`. */
export async function readExact(store: Pick<Store, 'query'>, prefix: string): Promise<Exact> {
  const [counts] = await store.query<Exact>(
    `SELECT
       (SELECT count() FROM results WHERE probe = {prefix:String}) AS rows,
       (SELECT uniqExact(agent, boot, seq) FROM results WHERE probe = {prefix:String}) AS different,
       (SELECT sum(count) FROM latency_1m WHERE probe = {prefix:String} AND metric = 'run_ms') AS minutes,
       (SELECT sum(results) FROM agent_progress WHERE startsWith(agent, {prefix:String})) AS progress`,
    { prefix },
  );
  if (!counts) throw new Error('no counts');
  return counts;
}

/** Each of so many results once, everywhere. */
export function once(results: number): Exact {
  return { rows: results, different: results, minutes: results, progress: results };
}
