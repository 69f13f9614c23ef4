/** What answers of the API are made of. Objects take further fields: an answer may grow. */
import { z } from 'zod';

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

/** What a schema says, for those who make the answer and those who read it; the CLI takes nothing but these types. */
export type Answer<Schema extends z.ZodType> = Immutable<z.output<Schema>>;

/** One row of a list in pages. */
export type Row<Schema extends z.ZodType<{ data: readonly unknown[] }>> = Answer<Schema>['data'][number];

/** Schemas that the OpenAPI document refers to by name. */
export const COMPONENTS = z.registry<{ id: string }>();

/** `2026-11-21T12:00:00.000Z`. */
export const instant = z.string().meta({ format: 'date-time' });
export const instantOrNull = instant.nullable();
export const text = z.string();
export const textOrNull = text.nullable();
export const number = z.number();
export const numberOrNull = number.nullable();
export const count = z.number().int().min(0);
export const texts = z.array(text);
/** Names to counts. */
export const counts = z.record(text, number);
export const labels = z.record(text, text);

const pagination = z
  .object({
    limit: count,
    next: textOrNull.describe('Give it as `after` to read on; null when there is no more.'),
  })
  .register(COMPONENTS, { id: 'Pagination' });

/** A list in pages. */
export function page<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), pagination });
}
