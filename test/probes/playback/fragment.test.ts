import { describe, expect, it } from 'vitest';
import { parseFragment } from '../../../probes/playback/fragment.ts';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { parseMovie } from '../../../probes/playback/movie.ts';
import { boxBytes, boxOf, clip, makeBox, words } from './clips.ts';

const movie = parseMovie(boxBytes(clip('hls/fmp4/640p/init_0.mp4'), 'moov'));
const segment = clip('hls/fmp4/640p/segment-0.m4s');
const moof = boxOf(segment, 'moof');
const video = movie.tracks.find(({ kind }) => kind === 'video');
if (!video) throw new Error('the clip has no video');

function fragment(...traf: readonly Buffer[]): Buffer {
  return makeBox('moof', makeBox('traf', ...traf));
}

const tfhd = makeBox('tfhd', words(0x020000, video.id));

describe('parseFragment', () => {
  it('covers the media of a real segment without gap or overlap', () => {
    const tracks = parseFragment(boxBytes(segment, 'moof'), moof.start, movie);
    const samples = tracks.flatMap((track) => track.samples).toSorted((a, b) => a.offset - b.offset);
    const mdat = boxOf(segment, 'mdat');
    let at = mdat.start + 8;
    for (const { offset, bytes } of samples) {
      expect(offset).toBe(at);
      at += bytes;
    }
    expect(at).toBe(mdat.end);
  });

  it('gives decoding times that begin where the last segment ended', () => {
    const first = parseFragment(boxBytes(segment, 'moof'), moof.start, movie);
    const next = clip('hls/fmp4/640p/segment-1.m4s');
    const second = parseFragment(boxBytes(next, 'moof'), boxOf(next, 'moof').start, movie);
    const timesOf = (tracks: typeof first) =>
      tracks.find(({ track }) => track.kind === 'video')?.samples.map(({ decodeTimeS }) => decodeTimeS) ?? [];
    expect(timesOf(first)[0]).toBeCloseTo(0, 3);
    expect(timesOf(second)[0]).toBeCloseTo(1, 1);
    expect(timesOf(first)).toEqual(timesOf(first).toSorted((a, b) => a - b));
  });

  it('tells when samples are shown, before they are decoded too', () => {
    const run = makeBox('trun', words(0x01000800, 2, 20, 0xfffffff6));
    const header = makeBox('tfhd', words(0x020008, video.id, 10));
    const [track] = parseFragment(fragment(header, run), 0, movie);
    const shifts = track?.samples.map((sample) =>
      Math.round(((sample.shownTimeS ?? 0) - sample.decodeTimeS) * video.timescale),
    );
    expect(shifts).toEqual([20, -10]);
  });

  it('takes no more samples over all tracks than its limit', () => {
    const endless = makeBox('traf', tfhd, makeBox('trun', words(0, 0xffffffff)));
    const tracks = parseFragment(makeBox('moof', endless, endless, endless), 0, movie);
    expect(tracks.map(({ samples }) => samples.length)).toEqual([200_000, 0, 0]);
  });

  it('reads sizes and durations of their own, defaults, and a data offset', () => {
    const header = makeBox('tfhd', words(0x020038, video.id, 512, 77, 0));
    const own = makeBox('trun', words(0x000301, 2, 40, 512, 100, 1024, 200));
    const shared = makeBox('trun', words(0, 1));
    const [track] = parseFragment(fragment(header, own, shared), 1000, movie);
    expect(track?.samples.map(({ offset, bytes }) => [offset, bytes])).toEqual([
      [1040, 100],
      [1140, 200],
      [1340, 77],
    ]);
    const ticks = track?.samples.map(({ decodeTimeS }) => Math.round(decodeTimeS * video.timescale));
    expect(ticks).toEqual([0, 512, 1536]);
  });

  it('counts from an absolute base where one is given', () => {
    const header = makeBox('tfhd', words(0x000011, video.id, 0, 50_000, 9));
    const [track] = parseFragment(fragment(header, makeBox('trun', words(1, 1, 8))), 1000, movie);
    expect(track?.samples[0]).toMatchObject({ offset: 50_008, bytes: 9 });
  });

  it('stops at the limit when a run without entries claims four billion samples', () => {
    const [track] = parseFragment(fragment(tfhd, makeBox('trun', words(0, 0xffffffff))), 0, movie);
    expect(track?.samples).toHaveLength(200_000);
  });

  it.each([
    ['a track that the movie lacks', fragment(makeBox('tfhd', words(0, 99)))],
    ['no track header', fragment(makeBox('trun', words(0, 1)))],
    ['a run that is cut off', fragment(tfhd, makeBox('trun', words(0)))],
    ['a run that claims more than it holds', fragment(tfhd, makeBox('trun', words(0x200, 9, 1)))],
    ['a data offset that is not there', fragment(tfhd, makeBox('trun', words(0x001, 1)))],
    ['a track header that is cut off', fragment(makeBox('tfhd', words(0x01, video.id)))],
    ['a decode time that is cut off', fragment(tfhd, makeBox('tfdt', words(0)))],
  ])('refuses a fragment with %s', (_what, bytes) => {
    expect(() => parseFragment(bytes, 0, movie)).toThrow(MediaError);
  });
});
