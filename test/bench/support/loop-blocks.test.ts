import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, isBlocked } from './loop-blocks.ts';

describe('blocks of an event loop', () => {
  it('are read from lines, and lines that are cut are none', () => {
    expect(blocksOf('10 90\n200 280\n400')).toEqual([
      { fromMs: 10, untilMs: 90 },
      { fromMs: 200, untilMs: 280 },
    ]);
  });

  it('concern what has a part of them', () => {
    const blocks = blocksOf('10 90');
    expect(isBlocked(blocks, { startMs: 80, endMs: 100 })).toBe(true);
    expect(isBlocked(blocks, { startMs: 20, endMs: 30 })).toBe(true);
    expect(isBlocked(blocks, { startMs: 90, endMs: 100 })).toBe(false);
    expect(isBlocked(blocks, { startMs: 0, endMs: 10 })).toBe(false);
  });

  it('happen in a process that loads the blocker, and are written down', () => {
    const dir = mkdtempSync(join(tmpdir(), 'outrider-blocks-'));
    try {
      const file = join(dir, 'blocks');
      const env = { ...process.env, OUTRIDER_BENCH_BLOCKS: file, OUTRIDER_BENCH_BLOCK_MS: '30' };
      const script = 'setTimeout(() => {}, 1500)';
      execFileSync(
        process.execPath,
        ['--import', join(import.meta.dirname, 'loop-blocker.ts'), '-e', script],
        { env },
      );
      const blocks = blocksOf(readFileSync(file, 'utf8'));
      expect(blocks.length).toBeGreaterThan(0);
      for (const { fromMs, untilMs } of blocks) expect(untilMs - fromMs).toBeCloseTo(30, 3);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
