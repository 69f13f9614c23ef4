/** Commands that people copy into a POSIX shell: names come from afar. */
import { cellText } from './cell-text.ts';

/** Text as one word of a command. */
export function shellWord(text: string): string {
  const plain = cellText(text);
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}

const END = ' \\';

/** A command in lines that are no longer than so many columns where its words allow; a flag stays with its value. Copied together they are one command. */
export function commandLines(words: readonly string[], columns: number, indent = ''): string[] {
  const parts: string[] = [];
  for (const [i, word] of words.entries()) {
    const isValue = words[i - 1]?.startsWith('--') === true && !word.startsWith('--');
    if (isValue) parts.push(`${parts.pop()} ${shellWord(word)}`);
    else parts.push(shellWord(word));
  }
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? `${indent}${part}` : `${line} ${part}`;
    if (line !== '' && longer.length + END.length > columns) {
      lines.push(line + END);
      line = `${indent}  ${part}`;
    } else line = longer;
  }
  return [...lines, line];
}
