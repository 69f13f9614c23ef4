import { describe, expect, it } from 'vitest';
import { atMost, row } from './benchmark.ts';
import { formatRows, verdictOf } from './report.ts';

const held = row('rss_idle', 72.25, 'MB', { peer: { name: 'bare node', value: 45 }, goal: atMost(80) });
const missed = row('start', 1234.5, 'ms', { goal: atMost(1000) });
const plain = row('slope', 1.01, '1');

describe('the table of a benchmark', () => {
  it('shows every column, and a dash for what a row has not', () => {
    expect(formatRows([held, missed, plain]).split('\n')).toEqual([
      'METRIC    VALUE  UNIT  PEER       PEER VALUE  RATIO  GOAL    HOLDS',
      'rss_idle  72.25  MB    bare node          45   1.61  ≤ 80    yes',
      'start      1235  ms    –                   –      –  ≤ 1000  NO',
      'slope      1.01  1     –                   –      –  –       –',
    ]);
  });
});

describe('the verdict on a benchmark', () => {
  it('names each goal that was missed, with its figure', () => {
    expect(verdictOf('agent', [held, missed, plain])).toBe(
      'agent: 1 of 2 goals missed: start is 1235 ms (goal ≤ 1000)',
    );
  });

  it('writes a pure number without a unit', () => {
    expect(verdictOf('startup', [row('slope', 2, '1', { goal: atMost(1) })])).toBe(
      'startup: 1 of 1 goals missed: slope is 2 (goal ≤ 1)',
    );
  });

  it('says so when all hold', () => {
    expect(verdictOf('agent', [held, plain])).toBe('agent: all 1 goals hold');
  });

  it('says so when there was nothing to hold', () => {
    expect(verdictOf('codec', [plain])).toBe('codec: no goals');
  });
});
