import { describe, expect, it } from 'vitest';
import { levelOf, parseLevel } from '../../../collector/latency/question.ts';

describe('a quantile', () => {
  it.each([
    ['p50', 'p50', 0.5],
    ['p5', 'p5', 0.05],
    ['P95', 'p95', 0.95],
    ['p999', 'p999', 0.999],
    ['p9999', 'p9999', 0.9999],
    ['p125', 'p125', 0.125],
    ['0.5', 'p50', 0.5],
    ['.95', 'p95', 0.95],
    ['0.05', 'p5', 0.05],
    ['0.990', 'p99', 0.99],
    ['0.999', 'p999', 0.999],
  ])('%s is read as %s, the level %d', (text, name, level) => {
    expect(parseLevel(text)).toEqual({ name, level });
  });

  it.each(['p0', 'p100', 'p990', '0', '1', '0.001', '0.055', '50', 'max', 'p12345', ''])(
    '%j is none',
    (text) => {
      expect(parseLevel(text)).toBeUndefined();
      expect(() => levelOf(text)).toThrow('is no quantile');
    },
  );
});
