/** Rows of a file of results as runs: what each column means, and what is wrong with a cell. */
import type { Observation } from '../../collector/detect/observation.ts';
import { BLAMES, ERROR_CODES, LAYERS, OUTCOMES, type Outcome } from '../../probes/outcome.ts';
import { type CsvFile, type CsvRow, csvError, isAbsent, placesOf } from './csv-file.ts';

/** Columns that every file of results has. */
export const RESULT_COLUMNS = [
  'ts',
  'probe',
  'target',
  'agent',
  'region',
  'isp',
  'metric',
  'value',
  'outcome',
] as const;

/** Columns that are more than a label, where a file has them. */
const OPTIONAL_COLUMNS = ['type', 'layer', 'blame', 'code', 'disturbed'] as const;

export const RESULT_LIMITS = {
  labelValues: {
    value: 5000,
    reason: 'A column with a value of its own for each run, as an id, is no label of anything.',
    past: 'The column is left out from there on, which is said.',
  },
} as const;

/** The clock of a column of times, by one of its cells: what an instant in Unix milliseconds is there. */
export function clockOf(text: string): (ms: number) => number | string {
  const number = Number(text);
  if (!Number.isFinite(number)) return (ms) => new Date(ms).toISOString();
  return Math.abs(number) < SECONDS_BELOW ? (ms) => ms / 1000 : (ms) => ms;
}

/** One row: a metric of a run, or how it ended. */
export interface ResultRow {
  readonly atMs: number;
  readonly run: Omit<Observation, 'seenMs' | 'outcome' | 'metrics'>;
  readonly outcome: Outcome;
  /** Undefined where the row has no value. */
  readonly value: { readonly metric: string; readonly value: number } | undefined;
}

/** Digits below which a number is seconds since 1970, and not milliseconds: the year 5138. */
const SECONDS_BELOW = 1e11;

/** Unix milliseconds of `1800000000`, `1800000000.25`, `1800000000000` or ISO 8601 (UTC without an offset); NaN otherwise. */
export function instantMs(text: string): number {
  const number = Number(text);
  if (text !== '' && Number.isFinite(number))
    return Math.round(Math.abs(number) < SECONDS_BELOW ? number * 1000 : number);
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return Number.NaN;
  const iso = text.replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes('T') ? iso : `${iso}Z`);
}

/** What other programs call the three outcomes, in small letters. */
const OUTCOME_WORDS: Readonly<Record<Outcome, readonly string[]>> = {
  ok: ['ok', 'success', 'succeeded', 'successful', 'pass', 'passed', 'up', 'true', '1'],
  fail: ['fail', 'failed', 'failure', 'error', 'timeout', 'timed_out', 'down', 'false', '0'],
  missed: ['missed', 'skipped', 'lost', 'missing', 'unknown'],
};
const OUTCOME_OF: ReadonlyMap<string, Outcome> = new Map(
  OUTCOMES.flatMap((outcome) => OUTCOME_WORDS[outcome].map((word) => [word, outcome] as const)),
);

export class ResultRows {
  readonly #path: string;
  /** The clock of the column ts, once a row was read. */
  tsOf: ReturnType<typeof clockOf> | undefined;
  readonly #at: Readonly<Record<(typeof RESULT_COLUMNS)[number], number>>;
  readonly #optional: Readonly<Partial<Record<(typeof OPTIONAL_COLUMNS)[number], number>>>;
  readonly #labels: { readonly name: string; readonly place: number; values: Set<string> | undefined }[];
  /** Of one text of labels one object: millions of runs share a few hundred. */
  readonly #dims = new Map<string, Readonly<Record<string, string>>>();

