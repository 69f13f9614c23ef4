/**
 * What follows an arrival waits its turn: one piece of work for each turn of the event loop, between which the loop looks at every
 * socket. So the times of arrivals of one run wait for a single piece of another, and not for all that happens to be due. The queue
 * is as long as runs are under way, which their lanes bound.
 */

const waiting: (() => void)[] = [];
let isArmed = false;

/** Calls `work` in a turn of its own, after all that waits already. */
export function inTurn(work: () => void): void {
  waiting.push(work);
  if (!isArmed) setImmediate(next);
  isArmed = true;
}

/** Resolves in a turn of its own. */
export function turn(): Promise<void> {
  return new Promise((resolve) => inTurn(resolve));
}

function next(): void {
  const work = waiting.shift();
  isArmed = waiting.length > 0;
  // An immediate that is set by an immediate runs after the next look at the sockets.
  if (isArmed) setImmediate(next);
  work?.();
}
