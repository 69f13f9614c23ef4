/** Lists in pages: `{data, pagination: {limit, next}}`, where `next` is an opaque cursor. */
import { z } from 'zod';
import { ApiError } from './errors.ts';

export interface Page<T> {
  readonly data: readonly T[];
  readonly pagination: {
    readonly limit: number;
    /** Give it as `after` to read on; null when there is no more. */
    readonly next: string | null;
  };
}

/** A cursor as text that is safe in a URL. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The value of a cursor that this API gave out; 400 bad_request for any other text. */
export function decodeCursor<T extends z.ZodType>(text: string, schema: T): z.infer<T> {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (error) {
    throw new ApiError(
      'bad_request',
      'The cursor in `after` is not one of this list.',
      'Use `pagination.next` of the page before, unchanged.',
      { cause: error },
    );
  }
}

const offsetSchema = z.number().int().min(0);

/** One page of a list that is whole in memory. The cursor is an offset: right for lists in a steady order. */
export function pageOf<T>(rows: readonly T[], limit: number, after: string | undefined): Page<T> {
  const offset = after === undefined ? 0 : decodeCursor(after, offsetSchema);
  const end = offset + limit;
  return {
    data: rows.slice(offset, end),
    pagination: { limit, next: end < rows.length ? encodeCursor(end) : null },
  };
}
