/**
 * A strict reader of the Prometheus text format 0.0.4, for tests: it refuses what promtool or a scraper would complain of.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Reads `{a="b",c="d"}` from the start of `text`; gives the labels and what follows. */
function parseLabels(text: string): { labels: Record<string, string>; rest: string } {
  const labels: Record<string, string> = {};
  let at = 1;
  while (text[at] !== '}') {
    const equals = text.indexOf('="', at);
    const name = text.slice(at, equals);
    if (equals < 0 || !LABEL.test(name)) throw new Error(`bad label name in ${text}`);
    if (name in labels) throw new Error(`label ${name} twice in ${text}`);
    let value = '';
    for (at = equals + 2; text[at] !== '"'; at += 1) {
      if (text[at] === undefined || text[at] === '\n') throw new Error(`label value not closed in ${text}`);
      if (text[at] !== '\\') {
        value += text[at];
        continue;
      }
      at += 1;
      const escaped = { n: '\n', '"': '"', '\\': '\\' }[text[at] ?? ''];
      if (escaped === undefined) throw new Error(`bad escape in ${text}`);
      value += escaped;
    }
    labels[name] = value;
    at += 1;
    if (text[at] === ',') at += 1;
    else if (text[at] !== '}') throw new Error(`expected , or } in ${text}`);
  }
  return { labels, rest: text.slice(at + 1) };
}

function parseValue(text: string): number {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`bad value ${text}`);
  return Number(text);
}

function parseSample(line: string): ParsedSample {
  const name = /^[^{ ]+/.exec(line)?.[0] ?? '';
  if (!NAME.test(name)) throw new Error(`bad metric name in ${line}`);
  const after = line.slice(name.length);
  const { labels, rest } = after.startsWith('{') ? parseLabels(after) : { labels: {}, rest: after };
  if (!rest.startsWith(' ')) throw new Error(`expected one space before the value in ${line}`);
  return { name, labels, value: parseValue(rest.slice(1)) };
}

/** The families of a page by name. Throws on anything irregular: order, duplicates, names, escapes, numbers, the last newline. */
export function parsePrometheus(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let current = '';
  let help: { name: string; text: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      help = { name: comment[2] ?? '', text: comment[3] ?? '' };
    } else if (comment?.[1] === 'TYPE') {
      const [, , name = '', type = ''] = comment;
      if (help?.name !== name) throw new Error(`TYPE of ${name} does not follow its HELP`);
      if (families.has(name)) throw new Error(`family ${name} twice`);
      if (!['counter', 'gauge'].includes(type)) throw new Error(`type ${type}`);
      if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${type} named ${name}`);
      families.set(name, { help: help.text, type, samples: [] });
      current = name;
    } else {
      const sample = parseSample(line);
      if (sample.name !== current) throw new Error(`sample of ${sample.name} among those of ${current}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(key)) throw new Error(`series twice: ${line}`);
      seen.add(key);
      families.get(current)?.samples.push(sample);
    }
  }
  return families;
}
