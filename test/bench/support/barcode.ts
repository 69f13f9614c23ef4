/** Pictures that say which frame of a video they are, and whether the order to play was given: to be read off a recorded screen. */

/** Of the video, and of the page that shows it. */
export const BARCODE = { width: 360, height: 640, fps: 30, frames: 60 } as const;
/** Height of the strip at the top of the page: blue until the order, red from then on. */
export const MARKER_HEIGHT = 24;
export const MARKER_COLOURS = { waiting: '#0000ff', ordered: '#ff0000' } as const;

/** White, ten bits of the number plus one, black: a picture without the first and the last bar is none. */
const BITS = 10;
const BARS = BITS + 2;
const BAR_WIDTH = BARCODE.width / BARS;

/** One frame, a byte a pixel. */
export function barcodeFrame(number: number): Buffer {
  const line = Buffer.alloc(BARCODE.width);
  for (let bar = 0; bar < BARS; bar += 1)
    line.fill(isWhite(number, bar) ? 235 : 16, bar * BAR_WIDTH, (bar + 1) * BAR_WIDTH);
  return Buffer.concat(Array.from({ length: BARCODE.height }, () => line));
}

function isWhite(number: number, bar: number): boolean {
  if (bar === 0) return true;
  return bar <= BITS && (((number + 1) >> (bar - 1)) & 1) === 1;
}

/** A recorded picture, four bytes a pixel: blue, green, red and nothing, as X has them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

export interface Place {
  readonly left: number;
  readonly top: number;
}

/** Where the strip is, blue or red; undefined when it is not on the picture. */
export function findMarker(picture: Picture): Place | undefined {
  for (let top = 0; top < picture.height; top += 1) {
    for (let left = 0; left + BARCODE.width <= picture.width; left += 1) {
      const ends = [left, left + BARCODE.width - 1].map((x) => markerAt(picture, x, top + MARKER_HEIGHT / 2));
      if (ends[0] !== undefined && ends[0] === ends[1] && markerAt(picture, left, top) !== undefined)
        return { left, top };
    }
  }
  return undefined;
}

export interface Reading {
  readonly isOrdered: boolean;
  /** The number of the frame on the screen; undefined while there is none. */
  readonly frame: number | undefined;
}

/** What a picture shows whose strip begins at `place`; undefined when no strip is there. `codeRow`: below the strip, inside the video. */
export function readPicture(
  picture: Picture,
  { left, top }: Place,
  codeRow = MARKER_HEIGHT + 8,
): Reading | undefined {
  const marker = markerAt(picture, left + BARCODE.width / 2, top + MARKER_HEIGHT / 2);
  if (marker === undefined) return undefined;
  const isLit = (bar: number): boolean =>
    brightness(picture, Math.round(left + (bar + 0.5) * BAR_WIDTH), top + codeRow) > 128;
  const bars = Array.from({ length: BARS }, (_, bar) => isLit(bar));
  const code = bars.slice(1, -1).reduce((sum, lit, bit) => sum + (lit ? 1 << bit : 0), 0);
  const isThere = bars[0] === true && bars.at(-1) === false && code > 0;
  return { isOrdered: marker === 'ordered', frame: isThere ? code - 1 : undefined };
}

function markerAt(picture: Picture, x: number, y: number): 'waiting' | 'ordered' | undefined {
  const [blue, green, red] = pixel(picture, x, y);
  if (green > 60) return undefined;
  if (blue > 200 && red < 60) return 'waiting';
  return red > 200 && blue < 60 ? 'ordered' : undefined;
}

function brightness(picture: Picture, x: number, y: number): number {
  return pixel(picture, x, y)[1];
}

function pixel({ height, pixels, width }: Picture, x: number, y: number): readonly [number, number, number] {
  if (x < 0 || y < 0 || x >= width || y >= height) return [0, 255, 0];
  const at = (y * width + x) * 4;
  return [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
}
