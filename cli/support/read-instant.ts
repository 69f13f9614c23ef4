/** Instants as people say them: `2h`, `2026-11-20 14:00`, `yesterday 14:00 Asia/Singapore`, `monday 9am +08:00`. */
import { instantOf, isZone, type WallTime, wallTimeAt } from '../../collector/notify/zoned-time.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export interface InstantContext {
  /** The flag that it was given to, for the error: `--since`. */
  readonly flag: string;
  readonly nowMs: number;
  /** Of times that name none; that of the machine when absent. */
  readonly zone?: string;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;
const ZONE_SHAPE = /^([A-Za-z]+(\/[A-Za-z0-9_+-]+)+|Z|UTC|GMT|[A-Z]{3,4}|[+-]\d\d:\d\d)$/;

const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * Unix milliseconds. A weekday is the last one before today, a time alone the last one before now. Throws a `CliError`, exit
 * code 64, that says what cannot be read.
 */
export function readInstant(text: string, context: InstantContext): number {
  const said = text.trim().replace(/\s+ago$/i, '');
  const backMs = parseDurationMs(said);
  if (backMs !== undefined) return context.nowMs - backMs;
  if (/^now$/i.test(said)) return context.nowMs;
  if (ISO_INSTANT.test(said) && !Number.isNaN(Date.parse(said))) return Date.parse(said);
  const words = said.replace(/^(\d{4}-\d\d-\d\d)T(?=\d)/i, '$1 ').split(/\s+/);
  const zone = zoneOf(words, text, context);
  const today = wallTimeAt(zone, context.nowMs);
  const [first = '', ...rest] = words;
  const day = dayOf(first, today);
  const clockWord = day === undefined ? first : rest.shift();
  const clock = clockWord === undefined ? { hour: 0, minute: 0 } : clockOf(clockWord);
  if (clock === undefined || rest.length > 0) throw refusal(text, context);
  const instantMs = instantOf(zone, { ...(day ?? today), ...clock });
  if (day !== undefined || instantMs <= context.nowMs) return instantMs;
  return instantOf(zone, { ...shifted(today, -1), ...clock });
}

/** The zone at the end of the words, which is taken off them. */
function zoneOf(words: string[], text: string, context: InstantContext): string {
  const last = words.at(-1) ?? '';
  if (words.length < 2 || !ZONE_SHAPE.test(last)) return context.zone ?? localZone();
  const name = last === 'Z' ? 'UTC' : last;
  if (!isZone(name)) {
    const near = suggest(name, Intl.supportedValuesOf('timeZone'));
    throw new CliError(`${context.flag} ${text}: there is no time zone ${name}`, {
      hint: near ? `did you mean ${near}?` : 'a zone such as Asia/Singapore, UTC or +08:00',
      exit: EXIT.usage,
    });
  }
  words.pop();
  return name;
}

type Day = Pick<WallTime, 'year' | 'month' | 'day'>;

/** The day so many days from another; months and years carry over. */
function shifted({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function dayOf(word: string, today: WallTime): Day | undefined {
  const name = word.toLowerCase();
  if (name === 'today') return today;
  if (name === 'yesterday') return shifted(today, -1);
  const weekday = WEEKDAYS.findIndex((one) => one === name || (name.length === 3 && one.startsWith(name)));
  if (weekday !== -1) {
    const now = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay();
    return shifted(today, -(((now - weekday + 6) % 7) + 1));
  }
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(name) ?? [];
  if (day === undefined) return undefined;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const real = shifted(date, 0);
  return real.day === date.day && real.month === date.month ? date : undefined;
}

function clockOf(word: string): Pick<WallTime, 'hour' | 'minute'> | undefined {
  if (/^noon$/i.test(word)) return { hour: 12, minute: 0 };
  if (/^midnight$/i.test(word)) return { hour: 0, minute: 0 };
  const [, hours, minutes, half] = /^(\d{1,2})(?::(\d\d))?(am|pm)?$/i.exec(word) ?? [];
  if (hours === undefined || (minutes === undefined && half === undefined)) return undefined;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (/pm/i.test(half) ? 12 : 0);
  const minute = Number(minutes ?? 0);
  const isReal =
    minute < 60 && hour < 24 && (half === undefined || (Number(hours) >= 1 && Number(hours) <= 12));
  return isReal ? { hour, minute } : undefined;
}

function refusal(text: string, { flag }: InstantContext): CliError {
  return new CliError(`${flag} ${text} is not a time`, {
    why: 'a time is a duration back from now, a day, a time of day, or both; with a zone when it is not that of this machine',
    hint: `${flag} 2h, ${flag} 2026-11-20, ${flag} "yesterday 14:00 Asia/Singapore", ${flag} "monday 9am UTC"`,
    exit: EXIT.usage,
  });
}
