import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SendWatch } from '../../../probes/upload/send-watch.ts';

/** A clock that each reading of the queue moves on, so that times are what the script says. */
function scripted(readings: readonly (number | undefined)[]) {
  let nowMs = 100;
  let index = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
  const readQueue = async () => {
    const queue = readings[Math.min(index++, readings.length - 1)];
    nowMs += 10;
    return queue;
  };
  // Never connected: nothing waits in it, as after a body that the kernel took at once.
  const watch = new SendWatch(new Socket(), { clock, readQueue });
  return { watch, count: () => index };
}

/** The whole body, of 5000 bytes, at 100 ms. */
function written(watch: SendWatch): void {
  watch.wrote(5000, 100, 200);
  watch.wroteAll();
}

async function settled(ms = 60): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a watch by the send queue', () => {
  it('takes the first empty queue for acceptance', async () => {
    const { watch } = scripted([5000, 3000, 0]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('accepted');
    // Two readings of 10 ms went before the one that found it empty.
    expect(await watch.stop(1000)).toEqual({ atMs: 120, clock: 'kernel_queue' });
  });

  it('reads no more once the queue was empty', async () => {
    const { watch, count } = scripted([0]);
    written(watch);
    await settled();
    expect(count()).toBe(1);
    await watch.stop(1000);
    expect(count()).toBe(1);
  });

  it('takes the answer for acceptance when it comes while bytes were still seen waiting', async () => {
    const { watch } = scripted([5000]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('pending');
    expect(await watch.stop(777)).toEqual({ atMs: 777, clock: 'kernel_queue' });
  });

  it('is never later than the answer', async () => {
    const { watch } = scripted([5000, 5000, 0]);
    written(watch);
    await settled();
    expect(await watch.stop(105)).toEqual({ atMs: 105, clock: 'kernel_queue' });
  });

  it('falls back to its own clock, and says so, where the system tells nothing', async () => {
    const { watch } = scripted([undefined]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('none');
    expect(await watch.stop(500)).toEqual({ atMs: 100, clock: 'app' });
  });

  it('knows of no acceptance when there was no answer and bytes were waiting', async () => {
    const { watch } = scripted([5000]);
    written(watch);
    await settled();
    expect(await watch.stop(undefined)).toBeUndefined();
    expect(watch.evidence).toBe('pending');
  });

  it('keeps what it knew of acceptance when no answer came', async () => {
    const { watch } = scripted([0]);
    written(watch);
    await settled();
    expect(await watch.stop(undefined)).toEqual({ atMs: 100, clock: 'kernel_queue' });
    expect(watch.evidence).toBe('accepted');
  });

  it('says nothing of a body that was never written whole', async () => {
    const { watch } = scripted([0]);
    expect(await watch.stop(undefined)).toBeUndefined();
    expect(watch.evidence).toBe('none');
  });

  it('takes the answer for the end of a body that was refused before it was written', async () => {
    const { watch } = scripted([0]);
    expect(await watch.stop(300)).toEqual({ atMs: 300, clock: 'app' });
  });

  it('reads less often while much is waiting and little goes', async () => {
    const slow = scripted(Array.from({ length: 1000 }, (_, i) => 1_000_000 - i));
    written(slow.watch);
    await settled(300);
    await slow.watch.stop(undefined);
    // Every 5 ms would be 60; every 50 ms, after the first few, is about 10.
    expect(slow.count()).toBeLessThan(25);
  });
});
