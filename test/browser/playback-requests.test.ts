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
/**
 * Two blocks at once, so that a header that begins in one block and ends in the next is there: a reader that waited for the second would
 * get all of the rest with it, and have no reason to ask for what lies further on. The rest comes long after the last request.
 */
const BURST_BLOCKS = 2;
const BURST = { byteCount: BURST_BLOCKS * BLOCK_BYTES + 100, ms: 3000 };

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

const startOf = (range: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

/**
 * Without those that go on where the burst of an earlier answer ended. Chromium reads ahead of its demuxer: whether it asks for more behind
 * a header before the demuxer leaves that place is a race within Chromium, and says nothing of where the demuxer goes.
 */
function withoutReadAhead(ranges: readonly (string | undefined)[]): (string | undefined)[] {
  const starts = ranges.map(startOf);
  return ranges.filter((_, at) => {
    const before = starts.slice(0, at).map((start) => start + BURST_BLOCKS * BLOCK_BYTES);
    return !before.includes(starts[at] ?? 0);
  });
}

describe('the requests for a file, of the probe and of the browser', () => {
  it.each([
    ['that is plain', () => clip('v/clip.mp4')],
    ['with its movie header behind the media', () => movieHeaderAt(40 * BLOCK_BYTES)],
    ['with a box behind the media', boxBehind],
    ['in fragments without an index', () => inFragments(PADDING).file],
    ['in fragments with an index', () => inFragments(PADDING, segmentIndex).file],
    ['in fragments with an old index behind', oldIndexBehind],
  ])('%s', async (_what, body) => {
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
    // None of the probe's own is taken for reading ahead.
    const expected = ofProbe.slice(0, count);
    expect(withoutReadAhead(expected)).toEqual(expected);
    expect(withoutReadAhead(ofBrowser).slice(0, count)).toEqual(expected);
  });
});
