/**
 * The playback probe walks through a file as the browser does: asked for the same file by a server that leaves time to seek,
 * both make the same requests up to the first frame.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { BLOCK_BYTES } from '../../probes/playback/startup-model.ts';
import {
  boxOf,
  clip,
  inFragments,
  makeBox,
  movieHeaderAt,
  segmentIndex,
  words,
} from '../probes/playback/clips.ts';
import { type MediaServer, startMediaServer } from '../probes/playback/media-server.ts';
import { play } from '../probes/playback/probe-run.ts';
import { browserOf, networkOf, runVideo } from './probe-browser.ts';

const PADDING = 12 * BLOCK_BYTES;
/** The rest of each answer comes so late that what lies further on is asked for by a request of its own. */
const BURST = { byteCount: BLOCK_BYTES + 100, ms: 3000 };

/** Now and then Chromium gives a request up before it is sent, and goes on with the next. */
const TRIES = 9;

let browser: WarmBrowser;
let server: MediaServer | undefined;
beforeAll(async () => {
  browser = await browserOf();
  await browser.warm(AbortSignal.timeout(30_000));
});
afterEach(() => server?.close());
afterAll(() => browser?.close());

function oldIndexBehind(): Buffer {
  const { file } = inFragments(PADDING, segmentIndex);
  return Buffer.concat([file, makeBox('mfra', makeBox('mfro', words(0, 24)))]);
}

function boxBehind(): Buffer {
  const file = clip('v/clip.mp4');
  const media = boxOf(file, 'mdat');
  const padded = Buffer.concat([file.subarray(0, media.end), Buffer.alloc(PADDING)]);
  padded.writeUInt32BE(media.end - media.start + PADDING, media.start);
  return Buffer.concat([padded, makeBox('free', Buffer.alloc(1000))]);
}

describe('the requests for a file, of the probe and of the browser', () => {
  it.each([
    ['that is plain', () => clip('v/clip.mp4')],
    ['with its movie header behind the media', () => movieHeaderAt(40 * BLOCK_BYTES)],
    ['with a box behind the media', boxBehind],
    ['in fragments without an index', () => inFragments(PADDING).file],
    ['in fragments with an index', () => inFragments(PADDING, segmentIndex).file],
    ['in fragments with an old index behind', oldIndexBehind],
  ])('%s', { retry: TRIES - 1 }, async (_what, body) => {
    const file = {
      body: body(),
      contentType: 'video/mp4',
      headers: { 'accept-ranges': 'bytes' },
      burst: BURST,
    };
    server = await startMediaServer({ '/v.mp4': file });
    const url = `${server.url}/v.mp4`;
    const predicted = await play(url);
    expect(predicted.outcome).toBe('ok');
    const ofProbe = server.requests.splice(0).map(({ range }) => range);
    const shown = await runVideo(browser, networkOf(), url, { params: { watchMs: 0 } });
    expect(shown.outcome).toBe('ok');
    const ofBrowser = server.requests.map(({ range }) => range);
    const count = predicted.metrics.request_count ?? 0;
    expect(count).toBeGreaterThan(0);
    expect(ofBrowser.slice(0, count)).toEqual(ofProbe.slice(0, count));
  });
});
