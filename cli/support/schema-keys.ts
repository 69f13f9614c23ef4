/** Which keys a zod schema takes at a path: for suggestions when a key is unknown. */
import { z } from 'zod';

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

/** Keys of the object schema at `path`; none where there is no object with fixed keys. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let current = unwrap(schema);
  for (const step of path) {
    const next =
      current instanceof z.ZodObject
        ? current.shape[String(step)]
        : current instanceof z.ZodArray
          ? current.element
          : current instanceof z.ZodRecord
            ? current.valueType
            : undefined;
    if (!next) return [];
    current = unwrap(next);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}
