/** The header fields by which chunks of one payload are told apart (RFC 9110 §14). */

/** `Content-Range` of a chunk. An empty one has no range (RFC 9110 §14.4): it asks for what is held, and to finish. */
export function contentRange(offset: number, length: number, sizeBytes: number): string {
  if (length === 0) return unknownRange(sizeBytes);
  return `bytes ${offset}-${offset + length - 1}/${sizeBytes}`;
}

/** `Content-Range` of a question for what is held. */
export function unknownRange(sizeBytes: number): string {
  return `bytes */${sizeBytes}`;
}

/**
 * Bytes that a resumable session holds by the `Range` of its 308: `bytes=0-42` are 43, and none has no Range. Undefined
 * for what does not begin at 0 or is no range: nothing can be built on that.
 */
export function heldByRange(range: string | undefined): number | undefined {
  if (range === undefined) return 0;
  const last = /^bytes[= ]0-(\d{1,15})$/.exec(range.trim())?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}

/** Bytes held by the `Content-Range` of an answer to a chunk, `bytes 0-42/100`; undefined where it does not say. */
export function heldByContentRange(field: string | undefined): number | undefined {
  const last = /^bytes 0-(\d{1,15})\/(\d{1,15}|\*)$/.exec(field?.trim() ?? '')?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}
