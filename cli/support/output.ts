/** Data for stdout: aligned text tables for people, JSON for programs. */

export interface Pagination {
  readonly limit: number;
  readonly next: string | null;
}

/** The JSON of a list: `{ data, pagination }`. */
export function formatJson(
  data: readonly unknown[],
  pagination: Pagination = { limit: data.length, next: null },
): string {
  return JSON.stringify({ data, pagination }, null, 2);
}

/**
 * What a cell shows: `–` for what is not there, objects as JSON. Control characters, and marks
 * that turn letters around or hide between them, are made visible: names come from afar.
 */
export function cellText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
    },
  );
}

export const isNumeric = (text: string): boolean =>
  text === '–' || /^[-+]?[\d.,]+( ?[%a-zA-Z/µ]+)?$/.test(text);

/** In capitals, but for a unit in brackets: `ERROR (ms)`. */
export const headerText = (header: string): string =>
  header.replace(/\([^)]*\)|[^(]+/g, (part) => (part.startsWith('(') ? part : part.toUpperCase()));

/** Columns aligned by two spaces; numbers to the right. Width is counted in code points. */
export function formatTable(headers: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => headers.map((_, i) => cellText(row[i])));
  const widths = headers.map((header, i) =>
    Math.max(header.length, ...cells.map((row) => [...(row[i] ?? '')].length)),
  );
  const right = headers.map((_, i) => cells.length > 0 && cells.every((row) => isNumeric(row[i] ?? '')));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...text].length));
        return right[i] ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(headers.map(headerText)), ...cells.map(line)].join('\n');
}

/** A table in Markdown. */
export function formatMarkdown(headers: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const cells = rows.map((row) => headers.map((_, i) => cellText(row[i]).replaceAll('|', '\\|')));
  return [line(headers), line(headers.map(() => '---')), ...cells.map(line)].join('\n');
}

/** One JSON object a line. */
export function formatNdjson(data: readonly unknown[]): string {
  return data.map((one) => JSON.stringify(one)).join('\n');
}

/** RFC 4180: what is not there is empty, objects are JSON. The columns are those of the first row. */
export function formatCsv(data: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(data[0] ?? {});
  const cell = (value: unknown): string => {
    const text =
      value === null || value === undefined
        ? ''
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.join(','), ...data.map((row) => columns.map((name) => cell(row[name])).join(','))].join(
    '\r\n',
  );
}

/** The formats of a list that programs go on with. */
export const LIST_FORMATS = ['table', 'json', 'ndjson', 'csv', 'md'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** A list in any of them: people get columns, programs the objects as the API gave them. */
export function formatList(
  format: ListFormat,
  list: {
    readonly data: readonly Readonly<Record<string, unknown>>[];
    readonly pagination: Pagination;
    readonly headers: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
  },
): string {
  const { data, headers, pagination, rows } = list;
  switch (format) {
    case 'table':
      return formatTable(headers, rows);
    case 'md':
      return formatMarkdown(headers, rows);
    case 'json':
      return formatJson(data, pagination);
    case 'ndjson':
      return formatNdjson(data);
    case 'csv':
      return formatCsv(data);
  }
}
