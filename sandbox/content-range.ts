/** Content-Range in requests (RFC 9110 §14.5), as the posting APIs of the public video platforms use it. */

export type RequestRange =
  /** `bytes FIRST-LAST/TOTAL`, both ends included; `total` undefined for `*`. */
  | {
      readonly kind: 'part';
      readonly first: number;
      readonly last: number;
      readonly total: number | undefined;
    }
  /** `bytes *` + `/TOTAL` or `/*`: no bytes, only the question how far the upload is. */
  | { readonly kind: 'query'; readonly total: number | undefined };

/** Undefined for a header that is absent, malformed or contradicts itself. */
export function readContentRange(header: string | undefined): RequestRange | undefined {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/.exec(header ?? '');
  if (!match) return undefined;
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (match[1] === undefined) return { kind: 'query', total };
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { kind: 'part', first, last, total };
}
