/** From values and times to places in a drawing, and where to put marks on the axes. */

export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Place of a value; what is outside is put on the edge. */
  at(value: number): number;
}

export function scale(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return {
    from,
    to,
    at: (value) => round(start + ((Math.min(to, Math.max(from, value)) - from) / span) * (end - start)),
  };
}

/** A tenth of a pixel is enough, and shorter. */
export const round = (value: number): number => Math.round(value * 10) / 10;

/** Round values from 0 to at least `most`, about `count` steps. */
export function ticks(most: number, count = 4): number[] {
  if (!(most > 0)) return [0, 1];
  const raw = most / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(12)),
  );
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map(
  (minutes) => minutes * MINUTE,
);

/** Round instants within, at most `count`. */
export function timeTicks(fromMs: number, toMs: number, count = 7): number[] {
  const step = STEPS.find((one) => (toMs - fromMs) / one <= count) ?? toMs - fromMs;
  const all: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) all.push(at);
  return all;
}

/** `11:48`, with the day where the time is longer than one. */
export function tickText(ms: number, spanMs: number): string {
  const iso = new Date(ms).toISOString();
  return spanMs > 24 * HOUR ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 16);
}
