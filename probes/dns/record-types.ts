/** The names of DNS: types of records, response codes, flags. */

/** What can be asked for (IANA DNS parameters). */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  RRSIG: 46,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  CAA: 257,
} as const;
export type RecordType = keyof typeof RECORD_TYPES;

/** `TYPE99` where it has no name here (RFC 3597 §5). */
export function recordTypeName(code: number): string {
  const known = Object.entries(RECORD_TYPES).find(([, value]) => value === code);
  return known ? known[0] : `TYPE${code}`;
}

/** By their numbers; what comes after is not answered to questions such as ours. */
export const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
] as const;

/** `RCODE16` where it has no name here. */
export function rcodeName(code: number): string {
  return RCODES[code] ?? `RCODE${code}`;
}

/** Of a response: authoritative, truncated, recursion available, authenticated data, checking disabled. */
export const FLAGS = { aa: 0x0400, tc: 0x0200, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const;
export type Flag = keyof typeof FLAGS;
