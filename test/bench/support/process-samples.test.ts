import { describe, expect, it, onTestFinished } from 'vitest';
import { NodeProcess } from './node-process.ts';
import {
  between,
  bytesPerHour,
  cpuShare,
  highest,
  lowest,
  ProcessSamples,
  type Sample,
} from './process-samples.ts';

const sample = (atMs: number, rssBytes: number, cpuMs = 0): Sample => ({ atMs, rssBytes, cpuMs });

describe('samples of a process', () => {
  it('tell its memory and processor time, until it is gone', async () => {
    const command = ['-e', 'console.log("up"); for (;;) {}'];
    const node = new NodeProcess({ command: process.execPath, args: command, env: {} });
    const samples = new ProcessSamples(node.pid);
    onTestFinished(() => samples.stop());
    await node.line((line) => line || undefined, 20_000);
    const first = samples.look();
    let last = samples.look();
    while (last && first && last.cpuMs < first.cpuMs + 50) last = samples.look();
    expect(highest(samples.samples)).toBeGreaterThan(20e6);
    expect(cpuShare([first as Sample, last as Sample])).toBeGreaterThan(0.01);
    await node.stop();
    expect(samples.look()).toBeUndefined();
  });
});

describe('figures of samples', () => {
  const samples = [sample(0, 100, 0), sample(1000, 130, 500), sample(2000, 110, 1000)];

  it('are those of a stretch of time, its end excluded', () => {
    expect(between(samples, 1000, 2000)).toEqual([samples[1]]);
  });

  it('are the highest, the lowest and the share of a core', () => {
    expect([highest(samples), lowest(samples), cpuShare(samples)]).toEqual([130, 100, 0.5]);
  });

  it('are no figures when there are no samples', () => {
    expect([highest([]), lowest([]), cpuShare([])]).toEqual([-Infinity, Infinity, Number.NaN]);
  });

  it('tell growth in bytes an hour', () => {
    const minutes = Array.from({ length: 20 }, (_, minute) => sample(minute * 60_000, 1e9 + minute * 1e6));
    expect(bytesPerHour(minutes)).toBeCloseTo(60e6, 0);
    expect(bytesPerHour(minutes.map(({ atMs }) => sample(atMs, 5)))).toBeCloseTo(0, 6);
  });
});
