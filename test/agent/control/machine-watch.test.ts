import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import { MachineWatch } from '../../../agent/control/machine-watch.ts';
import { systemClock } from '../../../agent/time.ts';
import { temporaryFolder } from '../fixtures.ts';
import { VirtualTime } from '../virtual-time.ts';

/** Files as the kernel has them, that the test writes. */
function machine() {
  const folder = temporaryFolder();
  const files = {
    schedstat: join(folder, 'schedstat'),
    stat: join(folder, 'stat'),
    pressure: join(folder, 'pressure'),
  };
  const say = ({ waitMs = 0, stealTicks = 0, stallMs = 0 }): void => {
    writeFileSync(files.schedstat, `123456789 ${waitMs * 1e6} 42\n`);
    writeFileSync(files.stat, `cpu  10 20 30 40 50 60 70 ${stealTicks} 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n`);
    writeFileSync(
      files.pressure,
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${stallMs * 1000}\nfull avg10=0.00\n`,
    );
  };
  say({});
  const time = new VirtualTime();
  const watch = new MachineWatch(time.clock, files);
  onTestFinished(() => watch.close());
  return { say, time, watch };
}

describe('MachineWatch', () => {
  it('tells what was lost between the opening of a window and its end', () => {
    const { say, time, watch } = machine();
    say({ waitMs: 100, stealTicks: 50, stallMs: 7 });
    const window = watch.open();
    time.advance(1000);
    say({ waitMs: 140, stealTicks: 62, stallMs: 32 });
    expect(window.close()).toEqual({ cpuWaitMs: 40, stealMs: 120, stealOverMs: 1000, memoryStallMs: 25 });
  });

  it('reads the figures of the whole machine once in machineReadMs for windows that begin close together', () => {
    const { say, time, watch } = machine();
    watch.open();
    say({ stealTicks: 9 });
    time.advance(CONTROL_LIMITS.machineReadMs.value);
    const shared = watch.open();
    time.advance(500);
    say({ stealTicks: 10 });
    // Counted from the first reading on, and says so.
    expect(shared.close()).toMatchObject({
      stealMs: 100,
      stealOverMs: CONTROL_LIMITS.machineReadMs.value + 500,
    });
  });

  it('does not end a window with a reading from before it began', () => {
    const { say, time, watch } = machine();
    watch.open();
    time.advance(100);
    const short = watch.open();
    say({ stealTicks: 3 });
    time.advance(50);
    expect(short.close()).toMatchObject({ stealMs: 30 });
  });

  it('knows nothing where the kernel does not say', () => {
    const nowhere = { schedstat: '/nowhere/1', stat: '/nowhere/2', pressure: '/nowhere/3' };
    const watch = new MachineWatch(new VirtualTime().clock, nowhere);
    expect(watch.open().close()).toEqual({ stealOverMs: 0 });
    watch.close();
  });

  it('reads the files of this machine', () => {
    const watch = new MachineWatch(systemClock);
    const losses = watch.open().close();
    for (const value of Object.values(losses)) expect(value).toBeGreaterThanOrEqual(0);
    watch.close();
  });
});
