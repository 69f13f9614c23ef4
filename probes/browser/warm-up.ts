/** The first minute of a browser's life: what it decodes, and one throw-away playback. */
import type { Page } from 'playwright-core';
import type { Failure } from '../outcome.ts';
import type { BrowserBuild, BrowserCodecs } from './browser.ts';
import { WARM_UP_CLIP } from './warm-up-clip.ts';

/** Asks a page of the browser. */
export function askCodecs(page: Page): Promise<BrowserCodecs> {
  return page.evaluate(() => {
    const video = document.createElement('video');
    // Both: media source extensions serve HLS, the element serves files.
    const plays = (type: string) =>
      MediaSource.isTypeSupported(type) && video.canPlayType(type) === 'probably';
    return {
      h264: plays('video/mp4; codecs="avc1.4d401e"'),
      aac: plays('audio/mp4; codecs="mp4a.40.2"'),
      hevc: plays('video/mp4; codecs="hvc1.1.6.L93.B0"'),
      vp9: plays('video/webm; codecs="vp9"'),
      av1: plays('video/mp4; codecs="av01.0.04M.08"'),
    };
  });
}

/** The failure of every run of a browser without the codecs of nearly all short video, or undefined. */
export function codecFailure(build: BrowserBuild, codecs: BrowserCodecs): Failure | undefined {
  const lacking = [...(codecs.h264 ? [] : ['H.264']), ...(codecs.aac ? [] : ['AAC'])];
  if (lacking.length === 0) return undefined;
  return {
    layer: 'decode',
    blame: 'agent',
    code: 'codec_unsupported',
    message: `${build.version} at ${build.path} cannot play ${lacking.join(' and ')}, as Playwright's own Chromium. Install one that can, e.g. \`apt-get install -y chromium-headless-shell\` or Google Chrome.`,
  };
}

/** Plays the warm-up clip to its end; false when it did not play in time. */
export function playWarmUp(page: Page, timeoutMs: number): Promise<boolean> {
  return page.evaluate(
    ({ clip, timeoutMs }) =>
      new Promise<boolean>((resolve) => {
        const video = document.createElement('video');
        document.body.append(video);
        let hasFrame = false;
        video.requestVideoFrameCallback(() => {
          hasFrame = true;
        });
        setTimeout(() => resolve(false), timeoutMs);
        video.addEventListener('ended', () => resolve(hasFrame));
        video.addEventListener('error', () => resolve(false));
        video.src = clip;
        video.play().catch(() => resolve(false));
      }),
    { clip: WARM_UP_CLIP, timeoutMs },
  );
}
