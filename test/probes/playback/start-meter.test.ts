import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../../probes/playback/arrivals.ts';
import { StartMeter } from '../../../probes/playback/start-meter.ts';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';

const NEED = {
  startBytes: 40_000,
  firstFrameBytes: 2 * BLOCK_BYTES,
  playingBytes: 3 * BLOCK_BYTES,
  twoSecondsBytes: 150_000,
};

describe('Arrivals', () => {
  it('says when each block was whole, however the bytes came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 30 }),
        (chunks) => {
          const arrivals = new Arrivals();
          const ends: number[] = [];
          let total = 0;
          chunks.forEach((size, i) => {
            arrivals.add(size, i);
            total += size;
            ends.push(total);
          });
          for (let byte = BLOCK_BYTES; byte <= total; byte += BLOCK_BYTES) {
            expect(arrivals.at(byte)).toBe(ends.findIndex((end) => end >= byte));
          }
          expect(arrivals.at(total)).toBe(chunks.length - 1);
          expect(arrivals.at(total + 1)).toBeUndefined();
        },
      ),
    );
  });
});

describe('StartMeter', () => {
  it('has each moment when the last byte for it came', () => {
    const meter = new StartMeter();
    meter.setNeed(NEED, 0);
    meter.add(BLOCK_BYTES, 10);
    expect(meter.firstFrameAtMs).toBeUndefined();
    meter.add(BLOCK_BYTES, 20);
    expect(meter.firstFrameAtMs).toBe(20);
    expect(meter.playingAtMs).toBeUndefined();
    meter.add(BLOCK_BYTES, 30);
    expect(meter.playingAtMs).toBe(30);
    expect(meter.isDone).toBe(false);
    meter.add(60_000, 40);
    expect(meter.twoSecondsAtMs).toBe(40);
    expect(meter.isDone).toBe(true);
  });

  it('has no moment before the header that says where the frames are', () => {
    const meter = new StartMeter();
    meter.add(200_000, 10);
    expect(meter.firstFrameAtMs).toBeUndefined();
    meter.setNeed(NEED, 500);
    expect([meter.firstFrameAtMs, meter.playingAtMs, meter.twoSecondsAtMs]).toEqual([500, 500, 500]);
  });

  it('does not wait for blocks beyond the end of the file', () => {
    const meter = new StartMeter();
    meter.setNeed({ ...NEED, twoSecondsBytes: 45_000 }, 0);
    meter.setLength(45_000);
    meter.add(45_000, 7);
    expect([meter.firstFrameAtMs, meter.playingAtMs]).toEqual([7, 7]);
    expect(meter.isDone).toBe(true);
  });

  it('keeps whole blocks and drops the part of one when a request is given up', () => {
    const meter = new StartMeter();
    meter.setNeed(NEED, 0);
    meter.add(BLOCK_BYTES + 100, 10);
    meter.rewindToBlock();
    expect(meter.bytes).toBe(BLOCK_BYTES);
    meter.add(BLOCK_BYTES, 90);
    expect(meter.firstFrameAtMs).toBe(90);
  });

  it('refuses a file that ends within its own first frames', () => {
    const meter = new StartMeter();
    meter.setNeed(NEED, 0);
    expect(() => meter.setLength(39_999)).toThrow(/ends at byte 39999/);
    expect(() => meter.setLength(40_000)).not.toThrow();
    const short = new StartMeter();
    short.setLength(39_999);
    expect(() => short.setNeed(NEED, 0)).toThrow(/ends at byte 39999/);
  });
});
