import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../../probes/probe.ts';
import { formatMs, renderWaterfall } from '../../probes/waterfall.ts';

const PHASES: readonly Phase[] = [
  { name: 'connect', startMs: 0, durationMs: 50, note: '192.0.2.1:443' },
  { name: 'tls', startMs: 50, durationMs: 50, note: 'TLSv1.3' },
  { name: 'ttfb', startMs: 100, durationMs: 100 },
];

/** Column where the bar of a line begins and ends, the end exclusive. */
function barOf(line: string): { from: number; to: number } {
  const bar = line.slice(line.indexOf('│') + 1, line.lastIndexOf('│'));
  const from = bar.length - bar.trimStart().length;
  return { from, to: bar.trimEnd().length };
}

describe('renderWaterfall', () => {
  it('draws each phase at its place in time, in order', () => {
    expect(renderWaterfall(PHASES, { width: 57 })).toEqual([
      'connect │██████                  │ 50.0 ms  192.0.2.1:443',
      'tls     │      ██████            │ 50.0 ms  TLSv1.3',
      'ttfb    │            ████████████│  100 ms',
      '        0 ms                200 ms',
    ]);
  });

  it('draws nothing of nothing', () => {
    expect(renderWaterfall([])).toEqual([]);
  });

  it('leaves the notes out where there is no room for them', () => {
    const lines = renderWaterfall(PHASES, { width: 32 });
    expect(lines.join('\n')).not.toContain('TLS');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(32);
  });

  it('shows a sliver of a phase that took no time', () => {
    const lines = renderWaterfall([...PHASES, { name: 'decode', startMs: 200, durationMs: 0 }]);
    expect(lines[3]).toMatch(/decode +│ +[▏▎▍▌▋▊▉█] *│ 0\.00 ms/);
  });

  it('draws phases that all took no time', () => {
    expect(renderWaterfall([{ name: 'a', startMs: 0, durationMs: 0 }])).toHaveLength(2);
  });

  it('cuts names and notes that are too long', () => {
    const [line] = renderWaterfall([
      { name: 'n'.repeat(300), startMs: 0, durationMs: 1, note: 'x'.repeat(300) },
    ]);
    expect(line?.length).toBeLessThanOrEqual(80);
    expect(line).toContain('…');
  });

  it('lets no control character of a server reach the terminal', () => {
    const [line] = renderWaterfall([
      { name: 'a\u001b[2J', startMs: 0, durationMs: 1, note: 'b\n\u0007c\u009b' },
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });

  it('keeps every line within the width, every bar within its borders, and the order of the bars', () => {
    const phase = fc.record({
      name: fc.string({ maxLength: 25 }),
      startMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
      durationMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
      note: fc.string({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(phase, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 60, max: 200 }),
        (phases, width) => {
          const lines = renderWaterfall(phases, { width });
          expect(lines).toHaveLength(phases.length + 1);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          const borders = lines.slice(0, -1).map((line) => line.split('│').length);
          expect(new Set(borders)).toEqual(new Set([3]));
          const bars = lines.slice(0, -1).map(barOf);
          phases.forEach((a, i) => {
            phases.forEach((b, j) => {
              if (a.startMs <= b.startMs) expect(bars[i]?.from).toBeLessThanOrEqual(bars[j]?.from ?? 0);
            });
          });
        },
      ),
    );
  });
});

describe('formatMs', () => {
  it.each([
    [0, '0.00 ms'],
    [0.254, '0.25 ms'],
    [12.34, '12.3 ms'],
    [1234.5, '1235 ms'],
  ])('writes %d as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});
