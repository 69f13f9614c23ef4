import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../probes/outcome.ts';
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import { secondOpinion } from '../../../probes/video-start/second-opinion.ts';
import { runContext } from '../net/run-context.ts';
import { boxOf, clip, encryptedClip } from '../playback/clips.ts';
import { type MediaServer, startMediaServer } from '../playback/media-server.ts';
import { evidence, report, unseen } from './evidence.ts';

const WHOLE = clip('v/clip.mp4');
/** In the middle of the first frames. */
const FIRST_FRAME_BYTES = boxOf(WHOLE, 'mdat').start + 2000;

let server: MediaServer;
beforeEach(async () => {
  server = await startMediaServer({
    '/whole.mp4': { body: WHOLE },
    '/encrypted.mp4': { body: encryptedClip() },
    '/short.mp4': { body: WHOLE.subarray(0, FIRST_FRAME_BYTES) },
    '/gone.mp4': { body: '', status: 404 },
  });
});
afterEach(() => server.close());

const failure = (layer: Failure['layer'], code: Failure['code']): Failure => ({
  layer,
  code,
  blame: 'unknown',
  message: 'So says the browser.',
});

const BLACK = failure('player', 'black_video');
const UNDECODED = failure('decode', 'playback_error');
const UNSUPPORTED = failure('decode', 'codec_unsupported');

/** Of a file through a plain video element, of which nothing was seen. */
const nothing = (changes: Partial<Evidence> = {}) => evidence({ report: unseen(), ...changes });

function askAbout(name: string, judged: Failure = BLACK, seen: Evidence = nothing()) {
  const target = { name: 'video', url: `${server.url}/${name}.mp4`, labels: {} };
  return secondOpinion(judged, seen, runContext(), target);
}

describe('a second opinion', () => {
  it.each([BLACK, UNDECODED, UNSUPPORTED])('on $code is none of a file that is whole', async (judged) => {
    expect(await askAbout('whole', judged)).toBeUndefined();
    expect(server.requests.length).toBeGreaterThan(0);
  });

  it.each([BLACK, UNDECODED, UNSUPPORTED])('on $code is that the media is encrypted', async (judged) => {
    expect(await askAbout('encrypted', judged)).toMatchObject({
      layer: 'decode',
      blame: 'agent',
      code: 'codec_unsupported',
      message: expect.stringContaining('`page`'),
    });
  });

  it('is that the file ends in its first frames, which is the fault of the target', async () => {
    expect(await askAbout('short')).toMatchObject({ layer: 'decode', blame: 'target', code: 'bad_media' });
  });

  it('is that the answer breaks off, which a browser calls by the same name', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: ${WHOLE.length}\r\n\r\n`;
    const half = createServer((socket) => {
      socket.once('data', () => {
        socket.write(head);
        socket.end(WHOLE.subarray(0, FIRST_FRAME_BYTES));
      });
    });
    half.listen(0, '127.0.0.1');
    await once(half, 'listening');
    const { port } = half.address() as AddressInfo;
    const target = { name: 'video', url: `http://127.0.0.1:${port}/v.mp4`, labels: {} };
    const opinion = await secondOpinion(BLACK, nothing(), runContext(), target);
    expect(opinion).toMatchObject({ layer: 'content', blame: 'target', code: 'truncated' });
    half.close();
  });

  it('is none where the walk fails for another reason than the file', async () => {
    expect(await askAbout('gone')).toBeUndefined();
  });
});

describe('where nothing is in doubt', () => {
  it.each([
    ['something else failed', failure('http', 'status'), nothing()],
    ['the player gave up, and not the decoder', failure('player', 'playback_error'), nothing()],
    ['another player had it', BLACK, nothing({ player: 'hls.js' })],
    ['there was a picture', BLACK, evidence({ report: report() })],
    [
      'the browser named the codec that it lacks',
      UNSUPPORTED,
      nothing({ media: { underflows: [], unsupportedCodec: 'hevc' } }),
    ],
  ])('nothing is fetched: %s', async (_what, judged, seen) => {
    expect(await askAbout('short', judged, seen)).toBeUndefined();
    expect(server.requests).toEqual([]);
  });

  it('ends, so that a walk is made: a named codec is no doubt of a black picture', async () => {
    const seen = nothing({ media: { underflows: [], unsupportedCodec: 'hevc' } });
    expect(await askAbout('short', BLACK, seen)).toMatchObject({ code: 'bad_media' });
  });
});
