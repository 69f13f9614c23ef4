import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { parseMovie } from '../../../probes/playback/movie.ts';
import {
  FragmentedMovie,
  FragmentReader,
  WholeSegmentReader,
} from '../../../probes/playback/segment-reader.ts';
import { boxBytes, boxOf, clip, makeBox, words } from './clips.ts';

const movie = parseMovie(boxBytes(clip('hls/fmp4/640p/init_0.mp4'), 'moov'));
const segments = [0, 1, 2, 3].map((n) => clip(`hls/fmp4/640p/segment-${n}.m4s`));
const [first = Buffer.alloc(0)] = segments;

/** A fragment of one track: so many samples of 100 bytes, this many ticks long. */
function fragmentOf(id: number, count: number, ticks: number): Buffer {
  const tfhd = makeBox('tfhd', words(0x020018, id, ticks, 100));
  return makeBox('moof', makeBox('traf', tfhd, makeBox('trun', words(1, count, 1000))));
}

describe('FragmentReader', () => {
  it('finds the same need however a segment is cut', () => {
    const whole = new FragmentReader(movie);
    whole.push(first);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), (size) => {
        const reader = new FragmentReader(movie);
        for (let at = 0; at < first.length; at += size) reader.push(first.subarray(at, at + size));
        expect(reader.finish()).toEqual(whole.finish());
      }),
      { numRuns: 20 },
    );
  });

  it('knows the need with the header of the fragment, before its media', () => {
    const reader = new FragmentReader(movie);
    reader.push(first.subarray(0, boxOf(first, 'moof').end - 1));
    expect(reader.need()).toBeUndefined();
    reader.push(first.subarray(boxOf(first, 'moof').end - 1, boxOf(first, 'moof').end));
    expect(reader.need()).toHaveProperty('firstFrameBytes');
    expect(reader.codec).toBe('avc1');
  });

  it('counts from the start of the segment, wherever that lies in its file', () => {
    const here = new FragmentReader(movie);
    here.push(first);
    const there = new FragmentReader(movie, { startAt: 1_000_000 });
    there.push(first);
    expect(there.finish()).toEqual(here.finish());
  });

  it('leaves two seconds open until fragments reach beyond them', () => {
    const reader = new FragmentReader(movie);
    for (const segment of segments.slice(0, 2)) reader.push(segment);
    expect(reader.need()?.twoSecondsBytes).toBeUndefined();
    expect(reader.finish().twoSecondsBytes).toBeGreaterThan(first.length);
    for (const segment of segments.slice(2)) reader.push(segment);
    expect(reader.need()?.twoSecondsBytes).toBeGreaterThan(first.length);
  });

  it('takes a movie header in front of the fragments', () => {
    const reader = new FragmentReader(undefined);
    reader.push(Buffer.concat([clip('hls/fmp4/640p/init_0.mp4'), first]));
    expect(reader.finish().startBytes).toBeGreaterThan(0);
  });

  it('refuses a fragment without any movie header', () => {
    expect(() => new FragmentReader(undefined).push(first)).toThrow(MediaError);
  });

  it('refuses a segment without video', () => {
    expect(() => new FragmentReader(movie).finish()).toThrow(/no video fragment/);
  });
});

describe('FragmentedMovie', () => {
  const idOf = (kind: string) => movie.tracks.find((track) => track.kind === kind)?.id ?? 0;

  it('leaves playing open until the audio for it is described, unless nothing more comes', () => {
    const fragments = new FragmentedMovie(movie);
    fragments.add(fragmentOf(idOf('video'), 10, 512), 0);
    expect(fragments.need(false)).not.toHaveProperty('playingBytes');
    expect(fragments.need(true)).toHaveProperty('playingBytes');
    fragments.add(fragmentOf(idOf('audio'), 100, 1024), 50_000);
    expect(fragments.need(false)).toHaveProperty('playingBytes');
  });

  it('holds no more samples than its limit', () => {
    const fragments = new FragmentedMovie(movie);
    for (let i = 0; i < 3; i++) fragments.add(fragmentOf(idOf('video'), 150_000, 0), i);
    expect(fragments.need(true)?.startBytes).toBeGreaterThan(0);
  });
});

describe('WholeSegmentReader', () => {
  it('needs every byte, and says so at the end only', () => {
    const reader = new WholeSegmentReader();
    reader.push(first);
    expect(reader.need()).toBeUndefined();
    expect(reader.finish()).toMatchObject({ startBytes: first.length, twoSecondsBytes: first.length });
  });

  it('refuses an empty segment', () => {
    expect(() => new WholeSegmentReader().finish()).toThrow(MediaError);
  });
});
