/** What is promised now, for a replay: its budgets begin with what was counted before. */
import type { QueryJson } from '../../collector/api/answers/checks.ts';
import type { Detector } from '../../collector/detect/detector.ts';
import { type HistoryRow, readBudgetHistory } from '../../collector/incidents/budget-history.ts';
import { promisesOf } from '../../collector/registry/promises.ts';
import type { ProbeSpec } from '../../probes/spec.ts';
import type { ApiClient } from './api-client.ts';
import type { Pagination } from './output.ts';

/** Rows of one answer: what a collector gives at most. */
const ROWS = 10_000;

/** Tells a detector, before it is given runs from an instant on. Rejects with a `CliError`, as the client does. */
export async function promiseTo(
  detector: Detector,
  client: Pick<ApiClient, 'get' | 'post'>,
  fromMs: number,
  untilMs: number,
): Promise<void> {
  const probes: Pick<ProbeSpec, 'name' | 'targets' | 'slo'>[] = [];
  let after: string | undefined;
  do {
    const page = await client.get<{ data: typeof probes; pagination: Pagination }>('/api/v1/probes', {
      limit: 1000,
      after,
    });
    probes.push(...page.data);
    after = page.pagination.next ?? undefined;
  } while (after !== undefined);
  const promised = promisesOf(probes);
  const ask = async (sql: string): Promise<readonly HistoryRow[]> => {
    const { columns, rows } = await client.post<QueryJson>('/api/v1/query', { sql, limit: ROWS });
    return rows.map(
      (cells) => Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])) as unknown as HistoryRow,
    );
  };
  detector.promise(promised, await readBudgetHistory(ask, promised, fromMs, untilMs));
}
