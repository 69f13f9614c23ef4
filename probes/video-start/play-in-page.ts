/**
 * The player page: one function that runs inside the browser. It is sent there as text, so it uses nothing but its argument
 * and what a page has; times are of the page's `performance.now()`.
 */
import type HlsPlayer from 'hls.js';

export interface PlayOrder {
  readonly url: string;
  readonly player: 'progressive' | 'hls.js';
  readonly watchMs: number;
  readonly patienceMs: number;
  readonly blackAfterMs: number;
  readonly frozenAfterMs: number;
  readonly stallsMax: number;
  readonly fragmentsMax: number;
}

export interface Frame {
  /** When the compositor presented it: `presentationTime` of requestVideoFrameCallback, not the time of the callback. */
  readonly atMs: number;
  readonly mediaTimeS: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Why the page stopped watching. */
export type PlayEnd = 'watched' | 'ended' | 'patience' | 'black' | 'frozen' | 'stalled' | 'error';

export interface PlayError {
  /** `media`: the video element; `hls`: hls.js; `play`: the promise of play(). */
  readonly source: 'media' | 'hls' | 'play';
  /** MediaError.code, details of hls.js, or name of the exception. */
  readonly code: string;
  readonly message: string;
}

export interface Fragment {
  readonly url: string;
  readonly kind: 'init' | 'segment';
}

export interface PlayReport {
  /** The order to play: src and play() are called in the same task. */
  readonly orderedMs: number;
  readonly endedMs: number;
  readonly end: PlayEnd;
  readonly firstFrame?: Frame;
  /** The first frame with a later media time than the first one's. */
  readonly movingFrame?: Frame;
  readonly playingMs?: number;
  readonly metadataMs?: number;
  /** `waiting` to `playing` after both a frame and `playing` came; the last one may last to the end of the run. */
  readonly stalls: readonly { readonly startMs: number; readonly endMs: number }[];
  /** Media time that ran since the first frame. */
  readonly watchedMs: number;
  readonly framesCount: number;
  readonly droppedFramesCount: number;
  readonly videoWidthPx: number;
  readonly error?: PlayError;
  /** hls.js: in the order in which they were asked for. */
  readonly fragments: readonly Fragment[];
  /** hls.js: the level that was shown first. */
  readonly level?: { readonly heightPx: number; readonly bitsPerSecond: number; readonly codecs: string };
}

/** Lays the page out as a phone's player and waits until it has painted, so that no layout falls into the measured start. */
export async function preparePage(): Promise<number> {
  document.body.style.cssText = 'margin:0;background:#000';
  const video = document.createElement('video');
  video.playsInline = true;
  video.style.cssText = 'display:block;width:100vw;height:100vh;object-fit:contain';
  document.body.append(video);
  await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
  return performance.now();
}

/** Plays and watches; resolves when it has seen enough, or nothing for longer than the viewer's patience. */
export function playInPage(order: PlayOrder): Promise<PlayReport> {
  const video = document.querySelector('video') as HTMLVideoElement;
  type Mutable<T> = { -readonly [K in keyof T]: T[K] };
  const seen: Partial<Mutable<PlayReport>> = {};
  const stalls: { startMs: number; endMs: number }[] = [];
  const fragments: Fragment[] = [];
  let stallSinceMs: number | undefined;
  let startMediaTimeS = 0;

  const onFrame: VideoFrameRequestCallback = (_now, frame) => {
    const { presentationTime: atMs, mediaTime: mediaTimeS, width: widthPx, height: heightPx } = frame;
    if (!seen.firstFrame) {
      seen.firstFrame = { atMs, mediaTimeS, widthPx, heightPx };
      startMediaTimeS = video.currentTime;
    } else if (mediaTimeS > seen.firstFrame.mediaTimeS) {
      seen.movingFrame = { atMs, mediaTimeS, widthPx, heightPx };
      return;
    }
    video.requestVideoFrameCallback(onFrame);
  };

  const endStall = (): void => {
    if (stallSinceMs === undefined) return;
    if (stalls.length < order.stallsMax) stalls.push({ startMs: stallSinceMs, endMs: performance.now() });
    stallSinceMs = undefined;
  };

  const fail = (source: PlayError['source'], code: string, message: string): void => {
    // What comes after the first error is its echo.
    seen.error ??= { source, code, message: message.slice(0, 500) };
  };

  function listen(): void {
    video.addEventListener('loadedmetadata', () => {
      seen.metadataMs ??= performance.now();
    });
    video.addEventListener('playing', () => {
      seen.playingMs ??= performance.now();
      endStall();
    });
    // play() fires a `waiting` at once, before anything could stall.
    video.addEventListener('waiting', () => {
      if (seen.firstFrame && seen.playingMs !== undefined) stallSinceMs ??= performance.now();
    });
    video.addEventListener('error', () =>
      fail('media', String(video.error?.code ?? ''), video.error?.message ?? ''),
    );
    video.requestVideoFrameCallback(onFrame);
  }

  function attachHls(): void {
    const Hls = (globalThis as unknown as { Hls: typeof HlsPlayer }).Hls;
    const hls = new Hls();
    hls.on(Hls.Events.FRAG_LOADING, (_event, { frag }) => {
      if (fragments.length >= order.fragmentsMax) return;
      const init = frag.initSegment?.url;
      if (init && !fragments.some(({ url }) => url === init)) fragments.push({ url: init, kind: 'init' });
      fragments.push({ url: frag.url, kind: frag.sn === 'initSegment' ? 'init' : 'segment' });
    });
    hls.on(Hls.Events.FRAG_CHANGED, (_event, { frag }) => {
      const level = hls.levels[frag.level];
      if (!level || seen.level) return;
      const { height: heightPx, bitrate: bitsPerSecond } = level;
      seen.level = {
        heightPx,
        bitsPerSecond,
        codecs: [level.videoCodec, level.audioCodec].filter(Boolean).join(','),
      };
    });
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (data.fatal) fail('hls', data.details, data.error?.message ?? data.reason ?? '');
    });
    hls.loadSource(order.url);
    hls.attachMedia(video);
  }

  const watchedMs = (): number =>
    seen.firstFrame ? Math.max(0, video.currentTime - startMediaTimeS) * 1000 : 0;

  /** Whether the page has seen enough, and why; undefined while it has not. */
  function verdict(nowMs: number): PlayEnd | undefined {
    if (seen.error) return 'error';
    const waitedMs = nowMs - (seen.orderedMs ?? nowMs);
    if (!seen.firstFrame) {
      const isEnded = video.ended || video.currentTime * 1000 >= order.blackAfterMs;
      if (isEnded && video.getVideoPlaybackQuality().totalVideoFrames === 0) return 'black';
      return waitedMs >= order.patienceMs ? 'patience' : undefined;
    }
    if (video.ended) return seen.movingFrame ? 'ended' : 'frozen';
    if (!seen.movingFrame && watchedMs() >= order.frozenAfterMs) return 'frozen';
    if (seen.movingFrame && watchedMs() >= order.watchMs) return 'watched';
    const patientSinceMs = stallSinceMs ?? seen.firstFrame.atMs;
    return nowMs - patientSinceMs >= order.patienceMs + (stallSinceMs === undefined ? order.watchMs : 0)
      ? 'stalled'
      : undefined;
  }

  function report(end: PlayEnd): PlayReport {
    if (!video.ended) endStall();
    const quality = video.getVideoPlaybackQuality();
    return {
      ...seen,
      orderedMs: seen.orderedMs ?? 0,
      endedMs: performance.now(),
      end,
      stalls,
      watchedMs: watchedMs(),
      framesCount: quality.totalVideoFrames,
      droppedFramesCount: quality.droppedVideoFrames,
      videoWidthPx: video.videoWidth,
      fragments,
    };
  }

  return new Promise((resolve) => {
    listen();
    const timer = setInterval(() => {
      const end = verdict(performance.now());
      if (end === undefined) return;
      clearInterval(timer);
      resolve(report(end));
    }, 20);
    seen.orderedMs = performance.now();
    if (order.player === 'hls.js') attachHls();
    else video.src = order.url;
    // Errors of the media arrive as events too, with more to tell; refusals to play do not.
    video.play().catch((error: DOMException) => {
      if (error.name === 'NotAllowedError') fail('play', error.name, error.message);
    });
  });
}
