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
  it('needs the blocks up to the end of the fourth video sample', () => {
    const need = needOf([{ kind: 'video', samples: samples(100, 10_000, 30) }]);
    expect(need).toMatchObject({
      startBytes: 40_000,
      firstFrameBytes: 2 * BLOCK_BYTES,
      playingBytes: 2 * BLOCK_BYTES,
    });
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

  it('reads no further than it needs', () => {
    let read = 0;
    const endless = (function* () {
      for (;;) yield { offset: 0, bytes: 1, decodeTimeS: read++ / 30 };
    })();
    needOf([{ kind: 'video', samples: endless }]);
    expect(read).toBeLessThan(100);
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
