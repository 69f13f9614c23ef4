import { afterEach, describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { parseMovie } from '../../../probes/playback/movie.ts';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';
import { boxBytes, boxOf, clip, inFragments, makeBox, movieHeaderAt, words } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const faststart = clip('v/clip.mp4');
let server: MediaServer;
afterEach(() => server.close());

async function playFile(file: Served) {
  server = await startMediaServer({ '/v.mp4': { contentType: 'video/mp4', ...file } });
  return play(`${server.url}/v.mp4`);
}

/** The clip, its sound moved behind everything else. */
function soundAtTheEnd(paddingBytes: number): Buffer {
  const file = Buffer.from(clip('hls/fmp4/640p/init_0.mp4'));
  const segment = clip('hls/fmp4/640p/segment-0.m4s');
  const at = boxOf(segment, 'moof').start;
  const moof = Buffer.from(boxBytes(segment, 'moof'));
  const mdat = boxBytes(segment, 'mdat');
  // The run of the second track: its data offset is the third word of `trun`.
  const run = moof.indexOf('trun', moof.indexOf('trun') + 4);
  moof.writeInt32BE(moof.readInt32BE(run + 12) + mdat.length + paddingBytes, run + 12);
  const media = Buffer.concat([mdat, Buffer.alloc(paddingBytes), mdat]);
  media.writeUInt32BE(media.length, 0);
  return Buffer.concat([file, segment.subarray(0, at), moof, media]);
}

/** A movie header whose media lies so many bytes further on. */
function shiftChunks(moov: Buffer, by: number): Buffer {
  const shifted = Buffer.from(moov);
  for (let at = shifted.indexOf('stco'); at > 0; at = shifted.indexOf('stco', at + 4)) {
    const count = shifted.readUInt32BE(at + 8);
    for (let i = 0; i < count; i++) {
      const entry = at + 12 + i * 4;
      shifted.writeUInt32BE(shifted.readUInt32BE(entry) + by, entry);
    }
  }
  return shifted;
}

function trexOf(id: number): Buffer {
  return makeBox('trex', words(0, id, 1, 0, 0, 0));
}

describe('the walk through a file', () => {
  it('reads sound that lies far from its picture by a request of its own, before the first frame', async () => {
    const file = soundAtTheEnd(40 * BLOCK_BYTES);
    const result = await playFile({ body: file, burst: { byteCount: 3 * BLOCK_BYTES, ms: 400 } });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.request_count).toBe(2);
    expect(Number(/\d+/.exec(server.requests[1]?.range ?? '')?.[0])).toBeGreaterThan(39 * BLOCK_BYTES);
  });

  it('reads to the end for a picture of the cover, before the first frame', async () => {
    const moov = boxBytes(faststart, 'moov');
    const cover = makeBox('udta', makeBox('meta', words(0), makeBox('ilst', makeBox('covr', words(0)))));
    const [ftyp, mdat] = [boxBytes(faststart, 'ftyp'), faststart.subarray(boxOf(faststart, 'moov').end)];
    const headed = makeBox('moov', moov.subarray(8), cover);
    const shifted = shiftChunks(headed, headed.length - moov.length);
    const atByte = faststart.length - 20_000;
    const result = await playFile({
      body: Buffer.concat([ftyp, shifted, mdat]),
      pause: { atByte, ms: 1000 },
    });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.first_frame_ms).toBeGreaterThanOrEqual(1000);
  });

  it('plays the media of its header before that of its fragments', async () => {
    const { file, starts } = inFragments(20 * BLOCK_BYTES);
    const whole = boxBytes(faststart, 'moov');
    const [video] = parseMovie(whole).tracks.filter(({ kind }) => kind === 'video');
    expect(video?.inHeader).toBe(true);
    // The clip with its samples in the header, declared to go on in fragments that lie behind.
    const moov = makeBox('moov', whole.subarray(8), makeBox('mvex', trexOf(1), trexOf(2)));
    const head = Buffer.concat([boxBytes(faststart, 'ftyp'), shiftChunks(moov, moov.length - whole.length)]);
    const body = Buffer.concat([
      head,
      faststart.subarray(boxOf(faststart, 'moov').end),
      file.subarray(starts[0]),
    ]);
    const result = await playFile({ body, burst: { byteCount: 3 * BLOCK_BYTES, ms: 300 } });
    expect(failureOf(result)).toBe('ok');
    // The media of the header was there with the first answer.
    expect(result.attributes.fragments).toBe('not indexed');
    expect(result.metrics.request_count).toBeLessThan(7);
  });

  it('ends where boxes end to make sense behind the media', async () => {
    const result = await playFile({ body: Buffer.concat([faststart, Buffer.alloc(5000, 0x07)]) });
    expect(failureOf(result)).toBe('ok');
  });

  it('gives up on a file of boxes without end', async () => {
    const boxes = Buffer.concat(new Array(PLAYBACK_LIMITS.rootBoxes.value + 1).fill(makeBox('free')));
    const result = await playFile({ body: boxes });
    expect(failureOf(result)).toBe('decode/bad_media target');
  });

  it('drops the content of old blocks, and knows on that they came', async () => {
    const at = (PLAYBACK_LIMITS.blocks.value + 20) * BLOCK_BYTES;
    const result = await playFile({ body: movieHeaderAt(at), noRange: true });
    expect(failureOf(result)).toBe('ok');
    expect(server.requests).toHaveLength(1);
  });

  it('fails as content when a range begins elsewhere than it was asked to', async () => {
    const headers = { 'content-range': `bytes 7-${faststart.length - 1}/2000000` };
    const result = await playFile({ body: movieHeaderAt(40 * BLOCK_BYTES), status: 206, headers });
    // The first answer is taken as it comes: it was asked for from byte 0.
    expect(failureOf(result)).not.toBe('ok');
  });

  it('asks on where a server gives a range in pieces', async () => {
    const size = BLOCK_BYTES;
    server = await startMediaServer({ '/v.mp4': { body: faststart, rangeBytes: size } });
    const result = await play(`${server.url}/v.mp4`);
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.map(({ range }) => range).slice(0, 2)).toEqual(['bytes=0-', `bytes=${size}-`]);
  });

  it('gives up on a server that gives less than a block at a time', async () => {
    server = await startMediaServer({ '/v.mp4': { body: faststart, rangeBytes: 1000 } });
    const result = await play(`${server.url}/v.mp4`);
    expect(failureOf(result)).toBe('decode/bad_body target');
    expect(server.requests.length).toBeLessThan(4);
  });

  it('blames no target for WebM', async () => {
    const result = await playFile({ body: Buffer.concat([words(0x1a45dfa3), Buffer.alloc(3000)]) });
    expect(failureOf(result)).toBe('decode/codec_unsupported agent');
  });
});
