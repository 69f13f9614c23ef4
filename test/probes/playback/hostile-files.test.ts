/**
 * Files that a stranger made, or that broke on the way: cut off and changed copies of real ones. Whatever they are, reading
 * them ends soon, in a result or in a MediaError that says what is wrong.
 */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFormat } from '../../../probes/playback/foreign-format.ts';
import { parseManifest } from '../../../probes/playback/manifest.ts';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { parseMovie } from '../../../probes/playback/movie.ts';
import { parsePlaylist } from '../../../probes/playback/playlist.ts';
import { parseSegmentIndex } from '../../../probes/playback/segment-index.ts';
import { FragmentReader } from '../../../probes/playback/segment-reader.ts';
import { decoderDelay } from '../../../probes/playback/startup-model.ts';
import { TransportStreamReader } from '../../../probes/playback/transport-stream.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { boxBytes, clip, inFragments, segmentIndex } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { play } from './probe-run.ts';

const CLIPS = new URL('../../../sandbox/clips/', import.meta.url);

/** How a copy is broken: where it ends, and what is written over it where. */
interface Damage {
  readonly cutAt: number;
  readonly writes: readonly { readonly at: number; readonly bytes: readonly number[] }[];
}

const WORDS = [
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [0, 0, 0, 1],
  [0x7f, 255, 255, 255],
  [0x80, 0, 0, 0],
] as const;

const damage: fc.Arbitrary<Damage> = fc.record({
  cutAt: fc.oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
  writes: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.oneof(
        fc.constantFrom(...WORDS.map((word) => [...word])),
        fc.array(fc.nat(255), { minLength: 1, maxLength: 4 }),
      ),
    }),
    { maxLength: 6 },
  ),
});

/** `within`: only so many bytes from the start are written over, which is where headers are. */
function broken(file: Buffer, { cutAt, writes }: Damage, within = file.length): Buffer {
  const copy = Buffer.from(file);
  for (const { at, bytes } of writes)
    Buffer.from(bytes).copy(copy, Math.floor(at * Math.min(within, copy.length)));
  return copy.subarray(0, Math.floor(cutAt * copy.length));
}

/** Fails for anything but a MediaError, and for what takes longer than a busy machine explains. */
async function endsWell(read: () => unknown): Promise<void> {
  const startMs = performance.now();
  try {
    await read();
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    expect(error.message).not.toBe('');
  }
  expect(performance.now() - startMs).toBeLessThan(5000);
}

const fuzz = (
  file: Buffer,
  read: (bytes: Buffer) => unknown,
  numRuns: number,
  within?: number,
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(damage, (how) => endsWell(() => read(broken(file, how, within)))),
    { numRuns },
  );

describe('a parser of a broken copy ends in a reading or a MediaError', () => {
  const movies = [
    'v/clip.mp4',
    'v/clip-hevc.mp4',
    'v/clip-fragmented.mp4',
    'hls/fmp4/640p/init_0.mp4',
    'dash/2-init.mp4',
  ];

  it.each(movies)('movie header of %s', async (path) => {
    await fuzz(
      boxBytes(clip(path), 'moov'),
      (bytes) => {
        for (const track of parseMovie(bytes, path.includes('2-init') ? 'audio' : 'video').tracks) {
          decoderDelay(track.codec, [...track.samples()].slice(0, 40));
        }
      },
      300,
    );
  });

  it('fragments', async () => {
    const movie = parseMovie(boxBytes(clip('hls/fmp4/640p/init_0.mp4'), 'moov'));
    const read = (bytes: Buffer) => {
      const reader = new FragmentReader(movie);
      reader.push(bytes);
      reader.need();
      reader.finish();
    };
    await fuzz(clip('hls/fmp4/640p/segment-0.m4s'), read, 400, 900);
  });

  it('transport streams', async () => {
    const read = (bytes: Buffer) => {
      const reader = new TransportStreamReader();
      for (let at = 0; at < bytes.length; at += 1000) reader.push(bytes.subarray(at, at + 1000));
      reader.need();
      reader.finish();
    };
    await fuzz(clip('hls/ts/640p/segment-0.ts'), read, 200, 3000);
  });

  it('segment indexes', async () => {
    const index = segmentIndex([Buffer.alloc(100), Buffer.alloc(200)]);
    await fuzz(index, (bytes) => parseSegmentIndex(bytes, 500), 500);
  });

  it('playlists', async () => {
    const base = new URL('http://video.test/a.m3u8');
    for (const path of ['hls/fmp4/master.m3u8', 'hls/fmp4/640p/index.m3u8', 'hls/ts/640p/index.m3u8']) {
      await fuzz(clip(path), (bytes) => parsePlaylist(bytes.toString(), base), 300);
    }
  });

  it('manifests', async () => {
    const base = new URL('http://video.test/a.mpd');
    const paths = readdirSync(new URL('dash/', CLIPS)).filter((name) => name.endsWith('.mpd'));
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const options = { variant: 'first', nowMs: 1.7e12 } as const;
      await fuzz(clip(`dash/${path}`), (bytes) => parseManifest(bytes.toString(), base, options), 300);
    }
  });

  it('words of a manifest in each other’s places', async () => {
    const words = clip('dash/timeline.mpd')
      .toString()
      .split(/(?<=[\s"=<>])/);
    const base = new URL('http://video.test/a.mpd');
    const place = fc.nat(words.length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, place), { maxLength: 5 }), (moves) => {
        const moved = [...words];
        for (const [to, from] of moves) moved[to] = words[from] ?? '';
        return endsWell(() => parseManifest(moved.join(''), base, { variant: 'first', nowMs: 1.7e12 }));
      }),
      { numRuns: 500 },
    );
  });

  it('whatever else a file begins with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        try {
          checkFormat(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaError);
        }
      }),
    );
  });
});

