import { describe, expect, it } from 'vitest';
import {
  connectionState,
  follow,
  REOPEN_AFTER_MS,
  STALE_AFTER_MS,
} from '../../../collector/dashboard/connection.js';

describe('what the page says of its connection', () => {
  it('is connecting until the first event, for a while', () => {
    expect(connectionState({ openedMs: 0, lastEventMs: null, failed: false }, 1000)).toEqual({
      state: 'connecting',
    });
  });

  it('is live while events come', () => {
    expect(connectionState({ openedMs: 0, lastEventMs: 5000, failed: false }, 6000)).toEqual({
      state: 'live',
      lastEventMs: 5000,
    });
  });

  it('is reconnecting, since the last event, when they stop although nobody hung up', () => {
    expect(connectionState({ openedMs: 0, lastEventMs: 5000, failed: false }, 5001 + STALE_AFTER_MS)).toEqual(
      {
        state: 'reconnecting',
        sinceMs: 5000,
      },
    );
  });

  it('is reconnecting at once when the stream fails', () => {
    expect(connectionState({ openedMs: 0, lastEventMs: 5000, failed: true }, 5100).state).toBe(
      'reconnecting',
    );
  });

  it('is reconnecting when the first event never comes', () => {
    expect(
      connectionState({ openedMs: 1000, lastEventMs: null, failed: false }, 1001 + STALE_AFTER_MS),
    ).toEqual({
      state: 'reconnecting',
      sinceMs: 1000,
    });
  });
});

/** A stream by the rules of the HTML Standard §9.2, played by hand. */
class PlayedSource extends EventTarget {
  readonly CLOSED = 2;
  readyState = 0;
  overview(data: unknown): void {
    this.readyState = 1;
    this.dispatchEvent(new MessageEvent('overview', { data: JSON.stringify(data) }));
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
}

function followed() {
  const sources: PlayedSource[] = [];
  const scheduled: { callback: () => void; delayMs: number }[] = [];
  const shown: unknown[] = [];
  const clock = { nowMs: 1000 };
  const state = follow({
    url: '/api/v1/stream',
    open: () => {
      const source = new PlayedSource();
      sources.push(source);
      return source as unknown as EventSource;
    },
    nowMs: () => clock.nowMs,
    schedule: (callback: () => void, delayMs: number) => scheduled.push({ callback, delayMs }),
    onOverview: (overview: unknown) => shown.push(overview),
  });
  return { sources, scheduled, shown, clock, state };
}

describe('the stream', () => {
  it('shows each overview and turns live', () => {
    const { sources, shown, state } = followed();
    sources[0]?.overview({ at: 'now' });
    expect(shown).toEqual([{ at: 'now' }]);
    expect(state()).toEqual({ state: 'live', lastEventMs: 1000 });
  });

  it('leaves it to EventSource to come back after a broken connection, and is live again with the next event', () => {
    const { sources, scheduled, clock, state } = followed();
    sources[0]?.overview({});
    clock.nowMs = 2000;
    sources[0]?.fail(0);
    expect(state()).toEqual({ state: 'reconnecting', sinceMs: 1000 });
    expect(scheduled).toEqual([]);
    clock.nowMs = 3000;
    sources[0]?.overview({});
    expect(state()).toEqual({ state: 'live', lastEventMs: 3000 });
  });

  it('opens a new stream where EventSource gives up, as on 503', () => {
    const { sources, scheduled, state } = followed();
    sources[0]?.fail(2);
    expect(state().state).toBe('reconnecting');
    expect(scheduled.map(({ delayMs }) => delayMs)).toEqual([REOPEN_AFTER_MS]);
    scheduled[0]?.callback();
    sources[1]?.overview({});
    expect(state().state).toBe('live');
  });
});
