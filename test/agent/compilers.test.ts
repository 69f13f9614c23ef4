import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPILE_NOTHING, Compilers } from '../../agent/compilers.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { VirtualTime } from './virtual-time.ts';

const { busyRuns, busyWindowMs } = AGENT_LIMITS;

function compilers() {
  const time = new VirtualTime();
  const flags: string[] = [];
  return { time, flags, compilers: new Compilers(time.clock, (flag) => flags.push(flag)) };
}

describe('Compilers', () => {
  it('are let loose once, by as many runs as make an agent busy', () => {
    const { compilers: one, flags } = compilers();
    for (let run = 1; run < busyRuns.value; run += 1) one.ran();
    expect(flags).toEqual([]);
    for (let run = 0; run < 3; run += 1) one.ran();
    expect(flags).toEqual(['--sparkplug', '--maglev']);
  });

  it('are not by as many runs over a longer time', () => {
    const { compilers: one, flags, time } = compilers();
    for (let run = 0; run < 5 * busyRuns.value; run += 1) {
      one.ran();
      time.advance((1.1 * busyWindowMs.value) / busyRuns.value);
    }
    expect(flags).toEqual([]);
  });

  it('compile what is called often, from then on and not before', () => {
    const module = JSON.stringify(join(import.meta.dirname, '../../agent/compilers.ts'));
    const script = `
      const { Compilers } = await import(${module});
      const work = (n) => { let sum = 0; for (let i = 0; i < n; i += 1) sum += Math.sqrt(i) % 3; return sum; };
      const timed = () => { const from = performance.now(); for (let i = 0; i < 2000; i += 1) work(1000); return performance.now() - from; };
      timed();
      const before = Math.min(timed(), timed());
      const compilers = new Compilers({ monotonicMs: () => 0 });
      for (let run = 0; run < ${busyRuns.value}; run += 1) compilers.ran();
      timed();
      console.log(JSON.stringify([before, Math.min(timed(), timed())]));`;
    const flags = ['--no-opt', ...COMPILE_NOTHING, '--input-type=module', '-e', script];
    const { stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    const [before, after] = JSON.parse(stdout) as [number, number];
    // Measured: 4 to 1.
    expect(after).toBeLessThan(before / 1.5);
  });
});
