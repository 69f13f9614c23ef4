/** Text in lines that are not too long. */

/** Lines of at most so many columns, of which there is at least one: parted at blanks, else behind a mark within a name, else anywhere. */
export function wrap(text: string, most: number): string[] {
  const columns = Math.max(1, most);
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

/** The same, parted at blanks alone: a path, an address or a command's word that is longer stays whole, to be copied. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && [...longer].length > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
