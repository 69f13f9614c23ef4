/** What is in the store through the detector that runs live, by the queries that anybody may ask of a collector. */
import type { QueryJson } from '../../collector/api/answers/checks.ts';
import { Detector } from '../../collector/detect/detector.ts';
import { observationOf, RESULT_FIELDS, type Row } from '../../collector/incidents/result-reader.ts';
import { probeOf } from '../../probes/registry.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import type { ApiClient } from './api-client.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { countsOf, HistoryReplay, type Replayed } from './history-replay.ts';
import { promiseTo } from './replay-promises.ts';

/** Rows of one answer: what a collector gives at most. */
const PAGE_ROWS = 10_000;
/** A page is looked for in so much time at first: sorting a week for each page would cost more than judging it. */
const STRETCH_MS = 600_000;
/** Twice as much after a page with less than this, and half after a full one. */
const SPARSE_ROWS = PAGE_ROWS / 4;
const STRETCH_MAX_MS = 86_400_000;
const STRETCH_MIN_MS = 2000;

/** Unix milliseconds of `7d` before now, or of an ISO time. Throws a `CliError`, exit code 64. */
export function sinceMs(text: string, nowMs: number): number {
  const duration = parseDurationMs(text);
  const atMs = duration === undefined ? Date.parse(text) : nowMs - duration;
  if (!Number.isNaN(atMs)) return atMs;
  throw new CliError(`--since ${text} is neither a duration nor a time`, {
    hint: '--since 7d, --since 2026-01-31T00:00:00Z',
    exit: EXIT.usage,
  });
}

/** Plays what collectors took since an instant. Rejects with a `CliError`, as the client does. */
export async function replaySince(
  client: Pick<ApiClient, 'get' | 'post'>,
  fromMs: number,
  untilMs: number,
): Promise<Replayed> {
  const history = new HistoryReplay(new Detector({ judged: (type) => probeOf(type)?.judged }));
  await promiseTo(history.detector, client, fromMs, untilMs);
  let stretchMs = STRETCH_MS;
  for (let atMs = Math.floor(fromMs); atMs < untilMs; ) {
    const endMs = Math.min(atMs + stretchMs, untilMs);
    let rows = 0;
    for await (const page of pagesOf(client, atMs, endMs)) {
      rows += page.length;
      for (const row of page) history.take(observationOf(row));
    }
    atMs = endMs;
    if (rows < SPARSE_ROWS) stretchMs = Math.min(STRETCH_MAX_MS, 2 * stretchMs);
    else if (rows >= PAGE_ROWS) stretchMs = Math.max(STRETCH_MIN_MS, stretchMs / 2);
  }
  const incidents = history.end();
  return { incidents, notes: countsOf(history.detector.counters) };
}

/** Rows of a stretch in the order in which they were seen, page by page. */
async function* pagesOf(
  client: Pick<ApiClient, 'post'>,
  fromMs: number,
  untilMs: number,
): AsyncGenerator<readonly Row[]> {
  let after = '';
  while (true) {
    const answer = await client.post<QueryJson>('/api/v1/query', {
      sql: sqlOf(fromMs, untilMs, after),
      limit: PAGE_ROWS,
    });
    const rows = rowsOf(answer);
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) return;
    const { agent, boot, seen_ms, seq } = last;
    after = `AND (seen_ms, agent, boot, seq) > (${seen_ms}, ${quoted(agent)}, ${quoted(boot)}, ${seq})`;
  }
}

const sqlOf = (fromMs: number, untilMs: number, after: string): string => `
SELECT ${RESULT_FIELDS}
FROM results
WHERE trigger = 'schedule'
  AND ingested_at >= fromUnixTimestamp64Milli(toInt64(${fromMs})) AND ingested_at < fromUnixTimestamp64Milli(toInt64(${Math.ceil(untilMs)}))
  ${after}
ORDER BY seen_ms, agent, boot, seq
LIMIT ${PAGE_ROWS}`;

/** Names are of people's choosing: as text of SQL. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const NUMBERS: ReadonlySet<string> = new Set(['block', 'seq', 'asn', 'scheduled_ms', 'seen_ms', 'disturbed']);

/** Objects of rows; numbers of 64 bits may come as text. */
function rowsOf({ columns, rows }: QueryJson): Row[] {
  return rows.map((cells) => {
    const row = Object.fromEntries(
      columns.map(({ name }, i) => [name, NUMBERS.has(name) ? Number(cells[i]) : cells[i]]),
    ) as unknown as Row;
    return { ...row, value: row.value.map(Number) };
  });
}
