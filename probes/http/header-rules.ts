/** Which headers a probe file may name, and set. */
import { z } from 'zod';

/** Set by the connection itself; a second opinion would break the framing (RFC 9110 §7.6.1). */
const FRAMING_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'not a header name');

export const requestHeaderName = headerName.refine(
  (name) => !FRAMING_HEADERS.has(name.toLowerCase()),
  'this header is set by the connection itself',
);

export const headerValue = z
  .string()
  .max(4096)
  .regex(FIELD_VALUE, 'a header value has no line breaks or control characters');

/** Whether the text can be sent as the value of a header. */
export function isHeaderValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}
