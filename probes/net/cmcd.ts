/**
 * Common Media Client Data on the requests of a run (CTA-5004-B, version 2): the session id by which the logs of a CDN join
 * to results, and marks by which audience analytics leave them out.
 */
import { type CmcdObjectType, type CmcdStreamingFormat, toCmcdHeaders, toCmcdQuery } from '@svta/cml-cmcd';
import { z } from 'zod';
import type { Limit } from '../limit.ts';
import type { Attributes, RunContext, Target } from '../probe.ts';

const ABOUT =
  'Marks every request with CMCD (CTA-5004): with a session id, which is the attribute `cmcd_sid` of the result, so that logs of a CDN join to results, and with the type of the probe, so that audience analytics can leave it out.';

/** The parameter `cmcd` of probes that can write into addresses. */
export const cmcdParam = z
  .enum(['header', 'query', 'off'])
  .default('header')
  .describe(
    `${ABOUT} \`query\`: as an argument of the address, for logs without headers. A cache that does not ignore it is missed by every run, and signed addresses may break: keep such runs under a probe of their own.`,
  );

/** The parameter `cmcd` of probes whose addresses are not to be written into. */
export const cmcdHeaderParam = z.enum(['header', 'off']).default('header').describe(ABOUT);

export type CmcdMode = z.infer<typeof cmcdParam>;

/** What one request is for. What is not known is absent (CTA-5004-B, object type). */
export interface CmcdObject {
  /** `m` manifest, `i` initialisation, `v`, `a`, `av` media, `o` other. */
  readonly ot?: CmcdObjectType;
  /** `h` HLS, `d` DASH, `o` other. */
  readonly sf?: CmcdStreamingFormat;
  /** The start of playback waits for it. */
  readonly su?: boolean;
}

/** What a whole run has in common. */
export interface CmcdSession {
  /** A UUID. */
  readonly sid: string;
  /** Printable ASCII. */
  readonly cid: string;
  /** The type of the probe. */
  readonly probe: string;
  /** Nothing of it is shown: what a probe without a screen fetches. */
  readonly nr: boolean;
}

/** `sn`: which request of the session it is, from 0 on. */
export type CmcdFields = CmcdSession & CmcdObject & { readonly sn?: number };

/** A custom key with a prefix of our own, as the specification wants them. */
const PROBE_KEY = 'outrider-probe';

/** The most characters of a content id that both versions of the specification take. */
const CONTENT_ID_CHARS = 64;

export const CMCD_LIMITS = {
  remembered: {
    value: 500,
    reason: 'Headers of requests that differ in the session id alone: those of a schedule of light probes.',
    past: 'All are forgotten, and encoded anew.',
  },
} as const satisfies Record<string, Limit>;

/** Stands for the session id in headers that are remembered. */
const ANY_SID = '00000000-0000-8000-a000-000000000000';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const remembered = new Map<string, readonly (readonly [name: string, value: string])[]>();

/** The fields as request headers, names in lower case. What is the same from run to run is encoded once. */
export function cmcdHeaders(fields: CmcdFields): Readonly<Record<string, string>> {
  const { sid, ...others } = fields;
  // Of any other text it is not known how it is quoted, nor which of two is meant.
  if (!UUID.test(sid) || others.cid.includes(ANY_SID)) return encodedHeaders(fields);
  const key = JSON.stringify(others);
  let headers = remembered.get(key);
  if (!headers) {
    if (remembered.size >= CMCD_LIMITS.remembered.value) remembered.clear();
    headers = Object.entries(encodedHeaders({ ...others, sid: ANY_SID }));
    remembered.set(key, headers);
  }
  return Object.fromEntries(headers.map(([name, value]) => [name, value.replace(ANY_SID, sid)]));
}

function encodedHeaders(fields: CmcdFields): Readonly<Record<string, string>> {
  const headers = toCmcdHeaders(encodable(fields), { customHeaderMap: { 'CMCD-Session': [PROBE_KEY] } });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The address with the fields as argument `CMCD`, in place of one that it has. Nothing else of it is written anew. */
export function cmcdUrl(url: URL, fields: CmcdFields): URL {
  const given = url.search === '' ? [] : url.search.slice(1).split('&');
  const kept = given.filter((argument) => !argument.startsWith('CMCD='));
  const marked = new URL(url);
  marked.search = `?${[...kept, toCmcdQuery(encodable(fields))].join('&')}`;
  return marked;
}

function encodable({ probe, ...fields }: CmcdFields) {
  return { ...fields, [PROBE_KEY]: probe, v: 2 } as const;
}

/** Marks the requests of one run, one after the other. */
export class Cmcd {
  readonly #mode: CmcdMode;
  readonly #session: CmcdSession;
  #requests = 0;

  /** `nr`: see `CmcdSession`. */
  constructor(
    mode: CmcdMode,
    { random, sessionId }: Pick<RunContext, 'random' | 'sessionId'>,
    target: Target,
    about: Pick<CmcdSession, 'probe' | 'nr'>,
  ) {
    this.#mode = mode;
    this.#session = { sid: sessionId ?? uuidOf(random), cid: contentId(target.name), ...about };
  }

  get mode(): CmcdMode {
    return this.#mode;
  }

  /** Names the run in the logs of others. */
  get sid(): string {
    return this.#session.sid;
  }

  get isOff(): boolean {
    return this.#mode === 'off';
  }

  /** For the result: empty while no request was marked. */
  get attributes(): Attributes {
    return this.#requests === 0 ? {} : { cmcd: this.#mode, cmcd_sid: this.#session.sid };
  }

  /** The address that the next request goes to, and the headers that it has besides its own. */
  mark(
    url: URL,
    object: CmcdObject = {},
  ): { readonly url: URL; readonly headers: Readonly<Record<string, string>> } {
    if (this.isOff) return { url, headers: {} };
    const sn = this.#requests++;
    if (this.#mode === 'header') return { url, headers: cmcdHeaders({ ...this.#session, ...object, sn }) };
    // What differs from request to request would make another address of the same object, also for the browser's own cache.
    const { su: _su, ...lasting } = object;
    return { url: cmcdUrl(url, { ...this.#session, ...lasting }), headers: {} };
  }
}

/** A random UUID (RFC 9562 §5.4) of the randomness that the run was given. */
function uuidOf(random: () => number): string {
  const digit = (below: number) => Math.floor(random() * below);
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (place) =>
    (place === 'x' ? digit(16) : 8 + digit(4)).toString(16),
  );
}

/** Structured fields have strings of printable ASCII alone (RFC 8941 §3.3.3). */
function contentId(name: string): string {
  return name
    .toWellFormed()
    .replace(/[^\x20-\x7e]/gu, encodeURIComponent)
    .slice(0, CONTENT_ID_CHARS);
}