describe('a run on a broken file ends in a result with a reason', () => {
  const files: Record<string, Served> = {};
  let server: MediaServer;
  beforeAll(async () => {
    server = await startMediaServer(files);
  });
  afterAll(() => server.close());

  function checkReason(result: RunResult): void {
    for (const [name, value] of Object.entries(result.metrics)) {
      expect(value, name).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(value), `${name} is ${value}`).toBe(true);
    }
    if (result.outcome === 'ok') {
      expect(result.metrics.first_frame_ms).toBeGreaterThan(0);
      return;
    }
    const { layer, blame, code, message } = result.failure;
    expect(['http', 'content', 'manifest', 'segment', 'decode', 'agent']).toContain(layer);
    // Nothing here is slow: a run that waited for its deadline hung.
    expect([code, message]).not.toContain('timeout');
    expect(code).not.toBe('internal');
    // An address that a broken word leads to may be one that the agent refuses to call.
    if (layer === 'agent') expect(code).toBe('forbidden_target');
    else expect(blame).not.toBe('unknown');
    expect(message).toMatch(/^[A-Z][\s\S]+\.$/);
  }

  async function fuzzRun(
    path: string,
    served: Record<string, Buffer>,
    numRuns: number,
    within?: number,
  ): Promise<void> {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(served)),
        damage,
        fc.boolean(),
        async (name, how, noRange) => {
          for (const [other, body] of Object.entries(served))
            files[other] = { body, noRange: noRange && other === path };
          files[name] = {
            body: broken(served[name] as Buffer, how, within),
            noRange: noRange && name === path,
          };
          checkReason(await play(`${server.url}${path}`, {}, 15_000));
        },
      ),
      { numRuns },
    );
  }

  it.each([
    ['a plain file', clip('v/clip.mp4'), 6000],
    ['one with its header behind', clip('v/clip-moov-end.mp4'), undefined],
    ['one in fragments', clip('v/clip-fragmented.mp4'), undefined],
    ['one in fragments with an index', clip('v/clip-sidx.mp4'), 3000],
    ['one in fragments far apart', inFragments(300_000).file, 3000],
  ])(
    '%s',
    async (_what, file, within) => {
      await fuzzRun('/v.mp4', { '/v.mp4': file }, 40, within);
    },
    120_000,
  );

  it('an HLS presentation', async () => {
    const names = ['640p/index.m3u8', '640p/init_0.mp4', '640p/segment-0.m4s', '640p/segment-1.m4s'];
    const parts = ['master.m3u8', ...names].map((name) => [`/${name}`, clip(`hls/fmp4/${name}`)] as const);
    await fuzzRun('/master.m3u8', Object.fromEntries(parts), 60, 1500);
  }, 120_000);

  it.each(['number.mpd', 'base.mpd'])(
    'a DASH presentation: %s',
    async (manifest) => {
      const names = readdirSync(new URL('dash/', CLIPS)).filter(
        (name) => name === manifest || !name.endsWith('.mpd'),
      );
      const parts = names.map((name) => [`/${name}`, clip(`dash/${name}`)] as const);
      await fuzzRun(`/${manifest}`, Object.fromEntries(parts), 60, 1500);
    },
    120_000,
  );
});
