/** Which days a maintenance window begins on: the part of RFC 5545 §3.3.10 that people plan maintenance by. Pure. */

const DAY_MS = 86_400_000;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;

interface Weekday {
  /** 0 is Sunday. */
  readonly day: number;
  /** Of a month: 1 the first, -1 the last; undefined for each. */
  readonly nth?: number;
}

export interface Recurrence {
  readonly freq: 'DAILY' | 'WEEKLY' | 'MONTHLY';
  readonly interval: number;
  readonly byDay: readonly Weekday[];
  readonly byMonthDay: readonly number[];
  /** The last day that it may begin on, as its number since 1970. */
  readonly untilDay: number | undefined;
}

/** A date as its number since 1970-01-01. */
export const dayNumber = (year: number, month: number, day: number): number =>
  Date.UTC(year, month - 1, day) / DAY_MS;

const WORDS: Readonly<Record<string, string>> = {
  daily: 'FREQ=DAILY',
  weekly: 'FREQ=WEEKLY',
  monthly: 'FREQ=MONTHLY',
  weekdays: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
};

const INTERVAL_MAX = 365;

/**
 * Reads `daily`, `weekly`, `weekdays`, `monthly`, or a rule such as `FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;UNTIL=20261231`. Throws an `Error` that
 * says what cannot be read.
 */
export function parseRecurrence(text: string): Recurrence {
  const rule = WORDS[text] ?? text;
  const parts = new Map<string, string>();
  for (const word of rule.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=([A-Z0-9,+-]+)$/.exec(word) ?? [];
    if (!PARTS.has(name)) throw new Error(`${JSON.stringify(word)} is none of ${[...PARTS].join(', ')}`);
    if (parts.has(name)) throw new Error(`${name} stands twice`);
    parts.set(name, value);
  }
  const freq = parts.get('FREQ');
  if (freq !== 'DAILY' && freq !== 'WEEKLY' && freq !== 'MONTHLY')
    throw new Error('FREQ is DAILY, WEEKLY or MONTHLY');
  const byDay = (parts.get('BYDAY')?.split(',') ?? []).map((word) => weekdayOf(word, freq));
  const byMonthDay = (parts.get('BYMONTHDAY')?.split(',') ?? []).map(monthDayOf);
  if (byMonthDay.length > 0 && freq !== 'MONTHLY') throw new Error('BYMONTHDAY needs FREQ=MONTHLY');
  const interval = Number(parts.get('INTERVAL') ?? 1);
  if (!(Number.isInteger(interval) && interval >= 1 && interval <= INTERVAL_MAX))
    throw new Error(`INTERVAL is from 1 to ${INTERVAL_MAX}`);
  return { freq, interval, byDay, byMonthDay, untilDay: untilOf(parts.get('UNTIL')) };
}

const PARTS = new Set(['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'UNTIL']);

function weekdayOf(word: string, freq: string): Weekday {
  const [, nth, name = ''] = /^([+-]?[1-5])?([A-Z]{2})$/.exec(word) ?? [];
  const day = WEEKDAYS.indexOf(name as (typeof WEEKDAYS)[number]);
  if (day === -1) throw new Error(`BYDAY ${word} is no day such as SU, or 1SU and -1FR of a month`);
  if (nth !== undefined && freq !== 'MONTHLY') throw new Error(`BYDAY ${word} needs FREQ=MONTHLY`);
  return nth === undefined ? { day } : { day, nth: Number(nth) };
}

function monthDayOf(word: string): number {
  const day = Number(word);
  if (!Number.isInteger(day) || day === 0 || Math.abs(day) > 31)
    throw new Error(`BYMONTHDAY ${word} is not from 1 to 31, or -1 for the last`);
  return day;
}

function untilOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  if (day === undefined) throw new Error(`UNTIL ${text} is no day such as 20261231`);
  const number = dayNumber(Number(year), Number(month), Number(day));
  const back = new Date(number * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  if (back !== text) throw new Error(`UNTIL ${text} is no day that there is`);
  return number;
}

/** Whether a window that first began on the day `first` begins on the day `day` again; both since 1970, in the zone of the window. */
export function recursOn(rule: Recurrence, first: number, day: number): boolean {
  if (day < first || (rule.untilDay !== undefined && day > rule.untilDay)) return false;
  const weekday = weekdayOfDay(day);
  switch (rule.freq) {
    case 'DAILY':
      return (day - first) % rule.interval === 0 && anyDay(rule.byDay, weekday);
    case 'WEEKLY': {
      const days = rule.byDay.length > 0 ? rule.byDay : [{ day: weekdayOfDay(first) }];
      const weeks = (mondayBefore(day) - mondayBefore(first)) / 7;
      return weeks % rule.interval === 0 && anyDay(days, weekday);
    }
    case 'MONTHLY':
      return recursInMonth(rule, first, day);
  }
}

const weekdayOfDay = (day: number): number => (((day + 4) % 7) + 7) % 7;
const mondayBefore = (day: number): number => day - ((weekdayOfDay(day) + 6) % 7);
const anyDay = (days: readonly Weekday[], weekday: number): boolean =>
  days.length === 0 || days.some((one) => one.day === weekday);

function recursInMonth({ interval, byDay, byMonthDay }: Recurrence, first: number, day: number): boolean {
  const [from, date] = [new Date(first * DAY_MS), new Date(day * DAY_MS)];
  const months =
    12 * (date.getUTCFullYear() - from.getUTCFullYear()) + date.getUTCMonth() - from.getUTCMonth();
  if (months % interval !== 0) return false;
  const dayOfMonth = date.getUTCDate();
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const isMonthDay = (days: readonly number[]) =>
    days.some((one) => (one > 0 ? one === dayOfMonth : length + one + 1 === dayOfMonth));
  if (byMonthDay.length > 0 && !isMonthDay(byMonthDay)) return false;
  if (byDay.length === 0) return byMonthDay.length > 0 || dayOfMonth === from.getUTCDate();
  const fromStart = Math.ceil(dayOfMonth / 7);
  const fromEnd = -Math.ceil((length - dayOfMonth + 1) / 7);
  return byDay.some(
    ({ day: weekday, nth }) =>
      weekday === weekdayOfDay(day) && (nth === undefined || nth === fromStart || nth === fromEnd),
  );
}
