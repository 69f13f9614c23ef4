/** A table that fits a screen: where it is too wide, columns that can be spared are left out, and named. */
import { cellText, headerText, isNumeric } from './output.ts';

export interface FitColumn {
  readonly header: string;
  readonly cells: readonly unknown[];
  /** Colours a cell that is laid out already; `row` from 0. */
  readonly paint?: (text: string, row: number) => string;
  /** The column with the highest is left out first; one without stays. */
  readonly spare?: number;
}

const GAP = '  ';
const widthOf = (text: string): number => [...text].length;

export function fitTable(
  columns: readonly FitColumn[],
  screenColumns: number,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const laid = columns.map(layOut);
  const leftOut: string[] = [];
  while (tableWidth(laid) > screenColumns) {
    const most = Math.max(...laid.map(({ column }) => column.spare ?? 0));
    if (most === 0) break;
    const at = laid.findLastIndex(({ column }) => column.spare === most);
    leftOut.push(...laid.splice(at, 1).map(({ column }) => column.header));
  }
  const head = laid.map(({ head: text }) => text);
  const rows = (columns[0]?.cells ?? []).map((_, row) =>
    laid.map(({ cells, column }) => {
      const text = cells[row] ?? '';
      return column.paint ? column.paint(text, row) : text;
    }),
  );
  return { text: [head, ...rows].map((line) => line.join(GAP).trimEnd()).join('\n'), leftOut };
}

interface LaidOut {
  readonly column: FitColumn;
  readonly width: number;
  readonly head: string;
  readonly cells: readonly string[];
}

function layOut(column: FitColumn): LaidOut {
  const texts = column.cells.map(cellText);
  const head = headerText(column.header);
  const width = Math.max(widthOf(head), ...texts.map(widthOf));
  const isRight = texts.length > 0 && texts.every(isNumeric);
  const pad = (text: string): string => {
    const blanks = ' '.repeat(width - widthOf(text));
    return isRight ? blanks + text : text + blanks;
  };
  return { column, width, head: pad(head), cells: texts.map(pad) };
}

function tableWidth(laid: readonly LaidOut[]): number {
  return laid.reduce((sum, { width }) => sum + width, GAP.length * (laid.length - 1));
}
