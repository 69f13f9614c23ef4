import { describe, expect, it } from 'vitest';
import { formatBytes, formatSpan } from '../../probes/quantity-text.ts';

describe('a span', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [3200, '3.2 s'],
    [12_000, '12 s'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
    [3 * 86_400_000, '3 d'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });
});

describe('a size', () => {
  it.each([
    [512, '512 B'],
    [14_200, '14.2 kB'],
    [64_000_000, '64 MB'],
    [1.5e9, '1.5 GB'],
  ])('of %d bytes reads %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
