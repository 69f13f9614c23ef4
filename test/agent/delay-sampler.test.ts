import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DelaySampler } from '../../agent/delay-sampler.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { VirtualTime } from './virtual-time.ts';

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {}
}

describe('DelaySampler', () => {
  it('sees a stall that ends the run before any timer could fire', async () => {
    const sampler = new DelaySampler(systemClock, systemTimers);
    const window = sampler.open();
    block(120);
    expect(window.close()).toBeGreaterThanOrEqual(100);
  });

  it('sees a stall in the middle of a run', async () => {
    const sampler = new DelaySampler(systemClock, systemTimers);
    const window = sampler.open();
    await wait(20);
    block(100);
    await wait(30);
    expect(window.close()).toBeGreaterThanOrEqual(80);
  });

  it('blames a run for no stall before it began or after it ended', () => {
    const time = new VirtualTime();
    const sampler = new DelaySampler(time.clock, time.timers);
    const before = sampler.open();
    time.freeze(200);
    const during = sampler.open();
    time.advance(15);
    expect(during.close()).toBe(0);
    expect(before.close()).toBe(190);
    const after = sampler.open();
    time.advance(100);
    expect(after.close()).toBe(0);
    expect(before.close()).toBe(190);
  });

  it('shows each of several runs the longest stall that it saw', () => {
    const time = new VirtualTime();
    const sampler = new DelaySampler(time.clock, time.timers);
    const long = sampler.open();
    time.advance(10);
    time.freeze(60);
    time.advance(20);
    const short = sampler.open();
    time.advance(10);
    time.freeze(40);
    time.advance(20);
    expect(short.close()).toBe(30);
    expect(long.close()).toBe(50);
    expect(sampler.takeWorstMs()).toBe(50);
    expect(sampler.takeWorstMs()).toBe(0);
  });

  it('keeps no timer while nothing is measured', () => {
    const time = new VirtualTime();
    const sampler = new DelaySampler(time.clock, time.timers);
    const windows = [sampler.open(), sampler.open()];
    expect(time.armed).toBe(1);
    for (const window of windows) window.close();
    expect(time.armed).toBe(0);
  });
});
