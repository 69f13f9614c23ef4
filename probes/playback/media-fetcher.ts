/** GETs playlists and media for one start: follows redirects, checks status, and says in which layer it failed. */

import type { CmcdObject } from '../net/cmcd.ts';
import { tooLargeFailure } from '../net/exchange-failure.ts';
import type { Connected } from '../net/network.ts';
import type { BodyEnd } from '../net/response-body.ts';
import type { HttpSession, SessionResponse } from '../net/session.ts';
import type { Failure, Layer } from '../outcome.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { FetchFailed, MediaError } from './media-error.ts';

/** What is fetched, and how a failure of it is to be called. */
export interface FetchPlan {
  /** For people and phases, e.g. `manifest`, `init`, `segment`, `media`. */
  readonly name: string;
  /** Where failures belong that are not of the connection. */
  readonly layer: Extract<Layer, 'http' | 'manifest' | 'segment'>;
  /** First byte, and last byte where it is bounded. */
  readonly range?: { readonly from: number; readonly to?: number };
  readonly maxBodyBytes: number;
}

export interface FetchedOk {
  readonly ok: true;
  readonly response: SessionResponse;
  readonly plan: FetchPlan;
}

export type Fetched = FetchedOk | { readonly ok: false; readonly failure: Failure };

/** Told of everything on the way, whether it ends well or not. */
export interface FetchWatch {
  onConnected(connected: Connected): void;
  /** A response that is no redirect. */
  onResponse(response: SessionResponse, plan: FetchPlan): void;
  /** A redirect that is followed. */
  onRedirect?(response: SessionResponse): void;
  /** What the next request is for, as CMCD has it. */
  objectOf?(plan: FetchPlan): CmcdObject;
}

interface FetchOptions {
  /** Those that were made before this fetcher began. */
  readonly roundTrips?: number;
  /** Of the page that the player is on. */
  readonly origin?: string | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** RFC 9110 §15.5.2, §15.5.4, and RFC 7725: the service says that this viewer may not. */
const DENIED: ReadonlySet<number> = new Set([401, 403, 451]);
/** A longer body of a redirect is not worth reading: a new connection costs less. */
const REDIRECT_BODY_BYTES = 16 * 1024;

export class MediaFetcher {
  readonly #session: HttpSession;
  readonly #watch: FetchWatch;
  readonly #headers: Readonly<Record<string, string>>;
  #requestCount = 0;
  #roundTrips: number;

  constructor(session: HttpSession, watch: FetchWatch, { roundTrips = 0, origin }: FetchOptions = {}) {
    this.#session = session;
    this.#watch = watch;
    this.#roundTrips = roundTrips;
    this.#headers = origin === undefined ? {} : { origin };
  }

  /** Round trips that were waited for, one after the other: of names, connections, handshakes and requests. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Requests sent so far, redirects included. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Answers when the head of a 200 or 206 has arrived. */
  async open(url: URL, plan: FetchPlan): Promise<Fetched> {
    let at = url;
    for (let hop = 0; hop <= PLAYBACK_LIMITS.redirects.value; hop++) {
      this.#requestCount++;
      const response = await this.#session.request(at, {
        method: 'GET',
        headers: plan.range ? { ...this.#headers, range: rangeHeader(plan.range) } : this.#headers,
        object: this.#watch.objectOf?.(plan) ?? {},
        maxBodyBytes: plan.maxBodyBytes,
        onConnected: this.#watch.onConnected,
      });
      if (!response.ok) return { ok: false, failure: placed(response.failure, plan) };
      this.#roundTrips += 1 + (response.reused ? 0 : handshakeTrips(response.connected));
      if (!REDIRECTS.has(response.status)) {
        this.#watch.onResponse(response, plan);
        return checked(response, plan);
      }
      const next = locationOf(response);
      if (!next)
        return failed(plan, 'bad_response', `${response.status} without a Location that can be followed`);
      at = next;
      await this.#leaveRedirect(response);
      this.#watch.onRedirect?.(response);
    }
    const limit = PLAYBACK_LIMITS.redirects.value;
    return failed(plan, 'bad_response', `more than ${limit} redirects; does the chain loop?`);
  }

  async #leaveRedirect(response: SessionResponse): Promise<void> {
    const length = Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (length <= REDIRECT_BODY_BYTES) await response.body.drain();
    else this.#session.close();
  }
}

/** A name, a connection, and TLS: one round trip from version 1.3 on (RFC 8446 §2), two before. */
function handshakeTrips({ dnsMs, tlsMs, tlsVersion }: Connected): number {
  const tls = tlsMs === undefined ? 0 : tlsVersion === 'TLSv1.3' ? 1 : 2;
  return (dnsMs === undefined ? 0 : 1) + 1 + tls;
}

function rangeHeader(range: { readonly from: number; readonly to?: number }): string {
  return `bytes=${range.from}-${range.to ?? ''}`;
}

/** Whether a part was asked for, and something of another length came. A 200 of the length of the part is the part to every player. */
export function ignoresRange(
  { status, headers }: Pick<SessionResponse, 'status' | 'headers'>,
  { range }: FetchPlan,
): boolean {
  if (status !== 200 || range?.to === undefined) return false;
  return Number(headers['content-length']) !== range.to - range.from + 1;
}

function locationOf(response: SessionResponse): URL | undefined {
  const { location } = response.headers;
  return location && URL.canParse(location, response.url) ? new URL(location, response.url) : undefined;
}

function checked(response: SessionResponse, plan: FetchPlan): Fetched {
  const { status } = response;
  if (status === 200 || (status === 206 && plan.range)) return { ok: true, response, plan };
  const code = DENIED.has(status) ? 'denied' : 'status';
  return failed(plan, code, `the server answered ${status} for ${response.url.pathname}`);
}

function failed(plan: FetchPlan, code: Failure['code'], what: string): Fetched {
  return {
    ok: false,
    failure: {
      layer: plan.layer,
      blame: 'target',
      code,
      message: `The ${plan.name} request failed: ${what}.`,
    },
  };
}

/** A failure of the exchange, in the layer of what was fetched; those of the connection or of ours stay where they are. */
export function placed(failure: Failure, plan: FetchPlan): Failure {
  if (failure.layer !== 'http') return failure;
  const isContent = failure.code === 'truncated' || failure.code === 'too_large';
  const layer = plan.layer === 'http' && isContent ? 'content' : plan.layer;
  return { ...failure, layer, message: `${capitalised(plan.name)}: ${failure.message}` };
}

/** The failure of a body that ended, if it failed. One that was asked for as something else may be too large only for what it is. */
export function bodyFailure(end: BodyEnd, plan: FetchPlan): Failure | undefined {
  if (!end.ok) return placed(end.failure, plan);
  return end.byteCount > plan.maxBodyBytes ? placed(tooLargeFailure(plan.maxBodyBytes), plan) : undefined;
}

/** What parsers and readers throw, as a failure; anything else is a bug and thrown on. */
export function mediaFailure(error: unknown, layer: Layer, what: string): Failure {
  if (error instanceof FetchFailed) return error.failure;
  if (!(error instanceof MediaError)) throw error;
  const blame = error.code === 'codec_unsupported' ? 'agent' : 'target';
  return { layer, blame, code: error.code, message: `${capitalised(what)}: ${error.message}.` };
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
