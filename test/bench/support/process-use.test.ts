import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { busyCpuMs, cpuMs, kibibytes, parseCpuTime, privateBytes, residentBytes } from './process-use.ts';

/** No process has it: above the largest that Linux and macOS give. */
const NO_PID = 2 ** 22 + 1;

describe('what a process uses', () => {
  it('is near what Node says of this one', () => {
    const ratio = residentBytes(process.pid) / process.memoryUsage.rss();
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  it('has a part of its own that is less than the whole', () => {
    const own = privateBytes(process.pid);
    expect(own !== undefined).toBe(existsSync('/proc/self/smaps_rollup'));
    expect(own ?? 1).toBeGreaterThan(0);
    expect(own ?? 1).toBeLessThan(residentBytes(process.pid));
  });

  it('counts the processor time that was used between two looks', () => {
    const [before, nodes] = [cpuMs(process.pid), process.cpuUsage()];
    while (process.cpuUsage(nodes).user < 100_000) Math.random();
    const { user, system } = process.cpuUsage(nodes);
    const ratio = (cpuMs(process.pid) - before) / ((user + system) / 1000);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('is counted in the same way of a busy process, its ended threads included', () => {
    const [before, nodes] = [busyCpuMs(process.pid), process.cpuUsage()];
    while (process.cpuUsage(nodes).user < 200_000) Math.random();
    const { user, system } = process.cpuUsage(nodes);
    const ratio = (busyCpuMs(process.pid) - before) / ((user + system) / 1000);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
    expect(() => busyCpuMs(NO_PID)).toThrow();
  });

  it('of one that has ended is an error', () => {
    expect(() => residentBytes(NO_PID)).toThrow();
    expect(() => cpuMs(NO_PID)).toThrow();
    expect(privateBytes(NO_PID)).toBeUndefined();
  });

  it('is read from the line of its name alone', () => {
    expect(kibibytes('VmRSSX:\t 1 kB\nVmRSS:\t  71234 kB\n', 'VmRSS')).toBe(71234 * 1024);
    expect(() => kibibytes('Name:\tnode\nState:\tZ (zombie)\n', 'VmRSS')).toThrow('VmRSS is not there');
  });

  it.each([
    ['00:00:07', 7_000],
    ['  1:02.50\n', 62_500],
    ['02:00:01', 7_201_000],
    ['1-00:00:01', 86_401_000],
  ])('has the processor time %j of ps', (text, expected) => {
    expect(parseCpuTime(text)).toBeCloseTo(expected);
  });
});
