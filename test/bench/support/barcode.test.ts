import { describe, expect, it } from 'vitest';
import { BARCODE, barcodeFrame, findMarker, MARKER_HEIGHT, type Picture, readPicture } from './barcode.ts';

type Colour = readonly [blue: number, green: number, red: number];
const BLUE: Colour = [255, 0, 0];
const RED: Colour = [0, 0, 255];

/** A screen of grey with the strip and, below it, a frame of the video. */
function screen(at: { left: number; top: number }, marker: Colour, frame?: number): Picture {
  const [width, height] = [420, 120];
  const pixels = Buffer.alloc(width * height * 4, 90);
  const code = frame === undefined ? Buffer.alloc(BARCODE.width) : barcodeFrame(frame);
  for (let y = at.top; y < height; y += 1) {
    for (let x = 0; x < BARCODE.width; x += 1) {
      const grey = code[x] ?? 0;
      const colour = y < at.top + MARKER_HEIGHT ? marker : [grey, grey, grey];
      for (const [byte, value] of colour.entries()) pixels[(y * width + at.left + x) * 4 + byte] = value;
    }
  }
  return { width, height, pixels };
}

describe('a recorded picture', () => {
  it.each([
    [0, 0],
    [33, 17],
  ])('has its strip found at %i, %i, before and after the order', (left, top) => {
    for (const colour of [BLUE, RED])
      expect(findMarker(screen({ left, top }, colour))).toEqual({ left, top });
  });

  it('without a strip has none', () => {
    expect(findMarker({ width: 400, height: 50, pixels: Buffer.alloc(400 * 50 * 4, 90) })).toBeUndefined();
    expect(readPicture(screen({ left: 5, top: 5 }, [0, 255, 0]), { left: 5, top: 5 })).toBeUndefined();
  });

  it('tells whether the order was given', () => {
    const place = { left: 9, top: 4 };
    expect(readPicture(screen(place, BLUE), place)).toEqual({ isOrdered: false, frame: undefined });
    expect(readPicture(screen(place, RED), place)).toEqual({ isOrdered: true, frame: undefined });
  });

  it('tells which frame of the video is on it', () => {
    const place = { left: 9, top: 4 };
    for (let frame = 0; frame < BARCODE.frames; frame += 1)
      expect(readPicture(screen(place, RED, frame), place)?.frame).toBe(frame);
  });
});

describe('a frame', () => {
  it('is as large as the video', () => {
    expect(barcodeFrame(3)).toHaveLength(BARCODE.width * BARCODE.height);
  });
});
