/** Commands that people copy into a POSIX shell: names come from afar. */
import { cellText } from './cell-text.ts';

/** Text as one word of a command. */
export function shellWord(text: string): string {
  const plain = cellText(text);
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}

const END = ' \\';

/** A command in lines that are no longer than so many columns where its words allow; copied together they are one command. */
export function commandLines(words: readonly string[], columns: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.map(shellWord)) {
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (line !== '' && longer.length + END.length > columns) {
      lines.push(line + END);
      line = `${indent}  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
