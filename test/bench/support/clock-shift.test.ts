import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { shiftedClock } from './clock-shift.ts';

it('a process with a wrong clock has another time of day, and measures as all others do', () => {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-clock-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const env = { ...process.env, ...shiftedClock(directory, -86_400_000) };
  const script = 'console.log(JSON.stringify([Date.now(), Number(process.hrtime.bigint() / 1000000n)]))';
  const [wallMs, monotonicMs] = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }),
  );
  expect(Date.now() - wallMs).toBeGreaterThan(86_390_000);
  expect(Date.now() - wallMs).toBeLessThan(86_460_000);
  expect(Math.abs(Number(process.hrtime.bigint() / 1_000_000n) - monotonicMs)).toBeLessThan(60_000);
});
