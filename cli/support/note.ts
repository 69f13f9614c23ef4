/** Parts of a text that people read from top to bottom: paragraphs, facts, small tables, no wider than is read with ease. */
import { cellText } from './cell-text.ts';
import { formatTable, type Header } from './output.ts';
import { terminalOf } from './terminal.ts';
import { wrap } from './wrap.ts';

/** As wide as terminals are where nobody has widened them, and as mails and tickets show it. */
const PIPE_COLUMNS = 80;
/** Longer lines are hard to find back from. */
const COLUMNS_MAX = 120;
/** No text becomes narrower. */
const NARROWEST = 12;
const GAP = '  ';

/** Letters in a line: as the terminal has, within reason. */
export function noteColumns(): number {
  const { columns } = terminalOf();
  return Number.isFinite(columns) ? Math.min(columns, COLUMNS_MAX) : PIPE_COLUMNS;
}

/** The same of stderr; without end where it is no terminal, for programs read messages by the line. */
export function messageColumns(): number {
  const { columns, isScreen } = terminalOf(process.stderr);
  return isScreen ? Math.min(columns, COLUMNS_MAX) : Number.POSITIVE_INFINITY;
}

/** A paragraph; with an `indent` in front of each line after the first. */
export function paragraph(text: string, indent = ''): string {
  return wrap(cellText(text), noteColumns() - indent.length).join(`\n${indent}`);
}

export function noteTable(headers: readonly Header[], rows: readonly (readonly unknown[])[]): string {
  return formatTable(headers, rows, { colours: terminalOf().colours, columns: noteColumns() });
}

/** What is known, one thing a line: its name, and the rest beside it. */
export function factLines(
  facts: readonly (readonly [name: string, text: string])[],
  columns = noteColumns(),
): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts
    .flatMap(([name, text]) =>
      wrap(cellText(text), Math.max(NARROWEST, columns - width - GAP.length)).map((part, i) =>
        `${(i === 0 ? name : '').padEnd(width)}${GAP}${part}`.trimEnd(),
      ),
    )
    .join('\n');
}
