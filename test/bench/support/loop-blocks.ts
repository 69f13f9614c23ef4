/** Stretches in which the event loop of a process stood still, and what lies in them. */

export interface LoopBlock {
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Lines of two numbers, as `loop-blocker.ts` writes them. */
export function blocksOf(text: string): LoopBlock[] {
  return text.split('\n').flatMap((line) => {
    const [fromMs, untilMs] = line.split(' ').map(Number);
    return fromMs !== undefined && untilMs !== undefined && untilMs > fromMs ? [{ fromMs, untilMs }] : [];
  });
}

/** Whether any of them has a part of the stretch. `blocks` in any order. */
export function isBlocked(
  blocks: readonly LoopBlock[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): boolean {
  return blocks.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs);
}
