/** One clip of the feed inside the page: preloaded by the policy, played, released. Sent there as text, as video-start's recorder. */
import type HlsPlayer from 'hls.js';
import type { HlsConfig } from 'hls.js';
import type { PageParts } from '../video-start/play-in-page.ts';
import type { Recorder } from '../video-start/recorder.ts';
import type { attachFragmented, FragmentedSource } from './fragmented-source.ts';

export interface ClipPlan {
  readonly url: string;
  /** `file`: given to the video element as it is. `mse`: fragments that the page itself appends. */
  readonly player: 'file' | 'hls.js' | 'mse';
}

export interface PreloadOrder {
  readonly preload: 'none' | 'metadata' | 'auto' | 'mse';
  readonly prefetchMs: number;
  readonly urlsMax: number;
  readonly headBytesMax: number;
  readonly stallsMax: number;
  readonly fragmentsMax: number;
}

export interface ClipPlayer {
  readonly recorder: Recorder;
  /** What was asked for. */
  readonly urls: ReadonlySet<string>;
  /** The first picture that was ever presented, on the screen or below it. */
  picture(): { readonly atMs: number; readonly mediaTimeS: number } | undefined;
  /** Fetches what the policy allows; harmless when called again. */
  preload(): void;
  /** Onto the screen, and plays. */
  show(): void;
  /** Off the screen for good: stops what is under way and frees the decoder. */
  release(): void;
}

interface ClipGlobals extends PageParts {
  readonly outriderFeed: { readonly attachFragmented: typeof attachFragmented };
}

export function createClipPlayer(plan: ClipPlan, order: PreloadOrder): ClipPlayer {
  const { outrider, outriderFeed } = globalThis as unknown as ClipGlobals;
  const { url, player } = plan;
  const video = document.createElement('video');
  video.playsInline = true;
  video.loop = true;
  // As feeds have the clips to come: laid out below the screen.
  video.style.cssText =
    'position:absolute;inset:0;width:100vw;height:100vh;object-fit:contain;transform:translateY(100vh)';
  document.body.append(video);
  const recorder = outrider.createRecorder(video, order);
  const urls = new Set<string>();
  let picture: ReturnType<ClipPlayer['picture']>;
  let hls: HlsPlayer | undefined;
  let fragmented: FragmentedSource | undefined;
  let isGiven = false;

  video.requestVideoFrameCallback((_now, { presentationTime, mediaTime }) => {
    picture = { atMs: presentationTime, mediaTimeS: mediaTime };
  });

  function attachHls(config: Partial<HlsConfig>): void {
    hls = outrider.attachHls(recorder, url, {
      ...config,
      xhrSetup: (_request, address) => {
        if (urls.size < order.urlsMax) urls.add(new URL(address, url).href);
      },
    });
  }

  function attachFile(preload: HTMLMediaElement['preload']): void {
    urls.add(url);
    video.preload = preload;
    outrider.attachSource(recorder, url);
  }

  function attachFragments(): void {
    urls.add(url);
    const { prefetchMs: aheadMs, headBytesMax } = order;
    fragmented = outriderFeed.attachFragmented(recorder, url, { aheadMs, headBytesMax });
  }

  function attachAhead(): void {
    const { preload, prefetchMs } = order;
    if (player === 'mse') attachFragments();
    else if (player === 'file') attachFile(preload === 'mse' ? 'none' : preload);
    else if (preload === 'metadata') attachHls({ autoStartLoad: false });
    // The longest buffer is what bounds it: the other one is the least that it tries to have.
    else if (preload === 'mse')
      attachHls({ maxBufferLength: prefetchMs / 1000, maxMaxBufferLength: prefetchMs / 1000 });
    else if (preload === 'auto') attachHls({});
  }

  /** What the policy held back of a clip that is now on the screen. */
  function lift(): void {
    fragmented?.lift();
    if (!hls) return;
    const { maxBufferLength, maxMaxBufferLength } = (hls.constructor as typeof HlsPlayer).DefaultConfig;
    hls.config.maxBufferLength = maxBufferLength;
    hls.config.maxMaxBufferLength = maxMaxBufferLength;
    if (order.preload === 'metadata') hls.startLoad();
  }

  return {
    recorder,
    urls,
    picture: () => picture,
    preload() {
      if (isGiven || (order.preload === 'none' && player === 'hls.js')) return;
      isGiven = true;
      attachAhead();
    },
    show() {
      video.style.transform = 'none';
      if (isGiven) lift();
      else if (player === 'file') attachFile('auto');
      else if (player === 'hls.js') attachHls({});
      else {
        attachFragments();
        lift();
      }
      isGiven = true;
      // Errors of the media arrive as events too, with more to tell; refusals to play do not.
      video.play().catch((error: DOMException) => {
        if (error.name === 'NotAllowedError') recorder.fail('play', error.name, error.message);
      });
    },
    release() {
      hls?.destroy();
      fragmented?.destroy();
      video.removeAttribute('src');
      video.load();
      video.remove();
    },
  };
}
