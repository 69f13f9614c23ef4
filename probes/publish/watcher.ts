/** The side of the watcher: plays what another agent has published, until it plays here. */
import type { Metrics } from '../metrics.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext, RunResult } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import type { WatchOrder } from '../watch-order.ts';
import { attemptPlay, isForbidden } from './attempt.ts';
import { Pace } from './pace.ts';

/**
 * Tries until one of the addresses plays, none of them may be asked for from here, the order ends or the run does. Times of the order are by the clock of this
 * context; from here on they are differences. `publish_visible_ms` where it plays, `publish_poll_ms` in every case;
 * attribute `at_first_look` where it played at once, so that it may have been there before. Never throws for the deeds of the
 * peer.
 */
export async function watchUntilPlayable(
  context: RunContext,
  order: Omit<WatchOrder, 'from'>,
): Promise<RunResult> {
  const { clock } = context;
  const timeline = new Timeline(clock);
  const sinceMs = clock.monotonicMs() - (clock.wallMs() - order.sinceWallMs);
  const leftMs = order.untilWallMs - clock.wallMs();
  // A timer of no time would still let a first look begin.
  const over = leftMs > 0 ? AbortSignal.timeout(Math.ceil(leftMs)) : AbortSignal.abort();
  const signal = AbortSignal.any([context.signal, over]);
  const pace = new Pace(clock, order.pollMs);
  let attributes: Record<string, string> = {};
  let last: Failure | undefined;
  const urls = new Set(order.playUrls.map((text) => URL.parse(text)).filter((url) => url !== null));
  for (let looks = 1; (looks === 1 || urls.size > 0) && (await pace.turn(signal)); looks++) {
    for (const url of urls) {
      const attempt = await attemptPlay({ ...context, signal }, url, order.cmcd);
      if (attempt.plays) {
        timeline.add('visible', timeline.startMs, attempt.atMs);
        const metrics = { publish_visible_ms: attempt.atMs - sinceMs, publish_poll_ms: pace.longestMs };
        if (looks === 1) attributes.at_first_look = 'true';
        Object.assign(attributes, attempt.attributes);
        return { outcome: 'ok', metrics, attributes, phases: timeline.phases };
      }
      // An attempt that the end cut short says nothing.
      if (signal.aborted) break;
      last = attempt.failure;
      if (isForbidden(last)) urls.delete(url);
      attributes = { ...attributes, ...attempt.attributes };
    }
  }
  const metrics: Metrics = { publish_poll_ms: pace.longestMs };
  return { outcome: 'fail', failure: invisible(last), metrics, attributes, phases: timeline.phases };
}

function invisible(last: Failure | undefined): Failure {
  // What keeps this agent from asking at all says nothing about the service.
  if (last?.blame === 'agent') return last;
  const why = last ? ` Last: ${last.message}` : '';
  const message = `Announced, and not playable from here before the end of the order.${why}`;
  return { layer: 'processing', blame: last?.blame ?? 'unknown', code: 'timeout', message };
}
