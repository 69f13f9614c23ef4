/** What a stapled OCSP response says (RFC 6960 §4.2). Its signature is not verified: clients do that, and this is about its presence. */

export interface Stapled {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdateMs: number;
  /** Absent when newer information is available all the time. */
  readonly nextUpdateMs?: number;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const SEQUENCE = 0x30;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const TIME = 0x18;
const EXPLICIT_0 = 0xa0;

const STATUSES: Readonly<Record<number, Stapled['status']>> = {
  128: 'good',
  161: 'revoked',
  129: 'revoked',
  130: 'unknown',
};

/** Undefined when it is none, or no successful one. Never throws. */
export function readStapled(der: Buffer): Stapled | undefined {
  const [status, wrapped] = children(one(der, SEQUENCE));
  if (status?.tag !== ENUMERATED || status.content[0] !== 0) return undefined;
  const [, octets] = children(one(within(wrapped, EXPLICIT_0), SEQUENCE));
  const [data] = children(one(within(octets, OCTETS), SEQUENCE));
  // Version and responder come first, both tagged; then the time, then the answers.
  const answers = children(within(data, SEQUENCE)).find(({ tag }) => tag === SEQUENCE);
  const [, certificate, thisUpdate, next] = children(children(answers?.content)[0]?.content);
  const answer = certificate && STATUSES[certificate.tag];
  const thisUpdateMs = timeOf(within(thisUpdate, TIME));
  if (!answer || thisUpdateMs === undefined) return undefined;
  const nextUpdateMs = timeOf(one(within(next, EXPLICIT_0), TIME));
  return { status: answer, thisUpdateMs, ...(nextUpdateMs === undefined ? {} : { nextUpdateMs }) };
}

function within(element: Element | undefined, tag: number): Buffer | undefined {
  return element?.tag === tag ? element.content : undefined;
}

function one(bytes: Buffer | undefined, tag: number): Buffer | undefined {
  return within(children(bytes)[0], tag);
}

/** The elements that follow one another in `bytes`; those before the first broken one. */
function children(bytes: Buffer | undefined): Element[] {
  const elements: Element[] = [];
  for (let at = 0; bytes && at + 2 <= bytes.length; ) {
    const tag = bytes[at] as number;
    const first = bytes[at + 1] as number;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    if (octets > 3 || at + 2 + octets > bytes.length) break;
    const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
    const from = at + 2 + octets;
    if (from + length > bytes.length) break;
    elements.push({ tag, content: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return elements;
}

/** GeneralizedTime, always UTC here: `20261121150405Z`. */
function timeOf(bytes: Buffer | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(bytes?.toString('latin1') ?? '');
  if (!parts) return undefined;
  const [year = 0, month = 0, ...rest] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
