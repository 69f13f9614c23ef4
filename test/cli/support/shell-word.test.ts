import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLines, shellWord } from '../../../cli/support/shell-word.ts';

const WORDS = [
  'printf',
  '%s|',
  'plain',
  "it's",
  '$(touch /tmp/never)',
  '`id`; rm *',
  'a b',
  '--since',
  '5m',
  '#x',
];

describe('a command to be copied', () => {
  it.each([200, 30, 8])(
    'is read by a shell as the words that it is of, in lines of %i columns',
    (columns) => {
      const text = commandLines(WORDS, columns, '  ').join('\n');
      expect(execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' })).toBe(
        `${WORDS.slice(2).join('|')}|`,
      );
    },
  );

  it('keeps to its columns, with an indent', () => {
    const lines = commandLines(Array(20).fill('word'), 30, '  ');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(30);
    expect(lines.every((line) => line.startsWith('  '))).toBe(true);
  });

  it('has nothing that a terminal would obey', () => {
    expect(shellWord('a\u001b[2Jb')).toBe("'a\\x1b[2Jb'");
  });
});
