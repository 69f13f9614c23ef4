/** Checks on what a peer sent: each throws `ProtocolError('bad_frame')` naming the field. */
import { ProtocolError } from './errors.ts';
import { LINK_LIMITS } from './limits.ts';

export function bad(message: string): never {
  throw new ProtocolError('bad_frame', message);
}

/** A present string of at most `bytes` UTF-8 bytes. */
export function text(
  value: string | null | undefined,
  field: string,
  bytes: number = LINK_LIMITS.stringBytes.value,
): string {
  const string = value ?? '';
  // A UTF-16 unit is at most three bytes, so most strings need no encoding to be known short enough.
  if (string.length * 3 > bytes && Buffer.byteLength(string) > bytes)
    bad(`${field} is longer than ${bytes} bytes`);
  return string;
}

/** As `text`, and not empty. */
export function name(value: string | null | undefined, field: string): string {
  const string = text(value, field);
  if (string === '') bad(`${field} is empty`);
  return string;
}

/** A finite number; absent is 0. */
export function finite(value: number | null | undefined, field: string): number {
  const number = value ?? 0;
  if (!Number.isFinite(number)) bad(`${field} is not a finite number`);
  return number;
}

/** An integer from 0 to 2^53 − 1; absent is 0. */
export function whole(value: number | null | undefined, field: string): number {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number) || number < 0) bad(`${field} is not a whole number`);
  return number;
}

/** At most `limit` entries. */
export function atMost<T>(list: readonly T[] | null | undefined, limit: number, field: string): readonly T[] {
  const entries = list ?? [];
  if (entries.length > limit) bad(`${field} has ${entries.length} entries, more than ${limit}`);
  return entries;
}

/** Cuts a string of ours to the limit, at a character boundary. */
export function cut(string: string, bytes: number = LINK_LIMITS.stringBytes.value): string {
  if (string.length * 3 <= bytes || Buffer.byteLength(string) <= bytes) return string.toWellFormed();
  const buffer = Buffer.from(string.slice(0, bytes));
  let end = Math.min(bytes, buffer.length);
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return buffer.toString('utf8', 0, end);
}
