import { describe, expect, it } from 'vitest';
import { freshFor } from '../../agent/fresh-for.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';

describe('freshFor', () => {
  it('answers what was asked last until it is as old as it may be, and then asks again', () => {
    let [nowMs, asked] = [5, 0];
    const figure = freshFor(
      AGENT_LIMITS.memoryReadMs.value,
      () => {
        asked += 1;
        return asked;
      },
      () => nowMs,
    );
    expect(figure()).toBe(1);
    nowMs += AGENT_LIMITS.memoryReadMs.value - 1;
    expect(figure()).toBe(1);
    nowMs += 1;
    expect(figure()).toBe(2);
    expect(asked).toBe(2);
  });
});
