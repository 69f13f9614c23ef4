/** The segments of a DASH representation as runs of equal ones: a manifest may claim a billion of them in one line. */

export interface SegmentRun {
  /** In ticks of the timescale, as `$Time$`. */
  readonly start: number;
  readonly duration: number;
  /** At least 1; `Infinity` when nothing says where it ends. */
  readonly count: number;
}

export interface TimedSegment {
  /** From the first segment on, 0 first. */
  readonly index: number;
  readonly start: number;
  readonly duration: number;
}

interface TimelineEntry {
  readonly t?: number | string;
  readonly d?: number | string;
  readonly r?: number | string;
}

/** The runs of a `SegmentTimeline`; `end`: ticks where the period ends, for a run that goes on (`r` below 0). */
export function runsOfTimeline(timeline: readonly TimelineEntry[], end: number): SegmentRun[] {
  const runs: SegmentRun[] = [];
  let at = 0;
  timeline.forEach(({ t, d, r }, i) => {
    const start = finite(t) ?? at;
    const duration = finite(d) ?? 0;
    if (duration <= 0) return;
    const repeats = finite(r) ?? 0;
    const until = finite(timeline[i + 1]?.t) ?? end;
    const open = Number.isFinite(until) ? Math.max(1, Math.ceil((until - start) / duration)) : Infinity;
    const count = repeats < 0 ? open : repeats + 1;
    runs.push({ start, duration, count });
    at = start + duration * count;
  });
  return runs;
}

/** Where the last segment ends, in ticks. */
export function endOf(runs: readonly SegmentRun[]): number {
  const last = runs.at(-1);
  return last ? last.start + last.duration * last.count : 0;
}

/** The segments from the one on that is played at `from` (ticks), or from the last one where all end before. */
export function* segmentsFrom(runs: readonly SegmentRun[], from: number): Generator<TimedSegment> {
  let index = 0;
  let started = false;
  for (const [i, { start, duration, count }] of runs.entries()) {
    const isLast = i === runs.length - 1;
    const passed = Math.floor((from - start) / duration);
    const skipped = started ? 0 : Math.max(0, Math.min(passed, isLast ? count - 1 : count));
    for (let n = skipped; n < count; n++) {
      started = true;
      yield { index: index + n, start: start + n * duration, duration };
    }
    index += count;
  }
}

function finite(value: number | string | undefined): number | undefined {
  const number = Number(value);
  return value === undefined || !Number.isFinite(number) ? undefined : number;
}
