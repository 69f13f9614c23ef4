/** Which keys a zod schema takes at a path: for suggestions when a key is unknown. */
import { z } from 'zod';

/** The schema itself, without what it does to absent values. */
export function unwrapSchema(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrapSchema(schema.unwrap());
  }
  // What is transformed first has the keys of what it becomes.
  if (schema instanceof z.ZodPipe)
    return unwrapSchema(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return schema;
}

/** Keys of the object schema at `path`; none where any key may stand. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let current = unwrapSchema(schema);
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
    current = unwrapSchema(next);
  }
  if (current instanceof z.ZodRecord && current.keyType instanceof z.ZodEnum)
    return current.keyType.options.map(String);
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}
