import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';
import { TransportStreamReader } from '../../../probes/playback/transport-stream.ts';
import { clip } from './clips.ts';

const segment = clip('hls/ts/640p/segment-0.ts');
const VIDEO_PID = 0x100;

/** Where packets that start a video frame begin, read the plain way. */
function frameStarts(bytes: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; at += 188) {
    const pid = bytes.readUInt16BE(at + 1) & 0x1fff;
    if (pid === VIDEO_PID && bytes.readUInt8(at + 1) & 0x40) starts.push(at);
  }
  return starts;
}

describe('TransportStreamReader', () => {
  it('needs the bytes up to the start of the fifth frame', () => {
    const reader = new TransportStreamReader();
    reader.push(segment);
    expect(reader.need()?.startBytes).toBe(frameStarts(segment)[4]);
    expect(reader.codec).toBe('avc1');
  });

  it('knows the need with the packet that starts the fifth frame, not before', () => {
    const fifth = frameStarts(segment)[4] ?? 0;
    const reader = new TransportStreamReader();
    reader.push(segment.subarray(0, fifth + 187));
    expect(reader.need()).toBeUndefined();
    reader.push(segment.subarray(fifth + 187, fifth + 188));
    expect(reader.need()).toEqual({ startBytes: fifth, firstFrameBytes: BLOCK_BYTES });
  });

  it('needs the audio of the first 200 ms for playing: here one packet run, early in the segment', () => {
    const reader = new TransportStreamReader();
    reader.push(segment);
    const { playingBytes, firstFrameBytes } = reader.finish();
    expect(playingBytes).toBeGreaterThanOrEqual(firstFrameBytes);
    expect(playingBytes).toBeLessThanOrEqual(Math.ceil(segment.length / BLOCK_BYTES) * BLOCK_BYTES);
  });

  it('finds the same however the segment is cut', () => {
    const whole = new TransportStreamReader();
    whole.push(segment);
    const expected = whole.finish();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (size) => {
        const reader = new TransportStreamReader();
        for (let at = 0; at < segment.length; at += size) reader.push(segment.subarray(at, at + size));
        expect(reader.finish()).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves two seconds open in a segment of one, and finds them across segments', () => {
    const reader = new TransportStreamReader();
    reader.push(segment);
    expect(reader.need()?.twoSecondsBytes).toBeUndefined();
    expect(reader.finish().twoSecondsBytes).toBe(segment.length);
    const [second, third] = [1, 2].map((n) => clip(`hls/ts/640p/segment-${n}.ts`)) as [Buffer, Buffer];
    reader.push(second);
    reader.push(third);
    const thirdAt = segment.length + second.length;
    expect(reader.need()?.twoSecondsBytes).toBeGreaterThanOrEqual(thirdAt);
    expect(reader.need()?.twoSecondsBytes).toBeLessThan(thirdAt + third.length);
  });

  it('takes the end of the segment for the end of the fourth frame when there is no fifth', () => {
    const fourth = segment.subarray(0, frameStarts(segment)[4]);
    const reader = new TransportStreamReader();
    reader.push(fourth);
    expect(reader.finish().startBytes).toBe(fourth.length);
  });

  it('refuses bytes that are out of sync', () => {
    const reader = new TransportStreamReader();
    reader.push(segment.subarray(0, 188));
    expect(() => reader.push(Buffer.alloc(188))).toThrow(MediaError);
  });

  it('refuses a stream without video', () => {
    const reader = new TransportStreamReader();
    const stuffing = Buffer.alloc(188 * 3);
    for (let at = 0; at < stuffing.length; at += 188) stuffing.writeUInt32BE(0x471fff10, at);
    reader.push(stuffing);
    expect(() => reader.finish()).toThrow(/no video/);
  });

  it('throws nothing but MediaError for packets of noise', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 188 * 4, maxLength: 188 * 4 }),
        fc.boolean(),
        (noise, withTables) => {
          const bytes = Buffer.from(noise);
          for (let at = 0; at < bytes.length; at += 188) bytes[at] = 0x47;
          const reader = new TransportStreamReader();
          try {
            if (withTables) reader.push(segment.subarray(0, 188 * 3));
            // Every packet claims to start something, on the PIDs that are read.
            [0, 0x1000, VIDEO_PID, VIDEO_PID].forEach(
              (pid, i) => void bytes.writeUInt16BE(0x4000 | pid, i * 188 + 1),
            );
            reader.push(bytes);
            reader.finish();
          } catch (error) {
            expect(error).toBeInstanceOf(MediaError);
          }
        },
      ),
    );
  });
});
