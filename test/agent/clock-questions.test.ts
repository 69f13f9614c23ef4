import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { ClockQuestions, QUESTIONS_MAX } from '../../agent/clock-questions.ts';
import { VirtualTime } from './virtual-time.ts';

/** The collector's clock is ahead by this. */
const AHEAD_MS = 5000;

function questions() {
  const time = new VirtualTime();
  const offset = new ClockOffset(time.clock);
  return { time, offset, questions: new ClockQuestions(time.clock, offset) };
}

describe('questions for the clock', () => {
  it('are samples when they are answered, from when they were asked', () => {
    const { time, offset, questions: asked } = questions();
    const sentMs = asked.ask();
    expect(sentMs).toBe(time.clock.wallMs());
    time.advance(40);
    asked.answered(sentMs, sentMs + 20 + AHEAD_MS);
    expect([offset.offsetMs(), offset.errorMs()]).toEqual([AHEAD_MS, 20]);
  });

  it('are answered once, and not when they were never asked', () => {
    const { time, offset, questions: asked } = questions();
    asked.answered(1, 2);
    expect(offset.errorMs()).toBeUndefined();
    const sentMs = asked.ask();
    time.advance(40);
    asked.answered(sentMs, sentMs + 20);
    asked.answered(sentMs, sentMs + 1_000_000);
    expect(offset.offsetMs()).toBe(0);
  });

  it('are forgotten, the oldest first, where a collector answers none', () => {
    const { time, offset, questions: asked } = questions();
    const sent = Array.from({ length: QUESTIONS_MAX + 1 }, () => {
      time.advance(1);
      return asked.ask();
    });
    asked.answered(sent[0] ?? 0, 1);
    expect(offset.errorMs()).toBeUndefined();
    asked.answered(sent[1] ?? 0, 1);
    expect(offset.errorMs()).toBeDefined();
  });
});
