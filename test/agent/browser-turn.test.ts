import { describe, expect, it } from 'vitest';
import { inTurn } from '../../agent/browser-turn.ts';
import { Lane } from '../../agent/lane.ts';
import type { Browser, BrowserTab } from '../../probes/browser/browser.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const NEVER = new AbortController().signal;
const WAIT_MS = 1000;

/** A browser whose tabs are none; it counts those open at once. */
function counted() {
  const counts = { open: 0, most: 0 };
  const browser: Browser = {
    build: { path: '/usr/bin/chromium', version: 'Chromium 1', headless: 'shell' },
    async withTab(_, work) {
      counts.open++;
      counts.most = Math.max(counts.most, counts.open);
      try {
        return await work({} as BrowserTab);
      } finally {
        counts.open--;
      }
    },
    close: () => Promise.resolve(),
  };
  return { browser, counts };
}

function laneOfOne() {
  const time = new VirtualTime();
  const lane = new Lane(1, time.timers);
  const { browser, counts } = counted();
  return { time, lane, counts, shared: inTurn(browser, (signal) => lane.enter(WAIT_MS, signal)) };
}

describe('the browser in turns', () => {
  it('has one tab open at a time, whoever wants one', async () => {
    const { counts, shared } = laneOfOne();
    const work = () => settle().then(() => 'done');
    const tabs = [1, 2, 3].map(() => shared.withTab(NEVER, work));
    expect(await Promise.all(tabs)).toEqual(['done', 'done', 'done']);
    expect(counts).toEqual({ open: 0, most: 1 });
  });

  it('waits for a run of the lane, and says when its turn does not come', async () => {
    const { time, lane, shared } = laneOfOne();
    const run = await lane.enter(WAIT_MS, NEVER);
    const late = shared.withTab(NEVER, () => Promise.resolve('played'));
    await time.advance(WAIT_MS + 1);
    expect(await late).toMatchObject({ failure: { layer: 'agent', blame: 'agent', code: 'overloaded' } });
    if (run.entered) run.release();
    expect(await shared.withTab(NEVER, () => Promise.resolve('played'))).toBe('played');
  });

  it('gives its turn back when the work throws, and does not wait for one past the end of a run', async () => {
    const { lane, shared } = laneOfOne();
    await expect(shared.withTab(NEVER, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(lane.running).toBe(0);
    const ended = await shared.withTab(AbortSignal.abort(), () => Promise.resolve('played'));
    expect(ended).toHaveProperty('failure');
  });

  it('is the same browser', () => {
    expect(laneOfOne().shared.build.version).toBe('Chromium 1');
  });
});
