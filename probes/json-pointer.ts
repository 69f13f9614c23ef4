/** A place in a JSON document (RFC 6901), as probe files name the fields of answers that they know. */
import { z } from 'zod';

/** `/data/upload_url`; the empty pointer is the whole document. */
export const jsonPointer = z
  .string()
  .max(512)
  .regex(/^(\/([^~/]|~[01])*)*$/, 'expected a JSON pointer such as /data/upload_url');

/** What stands there; undefined when nothing does. */
export function atPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    // Array indices have no leading zeros; what an array inherits, such as its length, is no part of the document.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
