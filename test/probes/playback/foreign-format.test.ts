import { describe, expect, it } from 'vitest';
import { checkFormat } from '../../../probes/playback/foreign-format.ts';
import { clip } from './clips.ts';

const bytes = (hex: string): Buffer => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(100)]);

describe('checkFormat', () => {
  it.each([
    ['a web page', Buffer.from('\n<!DOCTYPE html><title>Hello</title>'), /web page/],
    ['a manifest', Buffer.from('<?xml version="1.0"?><MPD/>'), /format to dash/],
    ['a playlist', Buffer.from('#EXTM3U\n'), /format to hls/],
    ['JSON', Buffer.from('{"error":"gone"}'), /JSON/],
    ['FLV', bytes('464c5601'), /FLV/],
    ['AVI', Buffer.from('RIFF\x01\x02\x03\x04AVI LIST', 'latin1'), /AVI/],
    ['a transport stream', clip('hls/ts/640p/segment-0.ts').subarray(0, 512), /transport stream/],
    ['a sound file', Buffer.from('ID3\x04'), /sound alone/],
    ['a picture', bytes('89504e470d0a1a0a'), /picture/],
    ['compressed', bytes('1f8b08'), /gzip/],
    ['empty', Buffer.alloc(0), /empty/],
  ])('says of %s what it is', (_what, start, expected) => {
    expect(() => checkFormat(start)).toThrow(expected);
    expect(() => checkFormat(start)).toThrow(expect.objectContaining({ code: 'bad_media' }));
  });

  it.each(['1a45dfa3', '4f676753'])('blames no target for a format that browsers play: %s', (hex) => {
    expect(() => checkFormat(bytes(hex))).toThrow(expect.objectContaining({ code: 'codec_unsupported' }));
  });

  it('lets every MP4 pass, and what it does not know', () => {
    for (const name of ['v/clip.mp4', 'v/clip-hevc.mp4', 'hls/fmp4/640p/segment-0.m4s']) {
      expect(() => checkFormat(clip(name).subarray(0, 512))).not.toThrow();
    }
    expect(() => checkFormat(Buffer.from([9, 9, 9, 9]))).not.toThrow();
  });
});
