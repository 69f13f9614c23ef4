// @ts-check
/** Asks the collector. What goes wrong is said in its own words: what happened, why, what to try. */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { createStore } from './store.js';

/** A collector that does not answer by then is said not to. */
const FETCH_MS = 15_000;
/** When a collector that was away is asked again for what is read but once. */
const AWAY_MS = 5000;

/** How many reads the page waits for whose figures it does not have yet. */
export const waiting = createStore(0);

export class ApiProblem extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, hint?: string }} [more]
   */
  constructor(message, { status = 0, hint = '' } = {}) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/**
 * What is at a path of the API, such as `/api/v1/probes`: JSON, or a text. Throws ApiProblem; when `signal` aborts, what fetch throws.
 * @param {string} path
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<unknown>}
 */
export async function getJson(path, { signal } = {}) {
  const deadline = AbortSignal.timeout(FETCH_MS);
  const response = await fetch(path, {
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  }).catch((error) => {
    if (signal?.aborted) throw error;
    const isLate = deadline.aborted;
    throw new ApiProblem(
      isLate
        ? `The collector did not answer within ${FETCH_MS / 1000} s.`
        : 'The collector cannot be reached.',
      { hint: 'It is asked again by itself.' },
    );
  });
  const isJson = response.headers.get('content-type')?.includes('json');
  if (response.ok) return isJson ? response.json() : response.text();
  const { error } = await response.json().catch(() => ({ error: undefined }));
  const isText = typeof error?.message === 'string';
  throw new ApiProblem(isText ? error.message : `The collector said ${response.status}.`, {
    status: response.status,
    hint: typeof error?.hint === 'string' ? error.hint : '',
  });
}

/**
 * What a component knows of a path: `data` as last read, also while it is read again or cannot be; `error` of the last try; `at`
 * when `data` was read, Unix milliseconds.
 * @typedef {{ data: any, error: ApiProblem | null, isLoading: boolean, at: number | null }} Answer
 */

/**
 * Reads a path of the API and, where `everyMs` is given, again and again while the page is seen. Null reads nothing. Of several at once
 * the last one counts.
 * @param {string | null} path
 * @param {{ everyMs?: number }} [options]
 * @returns {Answer & { reload: () => void }}
 */
export function useApi(path, { everyMs = 0 } = {}) {
  const [answer, setAnswer] = useState(/** @type {Answer & { path: string | null }} */ (nothing(path)));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const leaving = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const read = async () => {
      clearTimeout(timer);
      // What is read once is read at once, also behind another tab.
      if (document.hidden && everyMs > 0) return;
      let nextMs = everyMs;
      try {
        const data = await getJson(path, { signal: leaving.signal });
        if (!leaving.signal.aborted) setAnswer({ path, data, error: null, isLoading: false, at: Date.now() });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const problem = error instanceof ApiProblem ? error : new ApiProblem(String(error));
        // Nobody answered: asked again, as the problem says.
        if (problem.status === 0) nextMs ||= AWAY_MS;
        setAnswer((before) => ({
          ...(before.path === path ? before : nothing(path)),
          error: problem,
          isLoading: false,
        }));
      }
      if (nextMs > 0 && !leaving.signal.aborted) timer = setTimeout(read, nextMs);
    };
    const onSeen = () => void (document.hidden ? clearTimeout(timer) : read());
    if (everyMs > 0) document.addEventListener('visibilitychange', onSeen);
    void read();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSeen);
    };
  }, [path, everyMs, turn]);
  const now = answer.path === path ? answer : nothing(path);
  // Before anything is painted: between one read and the next that follows from it the page is not at rest.
  useLayoutEffect(() => {
    if (!now.isLoading) return undefined;
    waiting.set(waiting.get() + 1);
    return () => waiting.set(waiting.get() - 1);
  }, [now.isLoading]);
  return { ...now, reload: () => setTurn(turn + 1) };
}

/** @param {string | null} path */
const nothing = (path) => ({ path, data: undefined, error: null, isLoading: path !== null, at: null });
