import { describe, expect, it } from 'vitest';
import { SIMULATE_LIMITS } from '../../../cli/simulate/limits.ts';
import { ProgressLine } from '../../../cli/simulate/progress.ts';
import { Tally } from '../../../cli/simulate/tally.ts';

describe('the tally of a fleet', () => {
  it('has spooled what was made and is neither acknowledged nor dropped', () => {
    const tally = new Tally();
    tally.made = 10;
    tally.dropped = 2;
    tally.countAck(5);
    expect(tally.spooled).toBe(7);
  });

  it('lists why sessions ended, the most frequent first', () => {
    const tally = new Tally();
    tally.countEnd('1006 reset');
    tally.countEnd('4503 away');
    tally.countEnd('4503 away');
    expect(tally.ends()).toEqual([
      ['4503 away', 2],
      ['1006 reset', 1],
    ]);
  });

  it('keeps a bounded number of reasons, and counts the rest as other', () => {
    const tally = new Tally();
    const reasons = SIMULATE_LIMITS.endReasons.value + 5;
    for (let i = 0; i < reasons; i += 1) tally.countEnd(`1006 reason ${i}`);
    expect(tally.ends()).toHaveLength(SIMULATE_LIMITS.endReasons.value + 1);
    expect(tally.ends()[0]).toEqual(['other', 5]);
  });
});

describe('the line of progress', () => {
  it('tells rates and ack times since the last line', () => {
    const tally = new Tally();
    const line = new ProgressLine(tally, 100, 0);
    tally.connected = 99;
    tally.made = 40;
    tally.sent = 30;
    for (let i = 0; i < 20; i += 1) tally.countAck(10);
    expect(line.next(2, 2000)).toBe(
      '2 s  99 of 100 connected  15 sent/s  10 acked/s  ack p50 10 p99 10 ms  20 spooled  0 reconnects',
    );
    tally.dropped = 3;
    expect(line.next(4, 4000)).toBe(
      '4 s  99 of 100 connected  0 sent/s  0 acked/s  no ack  17 spooled  0 reconnects  3 dropped',
    );
  });
});
