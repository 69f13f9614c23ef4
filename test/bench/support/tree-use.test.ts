import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TreeWatch } from './tree-use.ts';

describe('a process and all that it starts', () => {
  it.skipIf(!existsSync('/proc/self/stat'))(
    'are counted together, those that their parents left too',
    async () => {
      const burn = 'const t = Date.now(); while (process.cpuUsage().user < 400000) Math.random();';
      // A child in a group of its own whose parent goes at once.
      const child = spawn('sh', ['-c', `"${process.execPath}" -e "${burn}" & sleep 0.5; sleep 2`], {
        stdio: 'ignore',
      });
      const watch = new TreeWatch(child.pid ?? 0, 'weighed');
      await once(child, 'exit');
      const { cpuMs, peakBytes } = watch.stop();
      expect(cpuMs).toBeGreaterThan(200);
      expect(cpuMs).toBeLessThan(5000);
      expect(peakBytes).toBeGreaterThan(5_000_000);
    },
  );

  it('that have ended use nothing more', () => {
    expect(new TreeWatch(2 ** 22 + 1, 'timed').stop()).toEqual({ cpuMs: 0, peakBytes: 0 });
  });
});
