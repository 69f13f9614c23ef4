/** Figures that are dear to ask for and change slowly. */

/** `ask`, and for `ageMaxMs` after it what it last answered. */
export function freshFor(
  ageMaxMs: number,
  ask: () => number,
  nowMs: () => number = () => performance.now(),
): () => number {
  let askedMs = Number.NEGATIVE_INFINITY;
  let answer = 0;
  return () => {
    const atMs = nowMs();
    if (atMs - askedMs >= ageMaxMs) {
      answer = ask();
      askedMs = atMs;
    }
    return answer;
  };
}
