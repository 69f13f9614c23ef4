/** The part of mpd-parser that the playback probe uses; the package has no types of its own. */
declare module 'mpd-parser' {
  /** What each element inherits from those around it; times in seconds. */
  interface Attributes {
    readonly id?: string;
    readonly lang?: string;
    readonly baseUrl?: string;
    readonly bandwidth?: number;
    readonly codecs?: string;
    readonly mimeType?: string;
    readonly contentType?: string;
    readonly width?: number;
    readonly height?: number;
    readonly selectionPriority?: string;
    readonly contentProtection?: object;
    readonly periodStart?: number | null;
    readonly periodDuration?: number;
    readonly sourceDuration?: number;
    readonly type?: string;
    readonly availabilityStartTime?: number;
    readonly suggestedPresentationDelay?: number;
  }
  interface Part {
    readonly sourceURL?: string;
    readonly range?: string;
  }
  interface Timing {
    readonly timescale?: number;
    readonly duration?: number;
    readonly startNumber?: number;
    readonly presentationTimeOffset?: number;
  }
  interface SegmentInfo {
    readonly template?: Timing & { readonly media?: string; readonly initialization?: Part };
    readonly segmentTimeline?: readonly { readonly t?: number; readonly d?: number; readonly r?: number }[];
    readonly list?: Timing & {
      readonly segmentUrls?: readonly { readonly media?: string; readonly mediaRange?: string }[];
      readonly initialization?: Part;
    };
    readonly base?: { readonly indexRange?: string; readonly initialization?: Part };
  }
  interface RepresentationInfo {
    readonly attributes: Attributes;
    readonly segmentInfo: SegmentInfo;
  }
  /** `mpd`: an element as of the DOM; `childNodes`, `tagName`, `attributes` and `textContent` are read. */
  export function inheritAttributes(
    mpd: object,
    options: { readonly manifestUri: string; readonly NOW: number },
  ): { readonly representationInfo: readonly RepresentationInfo[] };
}
