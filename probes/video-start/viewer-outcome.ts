/** What became of a playback, in the words of CTA-2066 and its peers: the attribute `outcome`. */
import type { Failure } from '../outcome.ts';
import type { PlayReport } from './report.ts';

/**
 * `start_failed_*`: no frame, and something is known to have failed; business is 401, 403 and 451, what a service means to do.
 * `exit_before_start`: the viewer's patience ended while nothing had failed. `playback_failed`: it broke off or stalled for good
 * after its first frame. `black_video`: the media ran without one. `probe_invalid`: the agent's fault, which says nothing of the
 * service.
 */
export type ViewerOutcome =
  | 'played'
  | 'start_failed_technical'
  | 'start_failed_business'
  | 'exit_before_start'
  | 'playback_failed'
  | 'black_video'
  | 'frozen_first_frame'
  | 'codec_unsupported'
  | 'probe_invalid';

/** `report`: absent when the page could not give one; `isOwnPage`: then it may have hung by its own fault. */
export function viewerOutcome(
  failure: Failure | undefined,
  { report, isOwnPage = false }: { readonly report?: PlayReport; readonly isOwnPage?: boolean },
): ViewerOutcome {
  if (!failure) return 'played';
  if (failure.code === 'codec_unsupported') return 'codec_unsupported';
  if (failure.blame === 'agent') return 'probe_invalid';
  // The built-in page cannot hang: the deadline was shorter than the viewer's patience, and nobody knows what was on the screen.
  const isCutOff = !report && failure.code === 'timeout' && failure.layer === 'player';
  if (isCutOff && !isOwnPage) return 'probe_invalid';
  if (report?.end === 'black') return 'black_video';
  if (report?.end === 'frozen') return 'frozen_first_frame';
  if (report?.firstFrame) return 'playback_failed';
  if (failure.code === 'denied') return 'start_failed_business';
  return failure.code === 'start_timeout' ? 'exit_before_start' : 'start_failed_technical';
}
