/**
 * Header fields of Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload): structured fields (RFC 9651), of
 * which those that do not parse count as absent.
 */

export type Headers = Readonly<Record<string, string>>;

/** The draft's interoperability version that we speak: servers of another one do not take part. */
export const INTEROP = { 'upload-draft-interop-version': '8' };

/** Bytes that the server has processed. The field of tus 1.0 is the same one, without parameters. */
export function uploadOffset(headers: Headers): number | undefined {
  return integer(item(headers['upload-offset']));
}

/** The upload is finished, not only whole. */
export function uploadComplete(headers: Headers): boolean | undefined {
  return { '?1': true, '?0': false }[item(headers['upload-complete']) ?? ''];
}

/** What the server takes; absent limits are not set. */
export interface UploadLimit {
  readonly maxSize?: number;
  readonly minSize?: number;
  readonly maxAppendSize?: number;
  readonly minAppendSize?: number;
  /** Seconds that are left of the upload. */
  readonly maxAge?: number;
}

const LIMIT_KEYS: Readonly<Record<string, keyof UploadLimit>> = {
  'max-size': 'maxSize',
  'min-size': 'minSize',
  'max-append-size': 'maxAppendSize',
  'min-append-size': 'minAppendSize',
  'max-age': 'maxAge',
};

const KEY = '[a-z*][a-z0-9_.*-]*';
const BARE_ITEM = String.raw`-?\d{1,15}(?:\.\d{1,3})?|"(?:[ !#-[\]-~]|\\["\\])*"|\?[01]|[A-Za-z*][\w!#$%&'*+.^|~:/\x60-]*|:[A-Za-z0-9+/=]*:`;
const PARAMETERS = `(?:; *${KEY}(?:=(?:${BARE_ITEM}))?)*`;
const MEMBER = new RegExp(`(${KEY})(?:=(${BARE_ITEM}))?${PARAMETERS}[ \\t]*(,[ \\t]*(?=.)|$)`, 'y');

/** `Upload-Limit: max-size=1000, max-age=60`. Unknown members are passed over; a known one of another type voids the field. */
export function uploadLimit(headers: Headers): UploadLimit {
  const text = headers['upload-limit']?.trim() ?? '';
  const limit: { -readonly [Key in keyof UploadLimit]: number } = {};
  MEMBER.lastIndex = 0;
  while (MEMBER.lastIndex < text.length) {
    const member = MEMBER.exec(text);
    if (!member) return {};
    const key = LIMIT_KEYS[member[1] as string];
    if (key === undefined) continue;
    const value = integer(member[2]);
    if (value === undefined) return {};
    limit[key] = value;
  }
  return limit;
}

/** The bare item before parameters, which none of ours has a meaning for. */
function item(text: string | undefined): string | undefined {
  return text === undefined ? undefined : new RegExp(`^(${BARE_ITEM})${PARAMETERS}$`).exec(text.trim())?.[1];
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
