/** `POST /query`: read-only SQL of a person. The store enforces that it cannot write or reach out. */
import { Hono } from 'hono';
import { z } from 'zod';
import { StoreError } from '../store/errors.ts';
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

const CODES: Partial<Record<StoreError['code'], ApiErrorCode>> = {
  query: 'query_failed',
  refused: 'query_refused',
  timeout: 'query_timeout',
};

/** The person's own mistake is a 400 with ClickHouse's words; anything else stays what it is. */
function asQueryError(error: unknown): unknown {
  const code = error instanceof StoreError ? CODES[error.code] : undefined;
  if (code === undefined || !(error instanceof StoreError)) return error;
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
        const { columns, rows, truncated } = await store.queryReadonly(sql, {
          limitRows: limit,
          timeoutMs: API_LIMITS.querySeconds.value * 1000,
        });
        return context.json({ columns, rows, truncated });
      } catch (error) {
        throw asQueryError(error);
      }
    },
  );
  return app;
}
