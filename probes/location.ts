/**
 * Which places: the text of `from:` and `--from`, such as `eu-west+residential`, `3 of AS3320 | AS6830`, or
 * `2 per region, different ASNs`. Text becomes a plain value; who matches it is for those to say who know the agents.
 *
 *     location    = [count] ["of"] expression ["," spread]…
 *     expression  = alternative ["|" alternative]…      one of them
 *     alternative = term ["+" term]…                    all of them
 *     term        = ["!"] [label ":"] value             `*` stands for any characters; values with separators go into quotes;
 *                                                  `group:NAME` is what an agent group says
 *     spread      = [count] "per" label | "different" label ["and" label]…
 */
import type { Limit } from './limit.ts';

/** Labels of which an agent has one value: what places can be counted by. */
export const PLACE_LABELS = ['region', 'country', 'city', 'asn', 'isp', 'provider', 'network'] as const;
export type PlaceLabel = (typeof PLACE_LABELS)[number];

export const LOCATION_LIMITS = {
  textLength: {
    value: 1000,
    reason: 'A list of some fifty places; a longer one belongs into tags of the agents.',
    past: 'The location is refused.',
  },
  terms: {
    value: 64,
    reason: 'Each is compared with each agent whenever the fleet changes.',
    past: 'The location is refused.',
  },
  count: {
    value: 1000,
    reason: 'Of each place: more eyes than this see nothing that fewer did not.',
    past: 'The location is refused.',
  },
} as const satisfies Record<string, Limit>;

/** One condition. Without a label any of the labels, a tag or the id of the agent may have the value. */
export interface Term {
  readonly not: boolean;
  readonly label?: PlaceLabel | 'tag' | 'agent' | 'group';
  /** In lower case; the number alone of an asn. */
  readonly value: string;
}

/** Alternatives, each of conditions that hold together. */
export type Expression = readonly (readonly Term[])[];

/** A location as text gives it, in the shape of `locationSchema`. */
export interface Location {
  at?: string;
  count?: number;
  per?: PlaceLabel;
  different?: PlaceLabel[];
}

/** A text that is no location. The message says what is wrong with it. */
export class LocationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LocationError';
  }
}

const PLURALS: Readonly<Record<string, PlaceLabel>> = {
  regions: 'region',
  countries: 'country',
  cities: 'city',
  asns: 'asn',
  isps: 'isp',
  providers: 'provider',
  networks: 'network',
};

/** Reads the text of `from:`; throws `LocationError`. */
export function parseLocation(text: string): Location {
  checkLength(text);
  const location: Location = {};
  split(text, ',').forEach((part, index) => {
    if (!readSpread(part, location)) {
      if (index > 0)
        throw new LocationError(
          `"${part}" is neither "per LABEL" nor "different LABEL"; places go before it`,
        );
      readPlaces(part, location);
    }
  });
  if (location.at !== undefined) parseExpression(location.at);
  if (location.per !== undefined && location.count === undefined && location.different === undefined)
    throw new LocationError(`"per ${location.per}" needs a number: 2 per ${location.per}`);
  return location;
}

/** `2 per region`, `per region`, `different ASNs and isps`; false when the part is of another kind. */
function readSpread(part: string, location: Location): boolean {
  const per = /^(?:(\d+) +)?per +(\w+)(?: +(?:of|in|from) +(.+))?$/i.exec(part);
  if (per) {
    if (per[1] !== undefined) setCount(location, per[1]);
    once(location, 'per', part);
    location.per = labelOf(per[2] as string);
    if (per[3] !== undefined) {
      once(location, 'at', part);
      location.at = per[3];
    }
    return true;
  }
  const different = /^different +(.+)$/i.exec(part);
  if (!different) return false;
  const labels = (different[1] as string).split(/ +and +| +/i).map(labelOf);
  location.different = [...new Set([...(location.different ?? []), ...labels])];
  return true;
}

/** `3 of eu-west`, `eu-west`, `all`, `2 eu-west per isp`. */
function readPlaces(part: string, location: Location): void {
  const counted = /^(\d+)(?: +(?:of|in|from) +| +|$)(.*)$/i.exec(part);
  if (counted) setCount(location, counted[1] as string);
  const places = counted ? (counted[2] as string) : part;
  const per = /^(.*?) +per +(\w+)$/i.exec(places);
  if (per) location.per = labelOf(per[2] as string);
  const at = (per ? (per[1] as string) : places).trim();
  if (at !== '' && !/^(all|agents?|any)$/i.test(at)) location.at = at;
}

function setCount(location: Location, digits: string): void {
  once(location, 'count', digits);
  const count = Number(digits);
  if (count < 1 || count > LOCATION_LIMITS.count.value)
    throw new LocationError(`${digits} agents cannot be asked for: from 1 to ${LOCATION_LIMITS.count.value}`);
  location.count = count;
}

function once(location: Location, key: keyof Location, part: string): void {
  if (location[key] !== undefined)
    throw new LocationError(`"${part}" says a second time what was said before`);
}

function labelOf(word: string): PlaceLabel {
  const lower = word.toLowerCase();
  const label = PLACE_LABELS.find((one) => one === lower) ?? PLURALS[lower];
  if (label) return label;
  throw new LocationError(`"${word}" is no label to count by; labels: ${PLACE_LABELS.join(', ')}`);
}

/** Reads what stands before the first comma of a location, or in `at`; throws `LocationError`. */
export function parseExpression(text: string): Expression {
  checkLength(text);
  const alternatives = split(text, '|').map((alternative) => split(alternative, '+').map(parseTerm));
  if (alternatives.flat().length > LOCATION_LIMITS.terms.value)
    throw new LocationError(`more than ${LOCATION_LIMITS.terms.value} conditions`);
  return alternatives;
}

function parseTerm(text: string): Term {
  const not = text.startsWith('!');
  const rest = (not ? text.slice(1) : text).trim();
  const labelled = /^([a-z]+) *: *(.*)$/i.exec(rest);
  const value = unquoted(labelled ? (labelled[2] as string) : rest).toLowerCase();
  if (value === '') throw new LocationError('a condition is empty: say a place, such as eu-west+residential');
  if (!labelled) {
    const number = /^as(\d+)$/.exec(value)?.[1];
    return number === undefined ? { not, value } : { not, label: 'asn', value: number };
  }
  const word = (labelled[1] as string).toLowerCase();
  const label = word === 'tag' || word === 'agent' || word === 'group' ? word : labelOf(word);
  return { not, label, value: label === 'asn' ? value.replace(/^as(?=\d)/, '') : value };
}

/** Whether a value is that of the condition; `*` stands for any characters. */
export function valueMatches(pattern: string, value: string): boolean {
  const text = value.toLowerCase();
  if (!pattern.includes('*')) return pattern === text;
  const parts = pattern.split('*');
  const last = parts.pop() as string;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = text.indexOf(part, at);
    if (found < 0 || (index === 0 && found > 0)) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function unquoted(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}

/** Parts between separators outside of quotes, trimmed. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    if (quoted || text[at] !== separator) continue;
    parts.push(text.slice(from, at));
    from = at + 1;
  }
  if (quoted) throw new LocationError('a quotation mark is not closed');
  return [...parts, text.slice(from)].map((part) => part.trim());
}

function checkLength(text: string): void {
  if (text.trim() === '') throw new LocationError('it is empty: leave it out for all agents');
  if (text.length > LOCATION_LIMITS.textLength.value)
    throw new LocationError(`it is longer than ${LOCATION_LIMITS.textLength.value} characters`);
}
