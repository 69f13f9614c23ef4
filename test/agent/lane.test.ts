import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../agent/lane.ts';
import { Lane } from '../../agent/lane.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const NEVER = new AbortController().signal;

function release(entry: Entry): void {
  if (!entry.entered) throw new Error(`not entered: ${entry.reason}`);
  entry.release();
}

describe('Lane', () => {
  it('lets so many in at once and the others in the order in which they came', async () => {
    const time = new VirtualTime();
    const lane = new Lane(2, time.timers);
    const entered: number[] = [];
    const entries = [0, 1, 2, 3].map((number) =>
      lane.enter(1000, NEVER).then((entry) => {
        entered.push(number);
        return entry;
      }),
    );
    await settle();
    expect(entered).toEqual([0, 1]);
    expect([lane.running, lane.waiting]).toEqual([2, 2]);
    release(await (entries[1] as Promise<Entry>));
    await settle();
    expect(entered).toEqual([0, 1, 2]);
    release(await (entries[0] as Promise<Entry>));
    await settle();
    expect(entered).toEqual([0, 1, 2, 3]);
    expect(time.armed).toBe(0);
  });

  it('gives up waiting after the time it was given', async () => {
    const time = new VirtualTime();
    const lane = new Lane(1, time.timers);
    const first = await lane.enter(1000, NEVER);
    const second = lane.enter(1000, NEVER);
    time.advance(1000);
    expect(await second).toEqual({ entered: false, reason: 'overrun' });
    release(first);
    expect([lane.running, lane.waiting]).toEqual([0, 0]);
  });

  it('lets nobody wait when the agent stops', async () => {
    const time = new VirtualTime();
    const lane = new Lane(1, time.timers);
    const stop = new AbortController();
    await lane.enter(1000, stop.signal);
    const waiting = lane.enter(1000, stop.signal);
    stop.abort();
    expect(await waiting).toEqual({ entered: false, reason: 'agent_down' });
    expect(await lane.enter(1000, stop.signal)).toEqual({ entered: false, reason: 'agent_down' });
    expect(time.armed).toBe(0);
  });

  it('sheds what its queue does not hold', async () => {
    const time = new VirtualTime();
    const lane = new Lane(1, time.timers);
    const max = AGENT_LIMITS.laneQueue.value;
    for (let count = 0; count <= max; count += 1) void lane.enter(1000, NEVER);
    expect(lane.waiting).toBe(max);
    expect(await lane.enter(1000, NEVER)).toEqual({ entered: false, reason: 'shed' });
  });

  it('never lets in more than its limit, whatever is released, and however often', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('enter', 'release', 'wait'), { maxLength: 40 }),
        async (limit, steps) => {
          const time = new VirtualTime();
          const lane = new Lane(limit, time.timers);
          const inside: Entry[] = [];
          for (const step of steps) {
            if (step === 'enter')
              void lane.enter(50, NEVER).then((entry) => entry.entered && inside.push(entry));
            if (step === 'wait') time.advance(30);
            const entry = step === 'release' ? inside.shift() : undefined;
            if (entry) {
              release(entry);
              release(entry);
            }
            await settle();
            expect(lane.running).toBe(inside.length);
            expect(lane.running).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
