// @ts-check
/**
 * The stream from the collector, and what may honestly be said of it: `live` only while events come in time,
 * otherwise `reconnecting` since the last of them. Time and EventSource are given, so that it can be tested.
 */

/** Events come every 2 s; three missed are no hiccup. */
export const STALE_AFTER_MS = 6500;
/** EventSource gives up on an HTTP error, such as 503 when all streams are taken; then this opens a new one. */
export const REOPEN_AFTER_MS = 4000;

/** @typedef {{ state: 'connecting' } | { state: 'live', lastEventMs: number } | { state: 'reconnecting', sinceMs: number }} Connection */

/**
 * What the page may say, from when the last event came.
 * @param {{ openedMs: number, lastEventMs: number | null, failed: boolean }} seen `failed`: the stream is down now
 * @param {number} nowMs
 * @returns {Connection}
 */
export function connectionState({ openedMs, lastEventMs, failed }, nowMs) {
  const sinceMs = lastEventMs ?? openedMs;
  if (failed || nowMs - sinceMs > STALE_AFTER_MS) return { state: 'reconnecting', sinceMs };
  return lastEventMs === null ? { state: 'connecting' } : { state: 'live', lastEventMs };
}

/**
 * Follows the stream for ever. Events arrive as parsed JSON; one that does not parse is dropped.
 * @param {{
 *   url: string,
 *   open: (url: string) => EventSource,
 *   nowMs: () => number,
 *   schedule: (callback: () => void, delayMs: number) => void,
 *   onOverview: (overview: import('../api/overview.ts').Overview) => void,
 * }} options
 * @returns {() => Connection} the state at this moment
 */
export function follow({ url, open, nowMs, schedule, onOverview }) {
  const seen = { openedMs: nowMs(), lastEventMs: /** @type {number | null} */ (null), failed: false };
  const connect = () => {
    const source = open(url);
    source.addEventListener('overview', (event) => {
      seen.lastEventMs = nowMs();
      seen.failed = false;
      onOverview(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      seen.failed = true;
      if (source.readyState === source.CLOSED) schedule(connect, REOPEN_AFTER_MS);
    });
  };
  connect();
  return () => connectionState(seen, nowMs());
}
