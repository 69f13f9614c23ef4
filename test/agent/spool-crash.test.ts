import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { slotTime } from '../../agent/slot-book.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { temporaryFolder } from './fixtures.ts';

/** Starts a process that spools one result after the other, kills it when it has said that `count` are stored. */
async function killAfter(dataDir: string, boot: string, count: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'spool-writer.ts'), dataDir, boot], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let promised = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    promised = Number(line);
    if (promised >= count && !child.killed) child.kill('SIGKILL');
  }
  await gone;
  return promised;
}

describe('a spool whose process is killed -9 while it writes', () => {
  it('loses nothing that was committed, leaves no gap and no duplicate, and knows which slots are settled', async () => {
    const dataDir = temporaryFolder();
    for (const [round, boot] of ['boot-a', 'boot-b', 'boot-c'].entries()) {
      const promised = await killAfter(dataDir, boot, 300 + round * 137);
      const spool = new Spool({ dataDir, boot: `reader-${boot}`, clock: systemClock, timers: systemTimers });
      const { records } = spool.read(boot, 0, 100_000);
      expect(records.length).toBeGreaterThanOrEqual(promised);
      expect(records.map((record) => record.seq)).toEqual(records.map((_, index) => index + 1));
      // The writer settles slot n with result n, in the same commit.
      const settled = spool.loadSettled().get(boot);
      expect(settled?.ranges()).toEqual([[1, records.length + 1]]);
      const series = { everyMs: 1000, phaseMs: 0 };
      expect(records.map((record) => record.scheduledMs)).toEqual(
        records.map((_, index) => slotTime(series, index + 1)),
      );
      expect(spool.boots()).toContain(boot);
      spool.close();
    }
  });
});
