/** ClickHouse's and the network's errors as ours. */
import { STORE_ERRORS, StoreError } from './errors.ts';

const TIMEOUT_EXCEEDED = 159;
const VIOLATED_CONSTRAINT = 469;
/** What ClickHouse says when it holds a query back from what it may not do. */
const NOT_ALLOWED = new Set([164, 358, 497, 446, 291]);

/** The `StoreError` of whatever a statement threw. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message.trim() : String(error);
  const clickhouseCode = clickhouseCodeOf(error);
  if (clickhouseCode > 0) {
    const options = { clickhouseCode, cause: error };
    if (clickhouseCode === TIMEOUT_EXCEEDED) {
      return new StoreError('timeout', message, {
        ...options,
        hint: 'Narrow the time range, or ask for fewer groups.',
      });
    }
    if (clickhouseCode === VIOLATED_CONSTRAINT && message.includes('not_fenced'))
      return new StoreError('fenced', STORE_ERRORS.fenced, options);
    if (NOT_ALLOWED.has(clickhouseCode)) return new StoreError('refused', message, options);
    return new StoreError('query', message, options);
  }
  return new StoreError('unreachable', `ClickHouse does not answer: ${message || nameOf(error)}`, {
    hint: 'Check that the server runs and that `--clickhouse URL` is right.',
    cause: error,
  });
}

/** ClickHouse's error number, whoever brought it: the client has it as text, chdb as a number; 0 when it is another error. */
function clickhouseCodeOf(error: unknown): number {
  const { code, clickhouseCode } = (error ?? {}) as { code?: unknown; clickhouseCode?: unknown };
  if (typeof clickhouseCode === 'number') return clickhouseCode;
  return typeof code === 'string' && /^\d+$/.test(code) ? Number(code) : 0;
}

function nameOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join('; ');
  return error instanceof Error ? error.name : 'unknown error';
}
