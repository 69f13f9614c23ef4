import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { groupUse, parseStat, proportionalBytes } from './group-use.ts';

describe('the use of a process group', () => {
  it('is read behind the name, which may hold anything', () => {
    const fields = ['S', 1, 4242, 0, 0, 0, 0, 0, 0, 0, 0, 10, 5, 3, 2, 20, 0, 1, 0, 99, 1000, 77];
    expect(parseStat(`17 (a ) b (c) ${fields.join(' ')} 1 2 3`)).toEqual({
      group: 4242,
      ticks: 20,
      pages: 77,
    });
    expect(parseStat('')).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'counts its members, and the processor time of children that ended',
    async () => {
      const burn = 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done';
      const child = spawn('sh', ['-c', `sh -c '${burn}'; echo done; sleep 60 & wait`], { detached: true });
      const { pid } = child;
      if (pid === undefined) throw new Error('sh cannot be started');
      onTestFinished(() => {
        process.kill(-pid, 'SIGKILL');
      });
      await once(child.stdout, 'data');
      await sleep(50);
      const use = groupUse(pid);
      expect(use.pids).toHaveLength(2);
      expect(use.cpuMs).toBeGreaterThanOrEqual(20);
      const proportional = proportionalBytes(use.pids);
      expect(use.rssBytes).toBeGreaterThan(proportional);
      expect(proportional).toBeGreaterThan(0);
    },
  );

  it.skipIf(!existsSync('/proc/self/stat'))('of none is nothing', () => {
    expect(groupUse(2 ** 22 + 1)).toEqual({ pids: [], cpuMs: 0, rssBytes: 0 });
    expect(proportionalBytes([])).toBe(0);
  });
});
