// @ts-check
/** What the collector's stream last said: one stream a page, whatever looks at it. A hidden tab rests. */
import { useEffect, useState } from 'preact/hooks';
import { getJson } from './api.js';
import { follow } from './connection.js';
import { createStore, useStore } from './store.js';

/** @typedef {import('../api/overview.ts').Overview} Overview */
/** @typedef {import('./connection.js').Connection} Connection */

/** A tab that is back within this time has missed nothing. */
const REST_AFTER_MS = 15_000;
const LOOK_MS = 500;

const overview = createStore(/** @type {Overview | null} */ (null));
const connection = createStore(/** @type {Connection} */ ({ state: 'connecting' }));
/** Nobody is signed in any more: the stream will not come back by itself. */
const signedOut = createStore(false);

/** Begins to follow; called once, by main.js. */
export function startLive() {
  // What the page has asked for before its modules were there, for the first view; what the stream says wins.
  const early = document.getElementById('overview')?.getAttribute('href');
  if (early)
    getJson(early).then(
      (one) => overview.get() ?? overview.set(/** @type {Overview} */ (one)),
      () => undefined,
    );
  const stream = follow({
    url: '/api/v1/stream',
    open: (url) => new EventSource(url),
    nowMs: () => Date.now(),
    random: Math.random,
    schedule: (callback, delayMs) => setTimeout(callback, delayMs),
    onOverview: (one) => {
      signedOut.set(false);
      overview.set(one);
      look();
    },
    onFailure: () => {
      look();
      void askWhoIAm();
    },
  });
  let shown = '';
  const look = () => {
    const state = stream.state();
    // The time of the last event is no news while it is live.
    const text = JSON.stringify(state.state === 'live' ? 'live' : state);
    if (text === shown) return;
    shown = text;
    connection.set(state);
  };
  setInterval(look, LOOK_MS);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(stream.rest, REST_AFTER_MS);
    else stream.resume();
    look();
  });
}

/** A stream that fails does not say why: a session that has ended is told from a collector that is away. */
async function askWhoIAm() {
  const answer = await fetch('/api/v1/whoami').catch(() => undefined);
  if (answer) signedOut.set(answer.status === 401);
}

/**
 * The newest overview, null before the first, and how fresh it is.
 * @returns {{ overview: Overview | null, connection: Connection, isSignedOut: boolean, isStale: boolean }}
 */
export function useLive() {
  const { state } = useStore(connection);
  return {
    overview: useStore(overview),
    connection: useStore(connection),
    isSignedOut: useStore(signedOut),
    isStale: state === 'reconnecting' || state === 'resting',
  };
}

/** The overview alone; not drawn anew when only the connection changes. */
export const useOverview = () => useStore(overview);

/**
 * The time, drawn anew every so often: for "3 min ago".
 * @param {number} everyMs
 */
export function useNow(everyMs) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
