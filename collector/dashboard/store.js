// @ts-check
/** A value that several components look at: the address, the theme, what the stream last said. */
import { useEffect, useState } from 'preact/hooks';

/**
 * @template T
 * @typedef {{ get: () => T, set: (value: T) => void, subscribe: (listener: () => void) => () => void }} Store
 */

/**
 * @template T
 * @param {T} value
 * @returns {Store<T>}
 */
export function createStore(value) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let current = value;
  return {
    get: () => current,
    set(next) {
      if (Object.is(next, current)) return;
      current = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The value now; the component is drawn anew when it changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [, redraw] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    const look = () => redraw({});
    look();
    return store.subscribe(look);
  }, [store]);
  return store.get();
}

/**
 * Text that this browser keeps; the fallback where it keeps nothing.
 * @param {string} name
 * @param {string} fallback
 */
export function remembered(name, fallback) {
  try {
    return localStorage.getItem(`outrider-${name}`) ?? fallback;
  } catch {
    return fallback;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(`outrider-${name}`, value);
  } catch {
    // It counts until the page is loaded again.
  }
}
