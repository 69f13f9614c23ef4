/** Wall clocks of time zones, by the zone data that Node ships (IANA). Pure. */

/** Date and time as a clock on a wall shows them. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether it is a zone that Node knows, such as `Europe/Berlin`. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

const utcOf = ({ year, month, day, hour, minute }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute);

/** What the clock shows at an instant, seconds left out. */
export function wallTimeAt(zone: string, ms: number): WallTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return { year, month, day, hour, minute };
}

/** How far the zone is ahead of UTC, in whole minutes as milliseconds. */
function offsetMs(zone: string, ms: number): number {
  return utcOf(wallTimeAt(zone, ms)) - Math.floor(ms / 60_000) * 60_000;
}

const DAY_MS = 86_400_000;

/**
 * The instant at which the clock shows that, as RFC 5545 §3.3.5 decides the two nights of the year: a time that comes twice is the
 * first of both; one that is left out is as far after the gap as it lies in it (02:30 becomes 03:30).
 */
export function instantOf(zone: string, wall: WallTime): number {
  const utc = utcOf(wall);
  const before = utc - offsetMs(zone, utc - DAY_MS);
  const after = utc - offsetMs(zone, utc + DAY_MS);
  const valid = [before, after].filter((ms) => utcOf(wallTimeAt(zone, ms)) === utc);
  return valid.length > 0 ? Math.min(...valid) : before;
}
