/** The requests of a page as the DevTools protocol tells them; kept on the clock of the protocol, told on that of the page. */
import type { CDPSession } from 'playwright-core';
import { VIDEO_START_LIMITS } from './limits.ts';

export interface RequestTiming {
  /** Absent phases did not happen: a connection that was reused, an address that needed no name. */
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** Request fully sent to first byte of the response head. */
  readonly ttfbMs: number;
  /** When the first byte of the response head came. */
  readonly respondedMs: number;
  /** Where the phases begin, in their order. */
  readonly dnsAtMs: number;
  readonly connectAtMs: number;
  readonly sentMs: number;
}

export interface RequestRecord {
  /** The protocol's, by which it can be asked for the body. */
  readonly id?: string;
  readonly url: string;
  /** As the protocol has it: `Document`, `Media`, `XHR`, `Fetch`, … */
  readonly type?: string;
  /** The bytes that were asked for, e.g. `0-1233`; absent where it was all, or the browser's own wish (`bytes=0-`). */
  readonly range?: string;
  readonly startMs: number;
  readonly status?: number;
  readonly mimeType?: string;
  /** `http/1.1`, `h2`. */
  readonly protocol?: string;
  readonly remoteAddress?: string;
  readonly tlsVersion?: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timing?: RequestTiming;
  readonly arrivals: readonly { readonly atMs: number; readonly bytes: number }[];
  /** When it was complete, redirected or failed. */
  readonly endMs?: number;
  readonly redirected: boolean;
  /** Answered by the cache of the browser: what arrived came over no network. */
  readonly isCached?: boolean;
  /** `net::ERR_…`; absent for requests that the page itself gave up. */
  readonly error?: string;
  /** The response was there and the page may not have it: no Access-Control-Allow-Origin for it. */
  readonly corsError?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Entry extends Mutable<Omit<RequestRecord, 'arrivals'>> {
  arrivals: { atMs: number; bytes: number }[];
}

/** The parts of protocol events that are read here; https://chromedevtools.github.io/devtools-protocol/tot/Network. */
export interface ResponseEvent {
  readonly status: number;
  readonly mimeType: string;
  readonly protocol?: string;
  readonly remoteIPAddress?: string;
  readonly connectionReused: boolean;
  readonly fromDiskCache?: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly securityDetails?: { readonly protocol: string };
  readonly timing?: Readonly<Record<TimingField, number>>;
}

type TimingField =
  | 'requestTime'
  | 'dnsStart'
  | 'dnsEnd'
  | 'connectStart'
  | 'connectEnd'
  | 'sslStart'
  | 'sslEnd'
  | 'sendEnd'
  | 'receiveHeadersStart';

const WITHHELD = 'net::ERR_BLOCKED_BY_ORB';

/** What was asked for, as far as it is read here. */
export interface SentRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class NetworkLog {
  readonly #entries: Entry[] = [];
  /** By the protocol's id: redirects reuse it, the last record counts. */
  readonly #open = new Map<string, Entry>();
  readonly #types: ReadonlySet<string> | undefined;
  /** Raw responses whose requests were not told of yet: the two come from different processes of the browser. */
  readonly #early = new Map<string, { readonly status: number; readonly headers: Record<string, string> }>();

  /** `types`: the only ones that are looked at; all when absent. */
  constructor(types?: readonly string[]) {
    this.#types = types && new Set(types);
  }

  /** `originS`: the protocol's monotonic seconds at the zero of the page's clock. */
  requests(originS: number): readonly RequestRecord[] {
    return this.#entries.map((entry) => moved(entry, -originS * 1000));
  }

  get hasFailed(): boolean {
    return this.#entries.some(wentWrong);
  }

  /** An error page was withheld from the video, and its status, which comes on another way, has not come yet. */
  get awaitsStatus(): boolean {
    return this.#entries.some(({ error, status }) => error === WITHHELD && status === undefined);
  }

  attach(devtools: CDPSession): void {
    devtools.on('Network.requestWillBeSent', (event) => {
      const { requestId, request, timestamp, type } = event;
      this.sent(requestId, request, timestamp, { type, redirect: event.redirectResponse });
    });
    devtools.on('Network.responseReceived', (event) => this.responded(event.requestId, event.response));
    devtools.on('Network.responseReceivedExtraInfo', (event) => {
      this.rawResponse(event.requestId, event.statusCode, event.headers);
    });
    devtools.on('Network.dataReceived', (event) => {
      this.arrived(event.requestId, event.timestamp, event.dataLength);
    });
    devtools.on('Network.loadingFinished', (event) => this.finished(event.requestId, event.timestamp));
    devtools.on('Network.loadingFailed', (event) => this.failed(event.requestId, event));
  }

