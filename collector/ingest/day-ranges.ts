/** Rows of a batch by the UTC day of their slot: a block holds rows of one day, because a day is one part of the table. */
import type { BatchView } from '../../protocol/batch-view.ts';

const DAY_MS = 86_400_000;

/** Rows `[from, to)` of a batch, all of one day. */
export interface DayRange {
  /** Days since 1970. */
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

/** The rows from `from` on whose slot is within `[earliestMs, latestMs]`, as the longest ranges of one day, in their order. */
export function dayRanges(
  view: Pick<BatchView, 'count' | 'scheduledMsAt'>,
  from: number,
  earliestMs: number,
  latestMs: number,
): DayRange[] {
  const ranges: DayRange[] = [];
  let start = from;
  let day = Number.NaN;
  const end = (row: number) => {
    if (!Number.isNaN(day)) ranges.push({ day, from: start, to: row });
  };
  for (let row = from; row < view.count; row += 1) {
    const slotMs = view.scheduledMsAt(row);
    const kept = slotMs >= earliestMs && slotMs <= latestMs;
    const rowDay = kept ? Math.floor(slotMs / DAY_MS) : Number.NaN;
    if (Object.is(rowDay, day)) continue;
    end(row);
    start = row;
    day = rowDay;
  }
  end(view.count);
  return ranges;
}
