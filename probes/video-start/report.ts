/** What the page hands back: all times are of its `performance.now()`. */

export interface Frame {
  /** When the compositor presented it: `presentationTime` of requestVideoFrameCallback, not the time of the callback. */
  readonly atMs: number;
  readonly mediaTimeS: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Why the page stopped watching. `seek`: the frame that was sought did not come. */
export type PlayEnd = 'watched' | 'ended' | 'patience' | 'black' | 'frozen' | 'stalled' | 'seek' | 'error';

export interface PlayError {
  /** `media`: the video element; `hls`, `dash`: hls.js, dash.js; `play`: the promise of play(). */
  readonly source: 'media' | 'hls' | 'dash' | 'play';
  /** MediaError.code, details of hls.js, code of dash.js, or name of the exception. */
  readonly code: string;
  readonly message: string;
}

/** An object that a player said it asks for. */
export interface Fragment {
  readonly url: string;
  /** First and last byte, e.g. `0-1233`, where it is a part of a file. */
  readonly range?: string;
  readonly kind: 'init' | 'segment';
  /** Sound in a rendition of its own. */
  readonly isAudio: boolean;
}

export interface Rendition {
  readonly heightPx: number;
  readonly bitsPerSecond: number;
  readonly codecs: string;
}

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Stall extends Span {
  /** How much of it the page itself was kept waiting, by the clock that it is to look at every few pictures. */
  readonly lateMs: number;
}

export interface Seek {
  readonly orderedMs: number;
  readonly targetS: number;
  /** When the frame at the target was presented. */
  readonly frameMs?: number;
}

export interface PlayReport {
  /** The order to play: src and play() are called in the same task. On a user's own page its click, or 0, the navigation. */
  readonly orderedMs: number;
  readonly endedMs: number;
  readonly end: PlayEnd;
  /** The built-in page: from its script's begin to a player that is ready for the order. A user's page: navigation to click. */
  readonly pageMs?: number;
  /** The address that the video element played; `blob:` under a player of media source extensions. */
  readonly source?: string;
  /** `loadstart`: the element was given a source. */
  readonly sourceMs?: number;
  readonly metadataMs?: number;
  /** `play`: the element was told to play; of the `autoplay` attribute it tells only after the first frame. */
  readonly playMs?: number;
  readonly firstFrame?: Frame;
  /** The first frame with a later media time than the first one's. */
  readonly movingFrame?: Frame;
  readonly playingMs?: number;
  /** Largest contentful paint of the video: another clockwork of the browser, in steps of 4 ms. */
  readonly paintMs?: number;
  /** `waiting` to `playing` after both a frame and `playing` came, seeks excluded; the last one may last to the end of the run. */
  readonly stalls: readonly Stall[];
  readonly seek?: Seek;
  /** Media time that ran since the first frame, seeks excluded. */
  readonly watchedMs: number;
  readonly framesCount: number;
  readonly droppedFramesCount: number;
  readonly videoWidthPx: number;
  /** The video's box on the screen, in device pixels, when the first frame came. */
  readonly box?: { readonly widthPx: number; readonly heightPx: number };
  readonly error?: PlayError;
  /** hls.js and dash.js: in the order in which they were asked for. */
  readonly fragments: readonly Fragment[];
  /** hls.js: the address of the fragment whose picture was shown first. */
  readonly shownUrl?: string;
  /** What was shown first, as the player announces it. */
  readonly rendition?: Rendition;
  /** Changes of the rendition that is shown, after the first frame; absent where none can happen. */
  readonly switchCount?: number;
}

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