  sent(
    id: string,
    { url, headers }: SentRequest,
    timestampS: number,
    about: { readonly type?: string | undefined; readonly redirect?: ResponseEvent | undefined } = {},
  ): void {
    const { type, redirect } = about;
    const startMs = timestampS * 1000;
    const previous = this.#open.get(id);
    if (previous && redirect) {
      this.#record(previous, redirect);
      previous.redirected = true;
      previous.endMs = startMs;
    }
    // The page's own resources (blobs of hls.js) touch no network.
    if (!/^https?:/.test(url) || this.#entries.length >= VIDEO_START_LIMITS.requests.value) return;
    if (this.#types && !this.#types.has(type ?? '')) return;
    const range = /^bytes=(\d+-\d+)$/.exec(headers?.Range ?? headers?.range ?? '')?.[1];
    const entry: Entry = {
      id,
      url,
      ...(type === undefined ? {} : { type }),
      ...(range === undefined ? {} : { range }),
      startMs,
      headers: {},
      arrivals: [],
      redirected: false,
      ...this.#early.get(id),
    };
    this.#early.delete(id);
    this.#entries.push(entry);
    this.#open.set(id, entry);
  }

  responded(id: string, response: ResponseEvent): void {
    const entry = this.#open.get(id);
    if (entry) this.#record(entry, response);
  }

  /**
   * The response as it came, also where the page is not shown it: Chromium withholds an error page from a video element
   * (opaque response blocking), and its status with it.
   */
  rawResponse(id: string, status: number, headers: Readonly<Record<string, string>>): void {
    const entry = this.#open.get(id);
    if (status < 400 || entry?.status !== undefined) return;
    const response = { status, headers: lowerCased(headers) };
    if (entry) Object.assign(entry, response);
    else if (this.#early.size < VIDEO_START_LIMITS.requests.value) this.#early.set(id, response);
  }

  arrived(id: string, timestampS: number, bytes: number): void {
    const entry = this.#open.get(id);
    if (!entry || bytes === 0) return;
    const last = entry.arrivals.at(-1);
    if (last && entry.arrivals.length >= VIDEO_START_LIMITS.arrivals.value) last.bytes += bytes;
    else entry.arrivals.push({ atMs: timestampS * 1000, bytes });
  }

  finished(id: string, timestampS: number): void {
    const entry = this.#open.get(id);
    if (entry) entry.endMs = timestampS * 1000;
  }

  failed(
    id: string,
    event: {
      readonly timestamp: number;
      readonly errorText: string;
      readonly canceled?: boolean;
      readonly corsErrorStatus?: { readonly corsError: string };
    },
  ): void {
    const entry = this.#open.get(id);
    if (!entry) return;
    entry.endMs = event.timestamp * 1000;
    if (event.canceled || event.errorText === 'net::ERR_ABORTED') return;
    entry.error = event.errorText;
    if (event.corsErrorStatus) entry.corsError = event.corsErrorStatus.corsError;
  }

  #record(entry: Entry, response: ResponseEvent): void {
    entry.status = response.status;
    entry.mimeType = response.mimeType;
    entry.headers = lowerCased(response.headers);
    if (response.fromDiskCache) entry.isCached = true;
    if (response.protocol) entry.protocol = response.protocol;
    if (response.remoteIPAddress) entry.remoteAddress = response.remoteIPAddress.replace(/^\[|\]$/g, '');
    if (response.securityDetails) entry.tlsVersion = response.securityDetails.protocol;
    const { timing } = response;
    if (timing && timing.sendEnd >= 0) {
      entry.timing = timingOf(timing, timing.requestTime * 1000, response.connectionReused);
    }
  }
}

function moved(request: RequestRecord, byMs: number): RequestRecord {
  const { timing } = request;
  return {
    ...request,
    startMs: request.startMs + byMs,
    arrivals: request.arrivals.map(({ atMs, bytes }) => ({ atMs: atMs + byMs, bytes })),
    ...(request.endMs === undefined ? {} : { endMs: request.endMs + byMs }),
    ...(timing === undefined
      ? {}
      : {
          timing: {
            ...timing,
            respondedMs: timing.respondedMs + byMs,
            dnsAtMs: timing.dnsAtMs + byMs,
            connectAtMs: timing.connectAtMs + byMs,
            sentMs: timing.sentMs + byMs,
          },
        }),
  };
}

/** Whether it failed, or was answered by an error. */
export function wentWrong({ status, error }: Pick<RequestRecord, 'status' | 'error'>): boolean {
  return error !== undefined || (status ?? 0) >= 400;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Fields are milliseconds from `requestTime`, -1 for what did not happen. */
function timingOf(
  timing: Readonly<Record<TimingField, number>>,
  baseMs: number,
  isReused: boolean,
): RequestTiming {
  const { dnsStart, dnsEnd, connectStart, connectEnd, sslStart, sslEnd, sendEnd } = timing;
  const connectedMs = sslStart >= 0 ? sslStart : connectEnd;
  return {
    ...(isReused || dnsStart < 0 ? {} : { dnsMs: dnsEnd - dnsStart }),
    ...(isReused || connectStart < 0 ? {} : { connectMs: connectedMs - connectStart }),
    ...(isReused || sslStart < 0 ? {} : { tlsMs: sslEnd - sslStart }),
    ttfbMs: Math.max(0, timing.receiveHeadersStart - sendEnd),
    respondedMs: baseMs + timing.receiveHeadersStart,
    dnsAtMs: baseMs + Math.max(0, dnsStart),
    connectAtMs: baseMs + Math.max(0, connectStart),
    sentMs: baseMs + sendEnd,
  };
}
