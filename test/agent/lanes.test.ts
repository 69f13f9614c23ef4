import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Lanes } from '../../agent/lanes.ts';
import { MachineLock } from '../../agent/machine-lock.ts';
import { temporaryFolder } from './fixtures.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const NEVER = new AbortController().signal;
const GIB = 1024 ** 3;

function lanesOn(machine: { free: number; load: number }, lockFile = join(temporaryFolder(), 'lock')) {
  const time = new VirtualTime();
  const lanes = new Lanes({
    lightConcurrency: 2,
    timers: time.timers,
    lock: new MachineLock(lockFile, time.timers, () => 0.5),
    machine: { freeBytes: () => machine.free, loadPerCore: () => machine.load },
  });
  return { time, lanes, lockFile };
}

describe('Lanes', () => {
  it('keep light runs and browser runs apart', async () => {
    const { lanes } = lanesOn({ free: GIB, load: 0 });
    const light = await lanes.enter('light', 1000, NEVER);
    const browser = await lanes.enter('browser', 30_000, NEVER);
    expect([light.entered, browser.entered]).toEqual([true, true]);
    expect(lanes.busy).toBe(2);
    lanes.close();
  });

  it('run one browser at a time', async () => {
    const { lanes } = lanesOn({ free: GIB, load: 0 });
    const first = await lanes.enter('browser', 30_000, NEVER);
    let second: string | undefined;
    void lanes.enter('browser', 30_000, NEVER).then((entry) => {
      second = entry.entered ? 'entered' : entry.reason;
    });
    await settle();
    expect(second).toBeUndefined();
    if (first.entered) first.release();
    await settle();
    expect(second).toBe('entered');
    lanes.close();
  });

  it('shed a browser run for want of memory or of processor, and light runs go on', async () => {
    const machine = { free: 700 * 1024 ** 2, load: 0 };
    const { lanes } = lanesOn(machine);
    expect(await lanes.enter('browser', 1000, NEVER)).toEqual({ entered: false, reason: 'shed' });
    expect((await lanes.enter('light', 1000, NEVER)).entered).toBe(true);
    Object.assign(machine, { free: GIB, load: 50 });
    expect(await lanes.enter('browser', 1000, NEVER)).toEqual({ entered: false, reason: 'shed' });
    Object.assign(machine, { load: 1 });
    expect((await lanes.enter('browser', 1000, NEVER)).entered).toBe(true);
    lanes.close();
  });

  it('shed light runs when there is next to no memory', async () => {
    const { lanes } = lanesOn({ free: 10 * 1024 ** 2, load: 0 });
    expect(await lanes.enter('light', 1000, NEVER)).toEqual({ entered: false, reason: 'shed' });
    expect(lanes.busy).toBe(0);
  });

  it('wait for the browser of another agent of the machine no longer than the interval', async () => {
    const other = lanesOn({ free: GIB, load: 0 });
    const held = await other.lanes.enter('browser', 1000, NEVER);
    const { lanes, time } = lanesOn({ free: GIB, load: 0 }, other.lockFile);
    const late = lanes.enter('browser', 2000, NEVER);
    await time.advanceSettling(2200, 50);
    expect(await late).toEqual({ entered: false, reason: 'overrun' });
    const next = lanes.enter('browser', 2000, NEVER);
    await settle();
    if (held.entered) held.release();
    await time.advanceSettling(200, 50);
    expect((await next).entered).toBe(true);
    expect(lanes.busy).toBe(1);
    lanes.close();
    other.lanes.close();
  });

  it('let nobody wait for the lock when the agent stops', async () => {
    const other = lanesOn({ free: GIB, load: 0 });
    await other.lanes.enter('browser', 1000, NEVER);
    const { lanes } = lanesOn({ free: GIB, load: 0 }, other.lockFile);
    const stop = new AbortController();
    const waiting = lanes.enter('browser', 30_000, stop.signal);
    await settle();
    stop.abort();
    expect(await waiting).toEqual({ entered: false, reason: 'agent_down' });
    expect(lanes.busy).toBe(0);
    other.lanes.close();
  });

  it('do not free what another run holds when a run releases twice', async () => {
    const { lanes } = lanesOn({ free: GIB, load: 0 });
    const first = await lanes.enter('browser', 1000, NEVER);
    if (first.entered) first.release();
    await lanes.enter('browser', 1000, NEVER);
    if (first.entered) first.release();
    expect(lanes.busy).toBe(1);
    lanes.close();
  });

  it('tell when the lock cannot be had at all, and keep no place for it', async () => {
    const { lanes } = lanesOn({ free: GIB, load: 0 }, join(temporaryFolder(), 'no', 'such', 'folder'));
    await expect(lanes.enter('browser', 1000, NEVER)).rejects.toThrow();
    expect(lanes.busy).toBe(0);
  });
});
