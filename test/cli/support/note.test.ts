import { expect, it } from 'vitest';
import { factLines } from '../../../cli/support/note.ts';

it('facts stand beside their names, and go on there', () => {
  expect(
    factLines(
      [
        ['id', 'x'],
        ['where', 'one two three'],
      ],
      16,
    ),
  ).toBe('id     x\nwhere  one two\n       three');
});
