import * as MP4Box from 'mp4box';
import { describe, expect, it } from 'vitest';
import { childBoxes } from '../../../probes/playback/boxes.ts';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { parseMovie } from '../../../probes/playback/movie.ts';
import { boxBytes, clip, encryptedClip, makeBox, words } from './clips.ts';

/** The samples of each track as mp4box, a parser of its own, finds them. */
function oracle(file: Buffer): Map<number, { offset: number; bytes: number; decodeTimeS: number }[]> {
  const parsed = MP4Box.createFile();
  const whole = new Uint8Array(file).buffer;
  parsed.appendBuffer(MP4Box.MP4BoxBuffer.fromArrayBuffer(whole, 0));
  parsed.flush();
  const tracks = parsed.getInfo().tracks;
  return new Map(
    tracks.map(({ id }) => [
      id,
      parsed.getTrackSamplesInfo(id).map((sample) => ({
        offset: sample.offset,
        bytes: sample.size,
        decodeTimeS: sample.dts / sample.timescale,
      })),
    ]),
  );
}

describe('parseMovie', () => {
  it.each([
    ['v/clip.mp4', 'avc1'],
    ['v/clip-moov-end.mp4', 'avc1'],
    ['v/clip-hevc.mp4', 'hvc1'],
  ])('finds every sample of %s where mp4box finds it', (path, codec) => {
    const file = clip(path);
    const movie = parseMovie(boxBytes(file, 'moov'));
    const expected = oracle(file);
    expect(movie.fragmented).toBe(false);
    expect(movie.tracks.map(({ kind }) => kind).toSorted()).toEqual(['audio', 'video']);
    expect(movie.tracks.find(({ kind }) => kind === 'video')?.codec).toBe(codec);
    for (const track of movie.tracks) {
      expect([...track.samples()]).toEqual(expected.get(track.id));
    }
  });

  it('knows a fragmented movie by its mvex, and its defaults', () => {
    const movie = parseMovie(boxBytes(clip('hls/fmp4/640p/init_0.mp4'), 'moov'));
    expect(movie.fragmented).toBe(true);
    expect([...movie.fragmentDefaults.keys()].toSorted()).toEqual(
      movie.tracks.map(({ id }) => id).toSorted(),
    );
    for (const track of movie.tracks) expect([...track.samples()]).toEqual([]);
  });

  it('knows what is encrypted, and what it is beneath', () => {
    const plain = parseMovie(boxBytes(clip('v/clip.mp4'), 'moov')).tracks.find(
      ({ kind }) => kind === 'video',
    );
    expect(plain).toMatchObject({ encrypted: false, inHeader: true });
    const moov = boxBytes(encryptedClip(), 'moov');
    const video = parseMovie(moov).tracks.find(({ kind }) => kind === 'video');
    expect(video).toMatchObject({ codec: 'avc1', encrypted: true });
  });

  it('knows a picture of the cover, and does not stop for metadata that is odd', () => {
    const moov = boxBytes(clip('v/clip.mp4'), 'moov').subarray(8);
    const cover = (...list: Buffer[]) => makeBox('udta', makeBox('meta', words(0), makeBox('ilst', ...list)));
    const coverOf = (udta: Buffer) => parseMovie(makeBox('moov', moov, udta)).cover;
    expect(coverOf(cover(makeBox('covr', makeBox('data', words(13, 0)))))).toBe(true);
    expect(coverOf(cover(makeBox('gnre')))).toBe(false);
    expect(coverOf(makeBox('udta', words(9, 9, 9)))).toBe(false);
  });

  it('does not stop for a track that is neither sound nor picture, however odd', () => {
    const moov = boxBytes(clip('v/clip.mp4'), 'moov');
    const handler = makeBox('hdlr', words(0, 0), Buffer.from('tmcd'), words(0, 0, 0, 0));
    const odd = makeBox('trak', makeBox('tkhd', words(0, 0, 0, 9)), makeBox('mdia', handler));
    const { tracks } = parseMovie(makeBox('moov', moov.subarray(8), odd));
    expect(tracks.map(({ kind }) => kind).toSorted()).toEqual(['audio', 'other', 'video']);
  });

  it('reads a header with a 64-bit size', () => {
    const moov = boxBytes(clip('v/clip.mp4'), 'moov');
    const wide = Buffer.concat([words(1), Buffer.from('moov'), words(0, moov.length + 8), moov.subarray(8)]);
    expect(parseMovie(wide).tracks).toHaveLength(2);
  });

  it('refuses a movie without a video track', () => {
    expect(() => parseMovie(makeBox('moov', makeBox('mvhd')))).toThrow(/no video track/);
  });

  it('refuses a real header that is cut anywhere within its video track', () => {
    const moov = boxBytes(clip('v/clip.mp4'), 'moov');
    const track = childBoxes(moov, 8, moov.length).find(({ type }) => type === 'trak');
    for (let length = 8; length < (track?.end ?? 0); length += 7) {
      const cut = Buffer.from(moov.subarray(0, length));
      cut.writeUInt32BE(length, 0);
      expect(() => parseMovie(cut)).toThrow(MediaError);
    }
  });

  it('throws nothing but MediaError for a header with any one byte changed', () => {
    const moov = boxBytes(clip('v/clip.mp4'), 'moov');
    for (let at = 8; at < moov.length; at += 11) {
      const changed = Buffer.from(moov);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      try {
        for (const track of parseMovie(changed).tracks) {
          let seen = 0;
          for (const _ of track.samples()) if (++seen > 500) break;
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }
  });
});
