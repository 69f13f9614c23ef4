/** Text for a terminal of 80 columns: what does not fit goes on in the next line, in its own column. */
import { cellText, headerText, isNumeric } from './output.ts';

/** As wide as terminals are where nobody has widened them, and as mails and tickets show it. */
export const NOTE_COLUMNS = 80;
/** No column of text becomes narrower than its words, up to so many letters: then the line is longer. */
const NARROWEST = 12;
const GAP = '  ';

const widthOf = (text: string): number => [...text].length;

/** Lines of at most so many columns: parted at blanks, else behind a mark within a name, else anywhere. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = [...text];
  while (rest.length > columns) {
    const head = rest.slice(0, columns + 1).join('');
    const blank = head.lastIndexOf(' ');
    const mark = Math.max(...['/', '-', '_', ',', ':', '.'].map((one) => head.slice(0, -1).lastIndexOf(one)));
    const cut = blank > 0 ? blank : mark > 2 ? mark + 1 : head.slice(0, -1).length;
    lines.push(head.slice(0, cut).trimEnd());
    rest = [...rest.join('').slice(cut).trimStart()];
  }
  return [...lines, rest.join('')];
}

/** As `formatTable`, but no wider than a screen where that can be: text is wrapped within its column, numbers never. */
export function narrowTable(
  headers: readonly string[],
  rows: readonly (readonly unknown[])[],
  columns = NOTE_COLUMNS,
): string {
  const cells = rows.map((row) => headers.map((_, i) => cellText(row[i])));
  const heads = headers.map(headerText);
  const isNumber = headers.map((_, i) => cells.length > 0 && cells.every((row) => isNumeric(row[i] ?? '')));
  const widths = heads.map((head, i) =>
    Math.max(widthOf(head), ...cells.map((row) => widthOf(row[i] ?? ''))),
  );
  const least = heads.map((head, i) => {
    const words = cells.flatMap((row) => (row[i] ?? '').split(' ').map(widthOf));
    return isNumber[i] ? (widths[i] ?? 0) : Math.max(widthOf(head), Math.min(NARROWEST, Math.max(...words)));
  });
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  while (total() > columns) {
    const room = widths.map((width, i) => (width > (least[i] ?? 0) ? width : 0));
    const widest = room.indexOf(Math.max(...room));
    if (Math.max(...room) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const line = (texts: readonly string[]): string => {
    const parts = texts.map((text, i) => wrap(text, widths[i] ?? 1));
    const height = Math.max(...parts.map((part) => part.length));
    return Array.from({ length: height }, (_, at) =>
      parts
        .map((part, i) => {
          const text = part[at] ?? '';
          const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
          return isNumber[i] ? padding + text : text + padding;
        })
        .join(GAP)
        .trimEnd(),
    ).join('\n');
  };
  return [heads, ...cells].map(line).join('\n');
}

/** What is known, one thing a line: its name, and the rest beside it. */
export function factLines(
  facts: readonly (readonly [name: string, text: string])[],
  columns = NOTE_COLUMNS,
): string {
  const width = Math.max(...facts.map(([name]) => widthOf(name)));
  return facts
    .flatMap(([name, text]) =>
      wrap(cellText(text), Math.max(NARROWEST, columns - width - GAP.length)).map((part, i) =>
        `${(i === 0 ? name : '').padEnd(width)}${GAP}${part}`.trimEnd(),
      ),
    )
    .join('\n');
}
