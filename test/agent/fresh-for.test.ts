import { describe, expect, it } from 'vitest';
import { freshFor } from '../../agent/fresh-for.ts';

describe('freshFor', () => {
  it('answers what was asked last until it is as old as it may be, and then asks again', () => {
    let [nowMs, asked] = [5, 0];
    const figure = freshFor(
      100,
      () => {
        asked += 1;
        return asked;
      },
      () => nowMs,
    );
    expect(figure()).toBe(1);
    nowMs += 99;
    expect(figure()).toBe(1);
    nowMs += 1;
    expect(figure()).toBe(2);
    expect(asked).toBe(2);
  });
});
