/** A table that fits a screen: sentences are wrapped within their column, then columns that can be spared are left out, then names are wrapped. */
import { cellText, headerText, isNumeric } from './cell-text.ts';
import { wrap } from './wrap.ts';

export interface FitColumn {
  readonly header: string;
  readonly cells: readonly unknown[];
  /** Colours what a cell shows, or a line of it; `row` from 0. */
  readonly paint?: (text: string, row: number) => string;
  /** The column with the highest is left out first; one without, or with 0, stays. */
  readonly spare?: number;
}

const GAP = '  ';
/** A sentence is not wrapped into less while something else can give way, nor anything into less than the second. */
const SENTENCE_LEAST = 24;
const WORD_LEAST = 12;

const widthOf = (text: string): number => [...text].length;

/** In a pipe, of endless columns, each row is one line. Numbers are never wrapped: a table of many may stay too wide. */
export function fitTable(
  columns: readonly FitColumn[],
  screenColumns: number,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const laid = columns.map(layOut);
  const leftOut: string[] = [];
  const shrink = (least: (one: LaidOut) => number): void => shrinkWidest(laid, screenColumns, least);
  shrink(({ isSentence, least, width }) => (isSentence ? Math.max(least, SENTENCE_LEAST) : width));
  while (tableWidth(laid) > screenColumns) {
    const most = Math.max(...laid.map(({ column }) => column.spare ?? 0));
    if (most === 0) break;
    const at = laid.findLastIndex(({ column }) => column.spare === most);
    leftOut.push(...laid.splice(at, 1).map(({ column }) => column.header));
  }
  if (leftOut.length > 0) widenSentences(laid, screenColumns);
  shrink(({ isSentence, least, width }) => (isSentence ? least : width));
  shrink(({ least }) => least);
  const head = laid.map(({ head: text, isRight, width }) =>
    isRight ? text.padStart(width) : text.padEnd(width),
  );
  const rows = (columns[0]?.cells ?? []).map((_, row) => rowText(laid, row));
  return { text: [head.join(GAP).trimEnd(), ...rows].join('\n'), leftOut };
}

interface LaidOut {
  readonly column: FitColumn;
  readonly head: string;
  readonly cells: readonly string[];
  readonly isRight: boolean;
  readonly isSentence: boolean;
  /** The narrowest and the widest that it is of use. */
  readonly least: number;
  readonly most: number;
  width: number;
}

function layOut(column: FitColumn): LaidOut {
  const cells = column.cells.map(cellText);
  const head = headerText(column.header);
  const most = Math.max(widthOf(head), ...cells.map(widthOf));
  const isRight = cells.length > 0 && cells.every(isNumeric);
  const words = cells.flatMap((text) => text.split(' ').map(widthOf));
  const least = isRight ? most : Math.max(widthOf(head), Math.min(WORD_LEAST, Math.max(0, ...words)));
  const isSentence = !isRight && cells.some((text) => text.includes(' '));
  return { column, head, cells, isRight, isSentence, least, most, width: most };
}

/** The widest gives way first, a letter at a time. */
function shrinkWidest(laid: LaidOut[], screenColumns: number, least: (one: LaidOut) => number): void {
  while (tableWidth(laid) > screenColumns) {
    const able = laid.filter((one) => one.width > least(one));
    const widest = able.toSorted((a, b) => b.width - a.width)[0];
    if (!widest) return;
    widest.width -= 1;
  }
}

/** What columns that were left out have made room for. */
function widenSentences(laid: LaidOut[], screenColumns: number): void {
  for (;;) {
    const able = laid.filter(({ most, width }) => width < most);
    const narrowest = able.toSorted((a, b) => a.width - b.width)[0];
    if (!narrowest || tableWidth(laid) >= screenColumns) return;
    narrowest.width += 1;
  }
}

/** As many lines as its tallest cell has. */
function rowText(laid: readonly LaidOut[], row: number): string {
  const parts = laid.map(({ cells, width }) => wrap(cells[row] ?? '', Math.max(1, width)));
  const height = Math.max(...parts.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    laid
      .map(({ column, isRight, width }, i) => {
        const text = parts[i]?.[at] ?? '';
        const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
        const shown = column.paint && text !== '' ? column.paint(text, row) : text;
        return isRight ? blanks + shown : shown + blanks;
      })
      .join(GAP)
      .trimEnd(),
  ).join('\n');
}

function tableWidth(laid: readonly LaidOut[]): number {
  return laid.reduce((sum, { width }) => sum + width, GAP.length * (laid.length - 1));
}
