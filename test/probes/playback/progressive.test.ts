import { afterEach, describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { BLOCK_BYTES, DECODE_MS, floorToBlock } from '../../../probes/playback/startup-model.ts';
import { boxBytes, boxOf, clip, inFragments, makeBox, movieHeaderAt, segmentIndex, words } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const MP4 = 'video/mp4';
const faststart = clip('v/clip.mp4');
/** Longer than a busy machine takes for all the rest, so that it is seen where it counts. */
const PAUSE_MS = 1000;

let server: MediaServer;
afterEach(() => server.close());

async function playFile(file: Served, params: object = {}, timeoutMs?: number) {
  server = await startMediaServer({ '/v.mp4': { contentType: MP4, ...file } });
  return play(`${server.url}/v.mp4`, params, timeoutMs);
}

describe('a faststart file', () => {
  it('starts with one open-ended range, and tells every step', async () => {
    const result = await playFile({ body: faststart, headers: { 'x-pop': 'fra1', 'x-cache': 'HIT' } });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=0-']);
    const { metrics, attributes } = result;
    expect(metrics.request_count).toBe(1);
    expect(metrics.first_frame_ms).toBeGreaterThan((metrics.moov_ms ?? 0) + DECODE_MS - 0.001);
    expect(metrics.playing_ms).toBeGreaterThanOrEqual(metrics.first_frame_ms ?? Number.NaN);
    expect(metrics.media_bytes).toBeGreaterThanOrEqual(BLOCK_BYTES);
    expect(metrics).toHaveProperty('connect_ms');
    expect(metrics).toHaveProperty('ttfb_ms');
    expect(metrics).toHaveProperty('two_seconds_ms');
    expect(metrics).not.toHaveProperty('dns_ms');
    expect(metrics).not.toHaveProperty('manifest_ms');
    expect(attributes).toMatchObject({
      format: 'mp4',
      codec: 'avc1',
      faststart: 'true',
      http_status: '206',
      pop: 'fra1',
      cache_status: 'hit',
      server_ip: '127.0.0.1',
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'media wait', 'media read', 'decode']);
  });

  it('shows its first frame later by what the server delays its answer', async () => {
    const delayed = await playFile({ body: faststart, delayMs: PAUSE_MS });
    const first = delayed.metrics.first_frame_ms ?? 0;
    expect(first).toBeGreaterThanOrEqual(PAUSE_MS + DECODE_MS);
    expect(delayed.metrics.ttfb_ms).toBeGreaterThanOrEqual(PAUSE_MS - 5);
  });

  it('waits for the block that has the first frames, and for no byte more', async () => {
    const early = await playFile({ body: faststart, pause: { atByte: BLOCK_BYTES, ms: PAUSE_MS } });
    expect(early.metrics.first_frame_ms).toBeLessThan(PAUSE_MS);
    expect(early.metrics.playing_ms).toBeLessThan(PAUSE_MS);
    expect(early.metrics.two_seconds_ms).toBeGreaterThanOrEqual(PAUSE_MS);
    await server.close();
    const late = await playFile({ body: faststart, pause: { atByte: BLOCK_BYTES - 1, ms: PAUSE_MS } });
    // The header stands in the same block, and comes to the player with it.
    expect(late.metrics.moov_ms).toBeGreaterThanOrEqual(PAUSE_MS);
    expect(late.metrics.first_frame_ms).toBeGreaterThanOrEqual(PAUSE_MS);
  });

  it('plays from a server that ignores ranges', async () => {
    const result = await playFile({ body: faststart, noRange: true });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.http_status).toBe('200');
  });

  it('stops reading once the start is made', async () => {
    const padded = Buffer.concat([faststart, makeBox('free', Buffer.alloc(20_000_000))]);
    const result = await playFile({ body: padded });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.media_bytes).toBeLessThan(1_000_000);
  });

  it('is looked behind when something follows its media, as Chromium does', async () => {
    const media = boxOf(faststart, 'mdat');
    const padded = Buffer.concat([faststart.subarray(0, media.end), Buffer.alloc(1_000_000)]);
    padded.writeUInt32BE(media.end - media.start + 1_000_000, media.start);
    const result = await playFile({
      body: Buffer.concat([padded, makeBox('free', Buffer.alloc(50_000))]),
      burst: { byteCount: BLOCK_BYTES + 100, ms: PAUSE_MS },
    });
    expect(failureOf(result)).toBe('ok');
    const behind = floorToBlock(padded.length);
    expect(server.requests.map(({ range }) => range).slice(0, 2)).toEqual(['bytes=0-', `bytes=${behind}-`]);
    expect(result.attributes.faststart).toBe('true');
  });
});