  /** Throws a `CliError` that names a column that is missing. */
  constructor(file: Pick<CsvFile, 'columns' | 'path'>) {
    this.#path = file.path;
    this.#at = placesOf(file, RESULT_COLUMNS);
    this.#optional = Object.fromEntries(
      OPTIONAL_COLUMNS.flatMap((name) => {
        const place = file.columns.indexOf(name);
        return place < 0 ? [] : [[name, place]];
      }),
    );
    const known = new Set<string>([...RESULT_COLUMNS, ...OPTIONAL_COLUMNS].filter((name) => name !== 'isp'));
    this.#labels = file.columns.flatMap((name, place) =>
      known.has(name) ? [] : [{ name, place, values: new Set<string>() }],
    );
  }

  /** Columns that turned out to be no labels. */
  get leftOut(): readonly string[] {
    return this.#labels.filter(({ values }) => !values).map(({ name }) => name);
  }

  /** Throws a `CliError` that names line and column. */
  read({ cells, line }: CsvRow): ResultRow {
    const at = this.#at;
    const atMs = instantMs(cells[at.ts] as string);
    if (Number.isNaN(atMs))
      throw this.#wrong(line, 'ts', cells[at.ts], 'unix seconds, milliseconds or ISO 8601');
    this.tsOf ??= clockOf(cells[at.ts] as string);
    const word = cells[at.outcome] as string;
    const outcome = OUTCOME_OF.get(word) ?? OUTCOME_OF.get(word.trim().toLowerCase());
    if (!outcome) throw this.#wrong(line, 'outcome', word, OUTCOMES.join(', '));
    const agent = this.#named(cells, line, 'agent');
    const probe = this.#named(cells, line, 'probe');
    const { type } = this.#optional;
    const dims = this.#dimsOf(cells);
    return {
      atMs,
      run: {
        agent,
        region: cells[at.region] as string,
        probe,
        type: (type === undefined ? '' : cells[type]) || probe,
        target: cells[at.target] as string,
        ...(dims && { dims }),
        scheduledMs: atMs,
        disturbed: this.#isDisturbed(cells),
        ...(outcome === 'fail' && { failure: this.#failure(cells) }),
      },
      outcome,
      value: outcome === 'ok' ? this.#value(cells, line) : undefined,
    };
  }

  #named(cells: readonly string[], line: number, column: 'agent' | 'probe'): string {
    const name = cells[this.#at[column]] as string;
    if (name === '') throw this.#wrong(line, column, name, 'a name');
    return name;
  }

  #value(cells: readonly string[], line: number): ResultRow['value'] {
    const text = cells[this.#at.value] as string;
    const value = text === '' ? Number.NaN : Number(text);
    // It went well, and did not measure this.
    if (!Number.isFinite(value) && isAbsent(text)) return undefined;
    if (!Number.isFinite(value)) throw this.#wrong(line, 'value', text, 'a number, or nothing');
    const metric = cells[this.#at.metric] as string;
    if (metric === '') throw this.#wrong(line, 'metric', metric, 'the name of what was measured');
    return { metric, value };
  }

  #isDisturbed(cells: readonly string[]): boolean {
    const { disturbed } = this.#optional;
    if (disturbed === undefined) return false;
    return /^(1|true|yes)$/i.test(cells[disturbed] as string);
  }

  #failure(cells: readonly string[]): NonNullable<Observation['failure']> {
    const one = <T extends string>(column: 'layer' | 'blame' | 'code', list: readonly T[], other: T): T => {
      const place = this.#optional[column];
      const found = place === undefined ? undefined : list.find((word) => word === cells[place]);
      return found ?? other;
    };
    const codes = Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[];
    return {
      layer: one('layer', LAYERS, 'http'),
      blame: one('blame', BLAMES, 'unknown'),
      code: one('code', codes, 'timeout'),
    };
  }

  #dimsOf(cells: readonly string[]): Readonly<Record<string, string>> | undefined {
    if (this.#labels.length === 0) return undefined;
    let key = '';
    for (const { place } of this.#labels) key += `${cells[place]}\u0000`;
    let dims = this.#dims.get(key);
    if (dims) return dims;
    dims = Object.fromEntries(
      this.#labels.flatMap((label) => {
        const value = cells[label.place] as string;
        return value === '' || !this.#isLabel(label, value) ? [] : [[label.name, value]];
      }),
    );
    if (this.#dims.size >= RESULT_LIMITS.labelValues.value) this.#dims.clear();
    this.#dims.set(key, dims);
    return dims;
  }

  #isLabel(label: { values: Set<string> | undefined }, value: string): boolean {
    label.values?.add(value);
    if (label.values && label.values.size > RESULT_LIMITS.labelValues.value) label.values = undefined;
    return label.values !== undefined;
  }

  #wrong(line: number, column: string, cell: string | undefined, expected: string): Error {
    return csvError(this.#path, line, `column ${column}: ${JSON.stringify(cell)}`, `expected ${expected}`);
  }
}
