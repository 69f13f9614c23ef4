/** The Range header (RFC 9110 §14.2). */

export type RangeAnswer =
  /** No range, or one that a server ignores: the whole content, 200. */
  | { readonly kind: 'whole' }
  /** Bytes `first` to `last`, both included: 206. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  /** Nothing of the content lies in the range: 416. */
  | { readonly kind: 'unsatisfiable' };

/**
 * Which bytes of a content of `size` bytes a Range header asks for. Several ranges, other units and malformed headers
 * are ignored, as §14.2 allows: players ask for one.
 */
export function readRange(header: string | undefined, size: number): RangeAnswer {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (!match) return { kind: 'whole' };
  const [, from = '', to = ''] = match;
  if (from === '') return to === '' ? { kind: 'whole' } : suffix(Number(to), size);
  const first = Number(from);
  const last = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (last < first) return { kind: 'whole' };
  return first < size ? { kind: 'part', first, last: Math.min(last, size - 1) } : { kind: 'unsatisfiable' };
}

/** `bytes=-N`: the last N bytes, or all of them when there are fewer. */
function suffix(length: number, size: number): RangeAnswer {
  if (length === 0 || size === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', first: Math.max(0, size - length), last: size - 1 };
}
