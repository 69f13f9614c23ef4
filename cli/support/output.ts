/** Data for stdout: aligned text tables for people, JSON for programs. */
import { cellText, headerText } from './cell-text.ts';
import { fitTable } from './fit-table.ts';
import { statePaint } from './state-colour.ts';
import { type Terminal, terminalOf } from './terminal.ts';
import { wrap } from './wrap.ts';

/** Of a column; where there is no room, the one with the highest `spare` is left out first. */
export type Header = string | { readonly text: string; readonly spare: number };

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
 * Columns aligned by two spaces; numbers to the right. On a terminal no wider than that, with the usual states in colour; in a
 * pipe each row is one line.
 */
export function formatTable(
  headers: readonly Header[],
  rows: readonly (readonly unknown[])[],
  { colours, columns }: Pick<Terminal, 'colours' | 'columns'> = terminalOf(),
): string {
  const { leftOut, text } = fitTable(
    headers.map((header, i) => {
      const { spare, text: name } = typeof header === 'string' ? { spare: 0, text: header } : header;
      const cells = rows.map((row) => row[i]);
      return { header: name, cells, spare, ...(colours ? statePaint(name, cells) : {}) };
    }),
    columns,
  );
  if (leftOut.length === 0) return text;
  const note = `(no room for ${leftOut.map(headerText).join(', ')}: a wider terminal has more, -o json all)`;
  return [text, ...wrap(note, columns)].join('\n');
}

/** A table in Markdown. */
export function formatMarkdown(headers: readonly Header[], rows: readonly (readonly unknown[])[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const cells = rows.map((row) => headers.map((_, i) => cellText(row[i]).replaceAll('|', '\\|')));
  const names = headers.map((header) => (typeof header === 'string' ? header : header.text));
  return [line(names), line(names.map(() => '---')), ...cells.map(line)].join('\n');
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
    readonly headers: readonly Header[];
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
