/** What a run saw of how its target is packaged and served: what the findings are made of. */
import type { SessionResponse } from '../net/session.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { type FetchedOk, type FetchPlan, ignoresRange } from './media-fetcher.ts';

/** The head of a response, as far as packaging goes. */
export interface Head {
  /** Scheme, host and port that answered. */
  readonly origin: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Request to first byte of the answer. */
  readonly waitMs: number;
  /** A part was asked for, and the whole came. */
  readonly rangeIgnored: boolean;
}

/** Of one file that is played as it is. */
export interface FileFacts {
  readonly faststart: boolean;
  readonly fragmented: boolean;
  readonly indexed: boolean;
  readonly fragmentCount: number;
  readonly moovBytes: number;
  readonly cover: boolean;
  /** Of all samples that the first frame took, and of those of the picture that it needs by itself. */
  readonly startBytes: number;
  readonly frameBytes: number;
  /** Order to play to the first frame's last byte. */
  readonly readyMs: number;
  /** The same, had all that it took stood at the begin of the file, in one request. */
  readonly bestMs: number;
  /** Media of one second, on the average of the first two. */
  readonly bytesPerS: number | undefined;
  /** Requests beyond the first that the start took. */
  readonly extraRequests: number;
}

/** Of media in segments. */
export interface SegmentFacts {
  readonly durationS: number;
  readonly byteCount: number;
  /** The player shows nothing of it before it is whole. */
  readonly appendedWhole: boolean;
}

/** What a manifest says of codecs, and what the media turned out to be. */
export interface CodecFacts {
  /** `codecs` of the rendition that was played; absent where the manifest does not say. */
  readonly declared: string | undefined;
  /** Those of all renditions of the picture. */
  readonly ladder: readonly string[];
}

/** What of an exchange tells how the media was come to. */
export interface Step extends Pick<SessionResponse, 'url' | 'reused' | 'requestMs' | 'headMs'> {
  readonly connected: Pick<SessionResponse['connected'], 'dnsMs' | 'connectMs' | 'tlsMs'>;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export class PackagingFacts {
  /** By the name of their plan, the first of each. */
  readonly heads = new Map<string, Head>();
  file: FileFacts | undefined;
  segment: SegmentFacts | undefined;
  codecs: CodecFacts | undefined;
  #firstOrigin: string | undefined;
  readonly #redirects: Span[] = [];
  /** By origin: the first connection to each beyond the first one. */
  readonly #others = new Map<string, Span>();

  /** The page of an error tells nothing of how the media is served. */
  addHead(response: SessionResponse, plan: FetchPlan): void {
    const { status, headers, firstByteMs, requestMs, url } = response;
    if (status >= 300 || this.heads.has(plan.name)) return;
    const waitMs = firstByteMs - requestMs;
    const rangeIgnored = ignoresRange(response, plan);
    this.heads.set(plan.name, { origin: url.origin, status, headers, waitMs, rangeIgnored });
  }

  /** What came turned out to be something else than it was asked for. */
  refile({ response, plan }: FetchedOk, as: FetchPlan): void {
    this.heads.delete(plan.name);
    this.addHead(response, as);
  }

  /** Of an exchange that the start waited for, be it a redirect or not. */
  addStep({ connected, reused, url, requestMs }: Step): void {
    const { origin } = url;
    this.#firstOrigin ??= origin;
    if (reused || origin === this.#firstOrigin || this.#others.has(origin)) return;
    if (this.#others.size >= PLAYBACK_LIMITS.detours.value) return;
    const { dnsMs = 0, connectMs, tlsMs = 0 } = connected;
    this.#others.set(origin, { fromMs: requestMs - dnsMs - connectMs - tlsMs, toMs: requestMs });
  }

  /** A redirect on the way to what the start waited for. */
  addRedirect(step: Step): void {
    this.addStep(step);
    if (this.#redirects.length >= PLAYBACK_LIMITS.detours.value) return;
    this.#redirects.push({ fromMs: step.requestMs, toMs: step.headMs });
  }

  /** Redirects, and what they took. */
  get redirects(): Detours {
    return { count: this.#redirects.length, tookMs: unionMs(this.#redirects) };
  }

  /** Origins that were connected to beyond the first, and what that took. */
  get others(): Detours {
    return { count: this.#others.size, tookMs: unionMs([...this.#others.values()]) };
  }
}

/** `tookMs`: what went on at the same time counts once. */
interface Detours {
  readonly count: number;
  readonly tookMs: number;
}

function unionMs(spans: readonly Span[]): number {
  let sumMs = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    sumMs += Math.max(0, toMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, toMs);
  }
  return sumMs;
}
