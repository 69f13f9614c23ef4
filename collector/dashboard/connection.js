// @ts-check
/**
 * The stream from the collector, and what may honestly be said of it: `live` only while events come in time, `reconnecting` since the last
 * of them otherwise, `resting` while nobody looks. Time, chance and EventSource are given, so that it can be tested.
 */

/** Events come every 2 s; three missed are no hiccup. */
export const STALE_AFTER_MS = 6500;
/** Tries to come back wait for a random time up to this, doubled with each failure, up to the last. */
export const BACKOFF_MS = { first: 2000, last: 30_000 };

/**
 * @typedef {{ state: 'connecting' } | { state: 'resting', sinceMs: number | null } | { state: 'live', lastEventMs: number }
 *   | { state: 'reconnecting', sinceMs: number, wasLive: boolean }} Connection
 */

/**
 * What the page may say, from when the last event came.
 * @param {{ openedMs: number, lastEventMs: number | null, failed: boolean, resting: boolean }} seen `failed`: the stream is down now
 * @param {number} nowMs
 * @returns {Connection}
 */
export function connectionState({ openedMs, lastEventMs, failed, resting }, nowMs) {
  if (resting) return { state: 'resting', sinceMs: lastEventMs };
  const heardMs = Math.max(openedMs, lastEventMs ?? openedMs);
  if (failed || nowMs - heardMs > STALE_AFTER_MS)
    return { state: 'reconnecting', sinceMs: lastEventMs ?? openedMs, wasLive: lastEventMs !== null };
  return lastEventMs === null || lastEventMs < openedMs
    ? { state: 'connecting' }
    : { state: 'live', lastEventMs };
}

/**
 * How long to wait before a try: full jitter, so that a thousand pages do not come back at once.
 * @param {number} failures without an event between them, from 1 on
 * @param {number} random 0 to 1
 */
export function backoffMs(failures, random) {
  const most = Math.min(BACKOFF_MS.last, BACKOFF_MS.first * 2 ** (failures - 1));
  return Math.round(BACKOFF_MS.first / 4 + random * (most - BACKOFF_MS.first / 4));
}

/**
 * Follows the stream until `rest`, and again from `resume` on. Events arrive as parsed JSON.
 * @param {{
 *   url: string,
 *   open: (url: string) => EventSource,
 *   nowMs: () => number,
 *   random: () => number,
 *   schedule: (callback: () => void, delayMs: number) => unknown,
 *   onOverview: (overview: import('../api/overview.ts').Overview) => void,
 *   onFailure?: () => void,
 * }} options
 * @returns {{ state: () => Connection, rest: () => void, resume: () => void }}
 */
export function follow({ url, open, nowMs, random, schedule, onOverview, onFailure }) {
  const seen = {
    openedMs: nowMs(),
    lastEventMs: /** @type {number | null} */ (null),
    failed: false,
    resting: false,
  };
  let failures = 0;
  /** @type {EventSource | undefined} */
  let source;
  const connect = () => {
    if (seen.resting || source !== undefined) return;
    const opened = open(url);
    source = opened;
    opened.addEventListener('overview', (event) => {
      if (source !== opened) return;
      seen.lastEventMs = nowMs();
      seen.failed = false;
      failures = 0;
      onOverview(JSON.parse(event.data));
    });
    opened.addEventListener('error', () => {
      if (source !== opened) return;
      // Its own tries know no growing wait, and give up for good on an HTTP error such as 503 (HTML Standard §9.2.3).
      opened.close();
      source = undefined;
      seen.failed = true;
      failures += 1;
      schedule(connect, backoffMs(failures, random()));
      onFailure?.();
    });
  };
  connect();
  return {
    state: () => connectionState(seen, nowMs()),
    rest: () => {
      seen.resting = true;
      source?.close();
      source = undefined;
    },
    resume: () => {
      if (!seen.resting) return;
      Object.assign(seen, { resting: false, failed: false, openedMs: nowMs() });
      failures = 0;
      connect();
    },
  };
}
