import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CliError } from '../../cli/support/cli-error.ts';
import { atMost, type Benchmark, row } from './benchmark.ts';
import { BENCHMARKS } from './registry.ts';
import { runBenchmarks } from './runner.ts';

const quick = (name: string, value: number): Benchmark => ({
  name,
  summary: `Measures ${name}.`,
  async run(progress) {
    progress(`measuring ${name}`);
    return [row('rss', value, 'MB', { goal: atMost(80) })];
  },
});

const broken = (error: Error): Benchmark => ({
  name: 'broken',
  summary: 'Cannot measure.',
  run: () => Promise.reject(error),
});

async function bench(names: string[], benchmarks: Benchmark[], present?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const resultsFile = join(folder, 'results.json');
  if (present !== undefined) writeFileSync(resultsFile, present);
  const [out, err] = [[] as string[], [] as string[]];
  const code = await runBenchmarks(names, {
    benchmarks,
    resultsFile,
    wallMs: () => Date.UTC(2026, 10, 21, 12),
    data: (text) => out.push(text),
    message: (text) => err.push(text),
  });
  const stored = (): Record<string, Record<string, unknown>> => JSON.parse(readFileSync(resultsFile, 'utf8'));
  return { code, out: out.join('\n'), err: err.join('\n'), stored, resultsFile };
}

const two = [quick('agent', 70), quick('codec', 90)];

describe('the runner of benchmarks', () => {
  it('runs all when none is named', async () => {
    const { code, stored } = await bench([], two);
    expect(code).toBe(0);
    expect(Object.keys(stored())).toEqual(['agent', 'codec']);
  });

  it('runs the named ones once each, and stores what, when and where', async () => {
    const { stored } = await bench(['agent', 'agent'], two);
    expect(stored()).toEqual({
      agent: {
        at: '2026-11-21T12:00:00.000Z',
        commit: expect.stringMatching(/^([0-9a-f]{7,}(-dirty)?|unknown)$/),
        machine: {
          cpu: expect.any(String),
          cores: expect.any(Number),
          memory_gb: expect.any(Number),
          os: expect.stringContaining(process.arch),
          node: process.version,
        },
        rows: [{ metric: 'rss', value: 70, unit: 'MB', goal: '≤ 80', holds: true }],
      },
    });
  });

  it('ends with 0 when a goal is missed, and says so', async () => {
    const { code, out } = await bench(['codec'], two);
    expect(code).toBe(0);
    expect(out).toContain('NO');
    expect(out).toContain('codec: 1 of 1 goals missed: rss is 90 MB (goal ≤ 80)');
  });

  it('keeps data and messages apart', async () => {
    const { out, err, resultsFile } = await bench(['agent'], two);
    expect(out).not.toContain('measuring agent');
    expect(err).toBe(`agent: Measures agent.\n  measuring agent\nresults: ${resultsFile}`);
  });

  it('refuses a name that is not there before anything runs, and lists what there is', async () => {
    const { code, err, stored } = await bench(['agent', 'codex', 'nonsense'], two);
    expect(code).toBe(64);
    expect(err.split('\n')).toEqual([
      'Error: there is no benchmark "codex"; did you mean codec?',
      'Error: there is no benchmark "nonsense"',
      'There are:',
      '  agent  Measures agent.',
      '  codec  Measures codec.',
    ]);
    expect(stored).toThrow('ENOENT');
  });

  it('goes on after one that could not measure, says why, and ends with 1', async () => {
    const error = new CliError('no browser', { why: 'none is installed', hint: 'install one' });
    const { code, err, stored } = await bench([], [broken(error), ...two]);
    expect(code).toBe(1);
    expect(err).toContain(
      'Error: broken could not be measured: no browser\n  Why: none is installed\n  Try: install one',
    );
    expect(Object.keys(stored())).toEqual(['agent', 'codec']);
  });

  it('does not begin to measure what it could not store', async () => {
    const { code, err } = await bench([], two, 'not JSON');
    expect(code).toBe(1);
    expect(err).toMatch(/^Error: .*results\.json is not a file of benchmark results/);
    expect(err).not.toContain('measuring');
  });
});

describe('the registry of benchmarks', () => {
  it('has names that are unique and can be typed', () => {
    const names = BENCHMARKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z-]*$/);
  });
});
