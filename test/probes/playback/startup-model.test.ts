import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../probes/playback/sample-table.ts';
import {
  BLOCK_BYTES,
  ceilToBlock,
  floorToBlock,
  needOf,
  seeksTo,
  wholeNeed,
} from '../../../probes/playback/startup-model.ts';

/** Samples of `bytes` each, one behind the other from `offset`, `perSecond` of them. */
function samples(count: number, bytes: number, perSecond: number, offset = 0): Sample[] {
  return Array.from({ length: count }, (_, i) => ({
    offset: offset + i * bytes,
    bytes,
    decodeTimeS: i / perSecond,
  }));
}

describe('needOf', () => {
  it('needs two video samples to show a frame, and five to play', () => {
    const need = needOf([{ kind: 'video', samples: samples(100, 20_000, 30) }]);
    expect(need).toMatchObject({
      startBytes: 40_000,
      firstFrameBytes: 2 * BLOCK_BYTES,
      playingBytes: 4 * BLOCK_BYTES,
    });
  });

  it.each([
    ['vp09', 1],
    ['av01', 2],
    ['avc1', 2],
  ])('needs of %s without reordering %d samples to show a frame', (codec, count) => {
    const need = needOf([{ kind: 'video', codec, samples: samples(100, 1000, 30) }]);
    expect(need?.startBytes).toBe(count * 1000);
  });

  it('needs one sample more for each frame that is decoded before one that is shown before it', () => {
    // Decoded as I P B B, then shown as I B B P: with a pyramid of them two frames wait.
    const shown = [1, 4, 3, 2, 8, 7, 6, 5].map((frame) => frame / 30);
    const pyramid = samples(8, 1000, 30).map((sample, i) => ({ ...sample, shownTimeS: shown[i] ?? 0 }));
    expect(needOf([{ kind: 'video', samples: pyramid }])?.startBytes).toBe(5000);
    const pairs = [1, 3, 2, 5, 4, 7, 6, 9].map((frame) => frame / 30);
    const single = samples(8, 1000, 30).map((sample, i) => ({ ...sample, shownTimeS: pairs[i] ?? 0 }));
    expect(needOf([{ kind: 'video', samples: single }])?.startBytes).toBe(3000);
  });

  it('looks at the first track of a kind only: a cover picture behind it holds nothing up', () => {
    const need = needOf([
      { kind: 'video', samples: samples(100, 1000, 30) },
      { kind: 'video', samples: samples(1, 1000, 30, 5_000_000) },
    ]);
    expect(need?.startBytes).toBe(2000);
  });

  it('needs the first 200 ms of audio for playing', () => {
    // 50 samples a second: those at 0 to 180 ms are the ten that are needed.
    const audio = samples(100, 1000, 50, 3 * BLOCK_BYTES - 9500);
    const need = needOf([
      { kind: 'video', samples: samples(100, 1000, 30) },
      { kind: 'audio', samples: audio },
    ]);
    expect(need).toMatchObject({ firstFrameBytes: BLOCK_BYTES, playingBytes: 4 * BLOCK_BYTES });
  });

  it('needs nothing more for playing when the audio is in the same block', () => {
    const need = needOf([
      { kind: 'video', samples: samples(100, 1000, 30) },
      { kind: 'audio', samples: samples(100, 10, 50, 20_000) },
    ]);
    expect(need).toMatchObject({ firstFrameBytes: BLOCK_BYTES, playingBytes: BLOCK_BYTES });
  });

  it('counts two seconds over audio and video, and not over other tracks', () => {
    const need = needOf([
      { kind: 'video', samples: samples(300, 1000, 30) },
      { kind: 'audio', samples: samples(400, 10, 40, 400_000) },
      { kind: 'other', samples: samples(400, 10, 40, 900_000) },
    ]);
    // 0.0 to 2.0 s inclusive: 61 video samples, 81 of audio.
    expect(need?.twoSecondsBytes).toBe(400_000 + 81 * 10);
  });

  it('measures two seconds from the first sample, not from zero', () => {
    const late = samples(300, 1000, 30).map((s) => ({ ...s, decodeTimeS: s.decodeTimeS + 3600 }));
    expect(needOf([{ kind: 'video', samples: late }])?.twoSecondsBytes).toBe(61_000);
  });

  it('makes do with fewer than four samples', () => {
    expect(needOf([{ kind: 'video', samples: samples(2, 100, 1) }])?.startBytes).toBe(200);
  });

  it('needs nothing of media without video samples', () => {
    expect(needOf([{ kind: 'audio', samples: samples(9, 10, 1) }])).toBeUndefined();
  });
});

describe('blocks', () => {
  it('enclose every byte', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (byte) => {
        expect(floorToBlock(byte)).toBeLessThanOrEqual(byte);
        expect(ceilToBlock(byte)).toBeGreaterThanOrEqual(byte);
        expect(ceilToBlock(byte) - floorToBlock(byte)).toBeLessThanOrEqual(BLOCK_BYTES);
      }),
    );
  });

  it.each([
    [5.5, false],
    [6.5, true],
    [10.5, true],
  ])('with one block there, Chromium asks anew for block %d: %s', (block, seeks) => {
    expect(seeksTo(block * BLOCK_BYTES, BLOCK_BYTES)).toBe(seeks);
  });
});

it('a whole segment is needed for every moment of it', () => {
  expect(new Set(Object.values(wholeNeed(77)))).toEqual(new Set([77]));
});
