/** What a file is that is not the MP4 that it should be: the first thing that people ask. */
import { MediaError } from './media-error.ts';

/** As many bytes as tell. */
export const FORMAT_BYTES = 512;

/** What the file begins with, as text. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^\s*(<!doctype html|<html|<head|<body)/i, 'it is a web page, not a video'],
  [/^\s*(<\?xml|<MPD)/i, 'it is an XML document; if it is a DASH manifest, set format to dash'],
  [/^\s*#EXTM3U/, 'it is an HLS playlist; set format to hls'],
  [/^\s*[{[]/, 'it is JSON, not a video'],
  [/^RIFF.{4}AVI /s, 'it is AVI, which browsers do not play'],
  [/^G.{187}(G|$)/s, 'it is an MPEG transport stream, which browsers play through HLS only'],
  [/^(ID3|\xff[\xe2-\xfb])/, 'it is sound alone'],
];
/** What it begins with, in hexadecimal. */
const BYTES: readonly (readonly [string, string])[] = [
  ['464c5601', 'it is FLV, which browsers do not play'],
  ['3026b275', 'it is Windows Media, which browsers do not play'],
  ['ffd8ff', 'it is a picture'],
  ['89504e47', 'it is a picture'],
  ['47494638', 'it is a picture'],
  ['1f8b', 'it is compressed by gzip'],
];
/** Formats that browsers play and the model does not know. */
const PLAYED: readonly (readonly [string, string])[] = [
  ['1a45dfa3', 'WebM or Matroska'],
  ['4f676753', 'Ogg'],
];

/** Looks at the first bytes of a file. @throws MediaError when they are of another format, or there are none. */
export function checkFormat(start: Uint8Array): void {
  if (start.length === 0) throw new MediaError('bad_media', 'it is empty');
  const hex = Buffer.from(start.subarray(0, 8)).toString('hex');
  const played = PLAYED.find(([prefix]) => hex.startsWith(prefix))?.[1];
  if (played) {
    const message = `it is ${played}, which this model does not cover: the video-start probe plays it`;
    throw new MediaError('codec_unsupported', message);
  }
  const text = Buffer.from(start).toString('latin1');
  const broken =
    BYTES.find(([prefix]) => hex.startsWith(prefix))?.[1] ?? TEXTS.find(([known]) => known.test(text))?.[1];
  if (broken) throw new MediaError('bad_media', broken);
}
