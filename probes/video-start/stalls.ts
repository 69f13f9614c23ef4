/** Why playback stalled, and how long the network was silent. */
import type { Evidence } from './evidence.ts';
import type { StallCause } from './media-log.ts';
import { videoRequests } from './request-kind.ts';

/** The page learns of a stall a moment after the pipeline, on a busy machine a long one. */
const NEWS_MS = 500;

/**
 * The cause of most of the time stalled, by the pipeline's own account; undefined without stalls. A page that got no processor for
 * half of a stall was starved by its host, and so was what should have fed the pipeline.
 */
export function stallCauseOf({ report, media }: Evidence): StallCause | 'unknown' | undefined {
  const tookMs = new Map<StallCause | 'unknown', number>();
  for (const { startMs, endMs, lateMs } of report.stalls) {
    const underflow = media.underflows.find(({ atMs }) => atMs >= startMs - NEWS_MS && atMs <= endMs);
    const isStarved = lateMs > (endMs - startMs) / 2;
    const cause = isStarved ? 'host' : (underflow?.cause ?? 'unknown');
    tookMs.set(cause, (tookMs.get(cause) ?? 0) + endMs - startMs);
  }
  return [...tookMs].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The longest time in which no byte came though a response was under way; undefined when there was none. A player that has enough
 * stops to read, which shows here too.
 */
export function netGapMs(evidence: Evidence): number | undefined {
  const { report } = evidence;
  const open = videoRequests(evidence).flatMap(({ timing, arrivals, endMs = report.endedMs }) => {
    const fromMs = timing?.respondedMs ?? arrivals[0]?.atMs;
    return fromMs === undefined ? [] : [{ fromMs, endMs: Math.min(endMs, report.endedMs), arrivals }];
  });
  const times = open
    .flatMap(({ fromMs, endMs, arrivals }) => [fromMs, ...arrivals.map(({ atMs }) => atMs), endMs])
    .filter((atMs) => atMs <= report.endedMs)
    .sort((a, b) => a - b);
  let gapMs: number | undefined;
  for (const [at, toMs] of times.entries()) {
    const fromMs = times[at - 1];
    if (fromMs === undefined || toMs - fromMs <= (gapMs ?? 0)) continue;
    if (open.some((request) => request.fromMs <= fromMs && request.endMs >= toMs)) gapMs = toMs - fromMs;
  }
  return gapMs;
}
