/** Numbers with units, as people write them in a fault: `400ms`, `1Mbit`, `20%`, `64KiB`. */

type Units = Readonly<Record<string, number>>;

const DURATION_MS: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BIT_RATE: Units = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const BYTES: Units = { '': 1, b: 1, kb: 1e3, mb: 1e6, kib: 1024, mib: 1024 ** 2 };

/** Reads `number unit`, units in any case; undefined when it is not one. Never negative, never infinite. */
function quantity(text: string, units: Units): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([a-z]*)$/i.exec(text);
  const factor =
    match && Object.hasOwn(units, match[2]?.toLowerCase() ?? '')
      ? units[match[2]?.toLowerCase() ?? '']
      : undefined;
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

/** Milliseconds of `400ms`, `1.5s`, `2m`, `1h` or a bare `0`. */
export function readDurationMs(text: string): number | undefined {
  return text === '0' ? 0 : quantity(text, DURATION_MS);
}

/** Bits per second of `500kbit`, `1Mbit`, `1.5Mbit/s`. */
export function readBitsPerSecond(text: string): number | undefined {
  return quantity(text.replace(/\/s$/i, ''), BIT_RATE);
}

/** Bytes of `1000`, `64KiB`, `1MB`; whole ones only. */
export function readBytes(text: string): number | undefined {
  const bytes = quantity(text, BYTES);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The share, in (0, 1], of `20%` or `0.5%`. */
export function readShare(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(text);
  const share = match ? Number(match[1]) / 100 : 0;
  return share > 0 && share <= 1 ? share : undefined;
}
