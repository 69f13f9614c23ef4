/** `POST /query`: read-only SQL of a person. The store enforces that it cannot write or reach out. */
import { Hono } from 'hono';
import { z } from 'zod';
import { StoreError } from '../store/errors.ts';
import { STORE_LIMITS } from '../store/limits.ts';
import type { Store } from '../store/store.ts';
import { queryAnswer } from './answers/checks.ts';
import { ApiError, type ApiErrorCode } from './errors.ts';
import { API_LIMITS } from './limits.ts';
import { operation } from './operation.ts';
import { parseBody } from './params.ts';

const bodySchema = z.strictObject({
  sql: z
    .string()
    .trim()
    .min(1)
    .refine((sql) => Buffer.byteLength(sql) <= API_LIMITS.sqlBytes.value, {
      error: `longer than ${API_LIMITS.sqlBytes.value} bytes`,
    }),
  limit: z.number().int().min(1).max(API_LIMITS.queryRows.value).default(1000),
});

const MEMORY_MIB = STORE_LIMITS.personMemoryBytes.value / 1024 ** 2;

const CODES: Partial<Record<StoreError['code'], ApiErrorCode>> = {
  query: 'query_failed',
  refused: 'query_refused',
  timeout: 'query_timeout',
};
/** ClickHouse's MEMORY_LIMIT_EXCEEDED. */
const OUT_OF_MEMORY = 241;

/** The person's own mistake is a 400 with ClickHouse's words; anything else stays what it is. */
function asQueryError(error: unknown): unknown {
  const code = error instanceof StoreError ? CODES[error.code] : undefined;
  if (code === undefined || !(error instanceof StoreError)) return error;
  if (error.clickhouseCode === OUT_OF_MEMORY)
    return new ApiError(
      'query_memory',
      `The query was stopped: it took more memory than the ${MEMORY_MIB} MiB that a query of a person may have.`,
      'Group by fewer columns, narrow the time, or use the views by the minute and the hour in place of `results`.',
      { cause: error },
    );
  if (error.code === 'timeout')
    return new ApiError(
      'query_timeout',
      `The query was stopped: it took longer than the ${API_LIMITS.querySeconds.value} s that a query of a person may take.`,
      'Narrow the time, or use `region_latency_1h` in place of the minutes or of `results`.',
      { cause: error },
    );
  return new ApiError(code, error.message, error.hint, { cause: error });
}

export function queryRoutes(store: Store): Hono {
  const app = new Hono();
  app.post(
    '/',
    operation({
      summary: 'Read-only SQL, with limits on rows, time and memory.',
      body: bodySchema,
      answer: queryAnswer,
    }),
    async (context) => {
      const { sql, limit } = await parseBody(context, bodySchema);
      try {
        const { columns, cutBy, rows, truncated } = await store.queryReadonly(sql, {
          limitRows: limit,
          timeoutMs: API_LIMITS.querySeconds.value * 1000,
        });
        return context.json({ columns, rows, truncated, ...(cutBy ? { cut_by: cutBy } : {}) });
      } catch (error) {
        throw asQueryError(error);
      }
    },
  );
  return app;
}
