/**
 * One video element, watched from inside the page. `createRecorder` is sent there as text, so it uses nothing but its arguments and
 * what a page has.
 */
import type { Fragment, Mutable, PlayEnd, PlayError, PlayReport, Rendition, Seek, Stall } from './report.ts';

export interface RecorderLimits {
  readonly stallsMax: number;
  readonly fragmentsMax: number;
}

export interface Recorder {
  readonly video: HTMLVideoElement;
  readonly seen: Readonly<Partial<PlayReport>>;
  /** Since when it stalls, if it does now. */
  stallSinceMs(): number | undefined;
  watchedMs(): number;
  seek(): Seek | undefined;
  /** Frames that are presented before this are of no interest: they were there already. The last order before it plays counts. */
  order(atMs: number): void;
  fail(source: PlayError['source'], code: string, message: string): void;
  fragment(fragment: Fragment): void;
  /** What is on the screen from now on, as the player says. */
  shows(rendition: Rendition, url?: string): void;
  /** To be called every few frames: adds up the media time. */
  tick(): void;
  startSeek(targetS: number): void;
  report(end: PlayEnd): PlayReport;
}

export function createRecorder(video: HTMLVideoElement, limits: RecorderLimits): Recorder {
  const seen: Partial<Mutable<PlayReport>> = {};
  const stalls: Stall[] = [];
  const fragments: Fragment[] = [];
  let stallSinceMs: number | undefined;
  /** Twice and more between two ticks: the page got no processor. */
  const lateAfterMs = 50;
  let tickedMs: number | undefined;
  let lateMs = 0;
  let lateBeforeStallMs = 0;
  let seek: Mutable<Seek> | undefined;
  let isWatchingFrames = false;
  let watchedS = 0;
  let lastTimeS: number | undefined;
  let sizes = 0;
  let switches: number | undefined;

  const isSeeking = (): boolean => seek !== undefined && seek.frameMs === undefined;

  const onFrame: VideoFrameRequestCallback = (_now, metadata) => {
    const { presentationTime: atMs, mediaTime: mediaTimeS, width: widthPx, height: heightPx } = metadata;
    const frame = { atMs, mediaTimeS, widthPx, heightPx };
    if (seen.orderedMs !== undefined && atMs >= seen.orderedMs) {
      if (!seen.firstFrame) {
        seen.firstFrame = frame;
        lastTimeS = video.currentTime;
        const { width, height } = video.getBoundingClientRect();
        seen.box = { widthPx: width * devicePixelRatio, heightPx: height * devicePixelRatio };
      } else if (mediaTimeS > seen.firstFrame.mediaTimeS) seen.movingFrame ??= frame;
      if (seek && isSeeking() && atMs >= seek.orderedMs && Math.abs(mediaTimeS - seek.targetS) < 0.5) {
        seek.frameMs = atMs;
      }
    }
    isWatchingFrames = !seen.movingFrame || isSeeking();
    if (isWatchingFrames) video.requestVideoFrameCallback(onFrame);
  };

  function watchFrames(): void {
    if (isWatchingFrames) return;
    isWatchingFrames = true;
    video.requestVideoFrameCallback(onFrame);
  }

  function endStall(): void {
    if (stallSinceMs === undefined) return;
    if (stalls.length < limits.stallsMax) {
      // Where nobody ticks nothing is known.
      if (tickedMs !== undefined) countLate();
      stalls.push({ startMs: stallSinceMs, endMs: performance.now(), lateMs: lateMs - lateBeforeStallMs });
    }
    stallSinceMs = undefined;
  }

  function fail(source: PlayError['source'], code: string, message: string): void {
    // What comes after the first error is its echo.
    seen.error ??= { source, code, message: message.slice(0, 500) };
  }

  function listen(): void {
    video.addEventListener('loadstart', () => {
      seen.sourceMs ??= performance.now();
    });
    video.addEventListener('loadedmetadata', () => {
      seen.metadataMs ??= performance.now();
    });
    video.addEventListener('play', () => {
      if (seen.orderedMs !== undefined) seen.playMs ??= performance.now();
    });
    video.addEventListener('playing', () => {
      if (seen.orderedMs !== undefined) seen.playingMs ??= performance.now();
      endStall();
    });
    // play() fires a `waiting` at once, before anything could stall; a seek fires one that is no stall (CTA-2066).
    video.addEventListener('waiting', () => {
      const hasStarted = seen.firstFrame && seen.playingMs !== undefined;
      if (!hasStarted || isSeeking() || video.seeking || stallSinceMs !== undefined) return;
      // What the page was kept waiting before it is not of the stall.
      if (tickedMs !== undefined) countLate();
      stallSinceMs = performance.now();
      lateBeforeStallMs = lateMs;
    });
    video.addEventListener('pause', endStall);
    video.addEventListener('resize', () => {
      if (seen.firstFrame) sizes += 1;
    });
    video.addEventListener('error', () =>
      fail('media', String(video.error?.code ?? ''), video.error?.message ?? ''),
    );
  }

  function watchPaint(): void {
    type Paint = PerformanceEntry & {
      readonly element?: Element;
      readonly presentationTime?: number;
      readonly renderTime: number;
    };
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Paint[]) {
        const atMs = entry.presentationTime || entry.renderTime || entry.startTime;
        if (entry.element !== video || seen.orderedMs === undefined || atMs < seen.orderedMs) continue;
        seen.paintMs ??= atMs;
      }
    });
    observer.observe({ type: 'largest-contentful-paint', buffered: true });
  }

  function countLate(): void {
    const nowMs = performance.now();
    const passedMs = nowMs - (tickedMs ?? nowMs);
    if (passedMs > lateAfterMs) lateMs += passedMs;
    tickedMs = nowMs;
  }

  function tick(): void {
    countLate();
    const timeS = video.currentTime;
    // A jump back is a loop or a seek: no media was watched in it.
    if (lastTimeS !== undefined && !isSeeking() && !video.seeking) watchedS += Math.max(0, timeS - lastTimeS);
    if (seen.firstFrame) lastTimeS = timeS;
  }

  function startSeek(targetS: number): void {
    tick();
    endStall();
    seek = { orderedMs: performance.now(), targetS };
    watchFrames();
    lastTimeS = targetS;
    video.currentTime = targetS;
    // At its end the media had stopped.
    video.play().catch(() => {});
  }

  function report(end: PlayEnd): PlayReport {
    tick();
    if (!video.ended) endStall();
    const quality = video.getVideoPlaybackQuality();
    return {
      ...seen,
      orderedMs: seen.orderedMs ?? 0,
      endedMs: performance.now(),
      end,
      stalls,
      watchedMs: watchedS * 1000,
      framesCount: quality.totalVideoFrames,
      droppedFramesCount: quality.droppedVideoFrames,
      videoWidthPx: video.videoWidth,
      source: video.currentSrc.slice(0, 2000),
      fragments,
      ...(seek ? { seek } : {}),
      ...(seen.firstFrame ? { switchCount: switches ?? sizes } : {}),
    };
  }

  listen();
  watchFrames();
  watchPaint();
  return {
    video,
    seen,
    stallSinceMs: () => stallSinceMs,
    watchedMs: () => watchedS * 1000,
    seek: () => seek,
    order: (atMs) => {
      if (seen.firstFrame && seen.playMs !== undefined) return;
      seen.orderedMs = atMs;
      // Told again, or late: the picture came after it all the same.
      if (seen.firstFrame && seen.firstFrame.atMs >= atMs) return;
      // A picture that preloading put there, seen since an earlier order.
      for (const name of ['firstFrame', 'movingFrame', 'box'] as const) delete seen[name];
      watchFrames();
    },
    fail,
    fragment: (fragment) => {
      if (fragments.length < limits.fragmentsMax) fragments.push(fragment);
    },
    shows: (rendition, url) => {
      switches = switches === undefined ? 0 : switches + 1;
      seen.rendition ??= rendition;
      if (url !== undefined) seen.shownUrl ??= url;
    },
    tick,
    startSeek,
    report,
  };
}
