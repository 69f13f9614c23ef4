import { describe, expect, it } from 'vitest';
import { factLines, narrowTable, wrap } from '../../../cli/support/narrow-text.ts';
import { formatTable } from '../../../cli/support/output.ts';

describe('text that is wrapped', () => {
  it.each([
    ['as it is', 20, ['as it is']],
    ['one two three', 8, ['one two', 'three']],
    ['eu-west-1/boot/7', 10, ['eu-west-1/', 'boot/7']],
    ['aaaaaaaaaa', 4, ['aaaa', 'aaaa', 'aa']],
    ['', 4, ['']],
  ])('%j at %i', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  it('never is wider than asked for, and loses no letter', () => {
    const text = 'a bb-ccc/dddd eeeee_ffffff,ggggggg hhhhhhhh:iiiiiiiii. jjjjjjjjjj';
    for (let columns = 3; columns < 70; columns += 1) {
      const lines = wrap(text, columns);
      expect(lines.every((line) => line.length <= columns)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });
});

describe('a narrow table', () => {
  const rows = [
    ['eu-west-1', 'one two three four five six seven', 12],
    ['us', 'short', 3456],
  ];

  it('is as any other where it fits', () => {
    expect(narrowTable(['agent', 'what', 'count'], rows)).toBe(formatTable(['agent', 'what', 'count'], rows));
  });

  it('wraps text within its column, and numbers never', () => {
    expect(narrowTable(['agent', 'what', 'count'], rows, 32)).toBe(
      [
        'AGENT      WHAT            COUNT',
        'eu-west-1  one two three      12',
        '           four five six',
        '           seven',
        'us         short            3456',
      ].join('\n'),
    );
  });

  it('is wider where it cannot be narrower', () => {
    const numbers = [Array.from({ length: 8 }, () => 1_000_000)];
    expect(narrowTable(Array(8).fill('n'), numbers, 20).split('\n').at(-1)?.length).toBeGreaterThan(20);
  });
});

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
