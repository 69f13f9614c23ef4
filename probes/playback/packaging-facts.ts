/** What a run saw of how its target is packaged and served: what the findings are made of. */
import type { SessionResponse } from '../net/session.ts';
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

export class PackagingFacts {
  /** By the name of their plan, the first of each. */
  readonly heads = new Map<string, Head>();
  redirectCount = 0;
  redirectMs = 0;
  /** Hosts that were connected to beyond the first, and what that took; those of one and the same moment count once. */
  readonly otherHosts = new Map<string, number>();
  file: FileFacts | undefined;
  segment: SegmentFacts | undefined;
  codecs: CodecFacts | undefined;
  #firstHost: string | undefined;

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

  /** Of a response that the start waited for. */
  addConnection({ connected, reused, url }: SessionResponse): void {
    this.#firstHost ??= url.host;
    if (reused || url.host === this.#firstHost || this.otherHosts.has(url.host)) return;
    const { dnsMs = 0, connectMs, tlsMs = 0 } = connected;
    this.otherHosts.set(url.host, dnsMs + connectMs + tlsMs);
  }

  /** On the way to what the start waited for. */
  addRedirect(tookMs: number): void {
    this.redirectCount++;
    this.redirectMs += tookMs;
  }
}
