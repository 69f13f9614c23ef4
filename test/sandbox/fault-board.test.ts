import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault, FaultEffect } from '../../sandbox/fault.ts';
import { FaultBoard } from '../../sandbox/fault-board.ts';
import { PROXY_LIMITS } from '../../sandbox/limits.ts';
import { ManualClock } from './manual-clock.ts';

let clock: ManualClock;
let dice: number;
let board: FaultBoard;

beforeEach(() => {
  clock = new ManualClock();
  dice = 0.5;
  board = new FaultBoard(clock, () => dice);
});

/** A fault that starts `afterMs` from now. */
function fault(effect: FaultEffect, afterMs = 0, lengthMs = Infinity): Fault {
  const startMs = clock.monotonicMs() + afterMs;
  return { ...effect, startMs, endMs: startMs + lengthMs };
}

describe('FaultBoard', () => {
  it('holds a fault from its start until just before its end', () => {
    board.set([fault({ kind: 'latency', value: { delayMs: 100 } }, 10, 20)]);
    expect(board.drawDelayMs()).toBe(0);
    clock.advance(10);
    expect(board.drawDelayMs()).toBe(100);
    expect(board.active()).toHaveLength(1);
    clock.advance(19.9);
    expect(board.drawDelayMs()).toBe(100);
    clock.advance(0.1);
    expect(board.drawDelayMs()).toBe(0);
    expect(board.active()).toEqual([]);
  });

  it('adds up latencies and jitters', () => {
    dice = 0.25;
    board.set([
      fault({ kind: 'latency', value: { delayMs: 100 } }),
      fault({ kind: 'latency', value: { delayMs: 20 } }),
      fault({ kind: 'jitter', value: { delayMs: 40 } }),
    ]);
    expect(board.drawDelayMs()).toBe(130);
  });

  it('lets the lowest of several bandwidths count', () => {
    expect(board.bytesPerSecond()).toBeUndefined();
    board.set([
      fault({ kind: 'bandwidth', value: { bitsPerSecond: 8e6 } }),
      fault({ kind: 'bandwidth', value: { bitsPerSecond: 8e5 } }),
    ]);
    expect(board.bytesPerSecond()).toBe(1e5);
  });

  it('decides once about each connection whether to reset it', () => {
    board.set([fault({ kind: 'reset', value: { share: 0.5 } })]);
    const [spared, doomed] = [new Map<Fault, boolean>(), new Map<Fault, boolean>()];
    expect(board.drawReset(spared)).toBe(false);
    dice = 0.49;
    expect(board.drawReset(doomed)).toBe(true);
    expect(board.drawReset(spared)).toBe(false);
  });

  it('draws errors and cuts for each request by their share', () => {
    board.set([
      fault({ kind: 'error', value: { status: 503, share: 0.2 } }),
      fault({ kind: 'truncate', value: { share: 0.6, bytes: 7 } }),
    ]);
    expect(board.drawErrorStatus()).toBeUndefined();
    expect(board.drawCut()).toMatchObject({ bytes: 7 });
    dice = 0.1;
    expect(board.drawErrorStatus()).toBe(503);
    dice = 0.7;
    expect(board.drawCut()).toBeUndefined();
  });

  it('never draws a fault of share 1 as absent', () => {
    board.set([fault({ kind: 'error', value: { status: 500, share: 1 } })]);
    dice = 1 - Number.EPSILON;
    expect(board.drawErrorStatus()).toBe(500);
  });

  it('calls those who froze when the last blackhole ends', async () => {
    board.set([
      fault({ kind: 'blackhole', value: {} }, 0, 50),
      fault({ kind: 'blackhole', value: {} }, 40, 50),
    ]);
    const thawed = vi.fn();
    board.onThaw(thawed);
    clock.advance(60);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(thawed).not.toHaveBeenCalled();
    clock.advance(30);
    await vi.waitFor(() => expect(thawed).toHaveBeenCalledOnce());
  });

  it('thaws at once when the blackhole is taken away, but not those who have left', () => {
    board.set([fault({ kind: 'blackhole', value: {} })]);
    const [stayed, left] = [vi.fn(), vi.fn()];
    board.onThaw(stayed);
    board.onThaw(left)();
    board.set([]);
    expect(stayed).toHaveBeenCalledOnce();
    expect(left).not.toHaveBeenCalled();
  });

  it('refuses too many faults and backward windows, and keeps what it had', () => {
    const kept = fault({ kind: 'latency', value: { delayMs: 1 } });
    board.set([kept]);
    expect(() => board.set(Array(PROXY_LIMITS.faults.value + 1).fill(kept))).toThrow(RangeError);
    expect(() => board.set([{ ...kept, endMs: kept.startMs - 1 }])).toThrow(/before it starts/);
    expect(() => board.set([{ ...kept, endMs: Number.NaN }])).toThrow(RangeError);
    expect(board.active()).toEqual([kept]);
  });
});
