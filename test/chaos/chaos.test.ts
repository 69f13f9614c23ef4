import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serverUnavailable } from '../support/clickhouse-server.ts';
import type { ChaosReport } from './report.ts';

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As `npm run chaos` does, without the set-up. */
function chaos(...args: string[]): Promise<Finished> {
  const command = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'run.ts'), ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGTERM'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

function reportOf({ stdout, stderr }: Finished): ChaosReport {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`no report:\n${stdout}\n${stderr}`);
  return JSON.parse(line) as ChaosReport;
}

/** What must hold of any run, whatever the machine did to its timing. */
function expectBalanced(finished: Finished, kills: number): void {
  const report = reportOf(finished);
  expect(report.problems).toEqual([]);
  expect(finished.code).toBe(0);
  expect(report).toMatchObject({ lost: 0, duplicates: 0, pending: 0, ok: true });
  expect(report.expected).toBe(report.stored + report.missed + report.dropped);
  expect(report.stored).toBeGreaterThan(100);
  expect(report.kills).toBeGreaterThanOrEqual(kills);
}

describe('a short chaos run', () => {
  it('loses and doubles nothing with the embedded engine', async () => {
    const words = '--seed 11 --minutes 0.35 --engine embedded -o json';
    expectBalanced(await chaos(...words.split(' ')), 2);
  });

  it.skipIf(serverUnavailable())('loses and doubles nothing with two collectors on a server', async () => {
    const words = '--seed 12 --minutes 0.45 --engine server -o json';
    expectBalanced(await chaos(...words.split(' ')), 3);
  });

  it('says what it will do before it does it, and leaves nothing behind when the books balance', async () => {
    const { stderr } = await chaos(...'--seed 3 --minutes 0.05 --engine embedded --agents 1'.split(' '));
    const folder = /logs and data in (\S+)/.exec(stderr)?.[1] ?? '';
    expect(folder).toContain('outrider-chaos-3-');
    expect(stderr).toMatch(/embedded: \d+ faults in 3 s/);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(existsSync(folder)).toBe(false);
  });

  it('ends its processes when it is told to end', async () => {
    const words = '--seed 1 --minutes 5 --engine embedded --agents 1';
    const command = [join(import.meta.dirname, 'run.ts'), ...words.split(' ')];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let folder = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (data) => {
        folder ||= /logs and data in (\S+)/.exec(String(data))?.[1] ?? '';
        if (/faults in/.test(String(data))) resolve();
      });
    });
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(child.exitCode).toBe(130);
    // A collector that still ran would hold its store.
    const again = await chaos(...'--seed x'.split(' '));
    expect(again.code).toBe(64);
    expect(again.stderr).toContain('--seed x: expected a whole number');
  });
});
