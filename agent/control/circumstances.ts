/** How things stood at the agent in the seconds of a failure: what its blame is judged by. Plain values. */
import type { ErrorCode, Layer } from '../../probes/outcome.ts';
import type { Disturbance, Lost } from './disturbance.ts';

/** What became of one dial to one anchor. */
export type AnchorLook =
  | { readonly anchor: string; readonly reached: true }
  | { readonly anchor: string; readonly reached: false; readonly layer: Layer; readonly code: ErrorCode };

/** What became of one more dial to where a run had come: `refuses` is a reset too, `silent` that nothing came in time. */
export type TargetLook = 'accepts' | 'refuses' | 'silent';

/** What a server showed to a run that found it expired. Unix milliseconds. */
export interface SeenCertificate {
  readonly fromMs: number;
  readonly untilMs: number;
  /** By the clock of the agent. */
  readonly seenMs: number;
}

export interface Circumstances {
  /** What the agent did to the run itself; empty for one that it left alone. */
  readonly disturbances: readonly Disturbance[];
  /** How much of its time that took. */
  readonly lost: Lost;
  /** How much of its time the run waited for others, who had been asked in time, without hearing anything, 0 to 1. */
  readonly waitedRatio: number;
  /** Empty where none are configured, or none had its time. */
  readonly anchors: readonly AnchorLook[];
  /** Whether the collector answered in the same seconds. */
  readonly linkUp: boolean;
  /** Absent for runs that ended otherwise, and where a look at it told nothing. */
  readonly target?: TargetLook;
  /** That of the server itself; absent where the run had none to show. */
  readonly certificate?: SeenCertificate;
  /** Clock of the collector minus clock of the agent, and how far off that may be; absent before the first measurement. */
  readonly clock?: { readonly offsetMs: number; readonly errorMs: number };
}

/** One line for people, from few words, since it stands on every failed result: `anchors 1/3, link up`. */
export function describeCircumstances({
  anchors,
  linkUp,
}: Pick<Circumstances, 'anchors' | 'linkUp'>): string {
  const link = linkUp ? 'link up' : 'link down';
  if (anchors.length === 0) return `no anchors, ${link}`;
  return `anchors ${anchors.filter(({ reached }) => reached).length}/${anchors.length}, ${link}`;
}
