import { describe, expect, it } from 'vitest';
import { wrap, wrapWords } from '../../../cli/support/wrap.ts';

describe('text that is wrapped', () => {
  it.each([
    ['as it is', 20, ['as it is']],
    ['one two three', 8, ['one two', 'three']],
    ['eu-west-1/boot/7', 10, ['eu-west-1/', 'boot/7']],
    ['aaaaaaaaaa', 4, ['aaaa', 'aaaa', 'aa']],
    ['', 4, ['']],
    ['ab', 0, ['a', 'b']],
    ['ab', -3, ['a', 'b']],
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

it('words stay whole where they are to be copied, however long they are', () => {
  expect(wrapWords('see /var/lib/outrider/collector and more', 10)).toEqual([
    'see',
    '/var/lib/outrider/collector',
    'and more',
  ]);
  expect(wrapWords('', 10)).toEqual(['']);
  expect(wrapWords('one two', 7)).toEqual(['one two']);
});