describe('a file in fragments', () => {
  const PADDING = 12 * BLOCK_BYTES;
  const burst = { byteCount: BLOCK_BYTES + 100, ms: PAUSE_MS };
  const ranges = () => server.requests.map(({ range }) => range);

  it('is looked through to its end when it has no index, one request a fragment', async () => {
    const { file, starts } = inFragments(PADDING);
    const result = await playFile({ body: file, burst });
    expect(failureOf(result)).toBe('ok');
    const [, ...later] = starts.map((start) => `bytes=${floorToBlock(start)}-`);
    expect(ranges().slice(0, 4)).toEqual(['bytes=0-', ...later]);
    expect(result.attributes.fragments).toBe('not indexed');
    expect(result.metrics.request_count).toBeGreaterThanOrEqual(4);
  });

  it('is played from its begin with an index up to its end', async () => {
    const { file } = inFragments(PADDING, segmentIndex);
    const result = await playFile({ body: file, burst });
    expect(failureOf(result)).toBe('ok');
    expect(ranges()[0]).toBe('bytes=0-');
    expect(result.metrics.request_count).toBe(1);
    expect(result.attributes.fragments).toBe('indexed');
  });

  it('is asked for its end when the index stops before it: an old index may stand there', async () => {
    const { file } = inFragments(PADDING, segmentIndex);
    const trailer = makeBox('mfra', makeBox('mfro', words(0, 24)));
    const result = await playFile({ body: Buffer.concat([file, trailer]), burst });
    expect(failureOf(result)).toBe('ok');
    expect(ranges()[1]).toBe(`bytes=${floorToBlock(file.length + trailer.length - 4)}-`);
    expect(result.attributes.fragments).toBe('indexed');
  });

  it('is looked through when its index leads to further ones, or elsewhere', async () => {
    const nested = (parts: readonly Buffer[]) => {
      const index = segmentIndex(parts);
      index.writeUInt32BE(0x80000000 + (parts[0]?.length ?? 0), 32);
      return index;
    };
    for (const index of [nested, (parts: readonly Buffer[]) => segmentIndex(parts, 77)]) {
      const { file } = inFragments(100, index);
      const result = await playFile({ body: file });
      expect(failureOf(result)).toBe('ok');
      expect(result.attributes.fragments).toBe('not indexed');
      await server.close();
    }
  });

  it('is read in order from a server without ranges', async () => {
    const { file } = inFragments(PADDING);
    const result = await playFile({ body: file, noRange: true });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests).toHaveLength(1);
    expect(result.metrics.two_seconds_ms).toBeGreaterThan(0);
  });

  it('has started when what follows its first frames is more than the limit', async () => {
    const { file } = inFragments(PLAYBACK_LIMITS.mediaBytes.value);
    const result = await playFile({ body: file, noRange: true });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toHaveProperty('playing_ms');
    expect(result.metrics).not.toHaveProperty('two_seconds_ms');
  });

  it('needs twenty-one video samples before the first frame', async () => {
    const { file, starts } = inFragments(0);
    const [first = 0, second = 0] = starts;
    // The first fragment has thirty: its media goes by bytes, so a cut in its middle holds the start up.
    const cut = await playFile({ body: file.subarray(0, first + Math.floor((second - first) * 0.4)) });
    expect(failureOf(cut)).toBe('decode/bad_media target');
  });
});

