import { describe, expect, it } from 'vitest';
import {
  BACKOFF_MS,
  backoffMs,
  connectionState,
  follow,
  STALE_AFTER_MS,
} from '../../../collector/dashboard/connection.js';

const SEEN = { openedMs: 0, lastEventMs: 5000 as number | null, failed: false, resting: false };

describe('what the page says of its connection', () => {
  it('is connecting until the first event, for a while', () => {
    expect(connectionState({ ...SEEN, lastEventMs: null }, 1000)).toEqual({ state: 'connecting' });
  });

  it('is live while events come', () => {
    expect(connectionState(SEEN, 6000)).toEqual({ state: 'live', lastEventMs: 5000 });
  });

  it('is reconnecting, since the last event, when they stop although nobody hung up', () => {
    expect(connectionState(SEEN, 5001 + STALE_AFTER_MS)).toEqual({
      state: 'reconnecting',
      sinceMs: 5000,
      wasLive: true,
    });
  });

  it('is reconnecting at once when the stream fails', () => {
    expect(connectionState({ ...SEEN, failed: true }, 5100).state).toBe('reconnecting');
  });

  it('is reconnecting when the first event never comes', () => {
    expect(connectionState({ ...SEEN, openedMs: 1000, lastEventMs: null }, 1001 + STALE_AFTER_MS)).toEqual({
      state: 'reconnecting',
      sinceMs: 1000,
      wasLive: false,
    });
  });

  it('is resting while nobody looks, and connecting when somebody does again', () => {
    expect(connectionState({ ...SEEN, resting: true }, 60_000)).toEqual({ state: 'resting', sinceMs: 5000 });
    expect(connectionState({ ...SEEN, openedMs: 60_000 }, 60_100)).toEqual({ state: 'connecting' });
  });
});

describe('the wait before a try', () => {
  it('grows with each failure, up to a limit, and is different for everybody', () => {
    expect([1, 2, 3, 9].map((failures) => backoffMs(failures, 1))).toEqual([
      2000,
      4000,
      8000,
      BACKOFF_MS.last,
    ]);
    expect(backoffMs(9, 0)).toBe(BACKOFF_MS.first / 4);
  });
});

/** A stream by the rules of the HTML Standard §9.2, played by hand. */
class PlayedSource extends EventTarget {
  isClosed = false;
  overview(data: unknown): void {
    this.dispatchEvent(new MessageEvent('overview', { data: JSON.stringify(data) }));
  }
  fail(): void {
    this.dispatchEvent(new Event('error'));
  }
  close(): void {
    this.isClosed = true;
  }
}

function followed() {
  const sources: PlayedSource[] = [];
  const scheduled: { callback: () => void; delayMs: number }[] = [];
  const shown: unknown[] = [];
  const clock = { nowMs: 1000 };
  let failures = 0;
  const stream = follow({
    url: '/api/v1/stream',
    open: () => {
      const source = new PlayedSource();
      sources.push(source);
      return source as unknown as EventSource;
    },
    nowMs: () => clock.nowMs,
    random: () => 1,
    schedule: (callback: () => void, delayMs: number) => scheduled.push({ callback, delayMs }),
    onOverview: (overview: unknown) => shown.push(overview),
    onFailure: () => {
      failures += 1;
    },
  });
  return { sources, scheduled, shown, clock, ...stream, failures: () => failures };
}

describe('the stream', () => {
  it('shows each overview and turns live', () => {
    const { sources, shown, state } = followed();
    sources[0]?.overview({ at: 'now' });
    expect(shown).toEqual([{ at: 'now' }]);
    expect(state()).toEqual({ state: 'live', lastEventMs: 1000 });
  });

  it('is opened again after a failure, later each time, and is live again with the next event', () => {
    const { failures, sources, scheduled, clock, state } = followed();
    sources[0]?.overview({});
    clock.nowMs = 2000;
    sources[0]?.fail();
    expect(sources[0]?.isClosed).toBe(true);
    expect(state()).toEqual({ state: 'reconnecting', sinceMs: 1000, wasLive: true });
    scheduled[0]?.callback();
    sources[1]?.fail();
    scheduled[1]?.callback();
    expect(scheduled.map(({ delayMs }) => delayMs)).toEqual([2000, 4000]);
    expect(failures()).toBe(2);
    clock.nowMs = 3000;
    sources[2]?.overview({});
    expect(state()).toEqual({ state: 'live', lastEventMs: 3000 });
    sources[2]?.fail();
    expect(scheduled.at(-1)?.delayMs).toBe(2000);
  });

  it('is closed while nobody looks, whatever was planned, and opened at once when somebody does', () => {
    const { scheduled, sources, rest, resume, state } = followed();
    sources[0]?.fail();
    rest();
    scheduled[0]?.callback();
    expect(sources).toHaveLength(1);
    expect(state().state).toBe('resting');
    resume();
    resume();
    expect(sources).toHaveLength(2);
    rest();
    expect(sources[1]?.isClosed).toBe(true);
  });
});
