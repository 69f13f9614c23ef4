import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { browserLockFile, MachineLock } from '../../agent/machine-lock.ts';
import { systemTimers } from '../../agent/time.ts';
import { temporaryFolder } from './fixtures.ts';

const NEVER = new AbortController().signal;

/** A process that takes the lock `turns` times for `holdMs` each and writes when it begins and ends to `log`. */
function holder(lockFile: string, log: string, turns: number, holdMs: number): ChildProcess {
  const script = join(import.meta.dirname, 'lock-holder.ts');
  const child = spawn(process.execPath, [script, lockFile, log, String(turns), String(holdMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('MachineLock', () => {
  it('is held by one process at a time', async () => {
    const folder = temporaryFolder();
    const [lockFile, log] = [join(folder, 'lock'), join(folder, 'log')];
    writeFileSync(log, '');
    const children = [1, 2].map(() => holder(lockFile, log, 5, 60));
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code)).toEqual([0, 0]);
    const events = readFileSync(log, 'utf8').trim().split('\n');
    expect(events).toHaveLength(20);
    // Each beginning is followed by the end of the same process: no two overlap.
    for (let index = 0; index < events.length; index += 2) {
      const [begun, ended] = [events[index] ?? '', events[index + 1] ?? ''];
      expect(begun).toContain('begin');
      expect(ended).toBe(begun.replace('begin', 'end'));
    }
    expect(new Set(events).size).toBe(4);
  });

  it('falls with the process that holds it, even when that is killed', async () => {
    const folder = temporaryFolder();
    const [lockFile, log] = [join(folder, 'lock'), join(folder, 'log')];
    writeFileSync(log, '');
    const child = holder(lockFile, log, 1, 60_000);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    const lock = new MachineLock(lockFile, systemTimers, Math.random);
    expect(lock.tryAcquire()).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lock.acquire(10_000, NEVER)).toBe(true);
    lock.close();
  });

  it('is not taken twice by one process, and is free after release', () => {
    const lockFile = join(temporaryFolder(), 'lock');
    const [one, two] = [0, 1].map(() => new MachineLock(lockFile, systemTimers, Math.random)) as [
      MachineLock,
      MachineLock,
    ];
    expect(one.tryAcquire()).toBe(true);
    expect(one.tryAcquire()).toBe(false);
    expect(two.tryAcquire()).toBe(false);
    one.release();
    one.release();
    expect(two.tryAcquire()).toBe(true);
    one.close();
    two.close();
    two.close();
  });

  it('stops trying when it was told to', async () => {
    const lockFile = join(temporaryFolder(), 'lock');
    const [one, two] = [0, 1].map(() => new MachineLock(lockFile, systemTimers, Math.random)) as [
      MachineLock,
      MachineLock,
    ];
    one.tryAcquire();
    expect(await two.acquire(1, NEVER)).toBe(false);
    const stop = new AbortController();
    const waiting = two.acquire(60_000, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
    one.close();
    two.close();
  });

  it('meets the other agents of this user in one file of the machine', () => {
    expect(browserLockFile()).toBe(browserLockFile());
    expect(browserLockFile()).toMatch(/outrider-browser-\d+\.lock$/);
  });
});