describe('a file whose movie header comes last', () => {
  it('is read on when the header is near, as Chromium does', async () => {
    const result = await playFile({ body: clip('v/clip-moov-end.mp4') });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.faststart).toBe('false');
    expect(server.requests).toHaveLength(1);
  });

  it('is asked for its header, then for its media where the first request was given up', async () => {
    const headerAt = 40 * BLOCK_BYTES + 5000;
    // The pause keeps the whole file from arriving before the header is asked for.
    const result = await playFile({
      body: movieHeaderAt(headerAt),
      pause: { atByte: BLOCK_BYTES + 100, ms: PAUSE_MS },
    });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.map(({ range }) => range)).toEqual([
      'bytes=0-',
      `bytes=${40 * BLOCK_BYTES}-`,
      `bytes=${BLOCK_BYTES}-`,
    ]);
    const ports = server.requests.map(({ port }) => port);
    expect(ports[1]).not.toBe(ports[0]);
    // The header's request ran to the end of the file, so its connection served the next.
    expect(ports[2]).toBe(ports[1]);
    expect(result.metrics.first_frame_ms).toBeGreaterThanOrEqual(
      (result.metrics.moov_ms ?? Number.NaN) + DECODE_MS,
    );
  });

  it('is read to its end when the server ignores ranges', async () => {
    const result = await playFile({ body: movieHeaderAt(20 * BLOCK_BYTES), noRange: true });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests).toHaveLength(1);
    expect(result.metrics.media_bytes).toBeGreaterThan(20 * BLOCK_BYTES);
  });

  it('fails as content when the server promises ranges and breaks the promise', async () => {
    const result = await playFile({
      body: movieHeaderAt(40 * BLOCK_BYTES),
      noRange: true,
      headers: { 'accept-ranges': 'bytes' },
      pause: { atByte: BLOCK_BYTES + 100, ms: PAUSE_MS },
    });
    expect(failureOf(result)).toBe('content/bad_response target');
  });
});

describe('a file that cannot be played', () => {
  const moov = boxBytes(faststart, 'moov');
  const ftyp = boxBytes(faststart, 'ftyp');
  const firstMedia = boxOf(faststart, 'mdat').start;

  it.each([
    ['is a web page', Buffer.from('<!doctype html><title>Welcome</title>')],
    ['is empty', Buffer.alloc(0)],
    ['has no movie header', Buffer.concat([ftyp, makeBox('free', Buffer.alloc(100))])],
    ['is media to its end', Buffer.concat([ftyp, makeBox('mdat', Buffer.alloc(100_000))])],
    ['ends in its first frames', faststart.subarray(0, firstMedia + 2000)],
    ['has a movie header of no tracks', Buffer.concat([ftyp, makeBox('moov', makeBox('mvhd'))])],
    ['has a movie header that is cut off', Buffer.concat([ftyp, moov.subarray(0, 900)])],
  ])('fails in decode when it %s', async (_what, body) => {
    const result = await playFile({ body });
    expect(failureOf(result)).toBe('decode/bad_media target');
    expect(result.metrics).not.toHaveProperty('first_frame_ms');
    expect(result.metrics).not.toHaveProperty('playing_ms');
  });

  it('fails in decode when its movie header is larger than the probe holds', async () => {
    const result = await playFile({ body: Buffer.concat([ftyp, words(900_000_000), Buffer.from('moov')]) });
    expect(failureOf(result)).toBe('decode/too_large target');
  });

  it('fails as content when its movie header lies behind more media than the limit', async () => {
    const at = PLAYBACK_LIMITS.mediaBytes.value + BLOCK_BYTES;
    const result = await playFile({ body: movieHeaderAt(at), noRange: true });
    expect(failureOf(result)).toBe('content/too_large target');
    expect(result.metrics).not.toHaveProperty('first_frame_ms');
  });

  it.each([
    [404, 'http/status target'],
    [500, 'http/status target'],
    [403, 'http/denied target'],
    [451, 'http/denied target'],
  ])('fails in http when it is answered %d', async (status, expected) => {
    const result = await playFile({ body: 'no', status });
    expect(failureOf(result)).toBe(expected);
    expect(result.attributes.http_status).toBe(String(status));
  });

  it('fails as content when the connection ends in the middle', async () => {
    const result = await playFile({ body: faststart, cutAt: 20_000 });
    expect(failureOf(result)).toMatch(/^(content\/truncated target|http\/reset network)$/);
    expect(result.metrics).toHaveProperty('ttfb_ms');
  });

  it('fails by its deadline when the server says nothing', async () => {
    const result = await playFile({ body: faststart, silent: true }, {}, 300);
    expect(failureOf(result)).toBe('http/timeout unknown');
    expect(result.metrics).toHaveProperty('connect_ms');
  });
});
