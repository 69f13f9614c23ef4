/** Between a run and its result: a failure is held against how things stand, and says so in its attributes. */
import type { ErrorCode, Failure } from '../../probes/outcome.ts';
import type { Clock, RunResult } from '../../probes/probe.ts';
import type { Reached, RunRecorder } from '../../probes/run-recorder.ts';
import type { ClockOffset } from '../clock-offset.ts';
import type { RunEnd } from '../runner.ts';
import { type Circumstances, describeCircumstances } from './circumstances.ts';
import type { ControlProbe } from './control-probe.ts';
import { judgeBlame } from './judge-blame.ts';

/** What may have ended a connection that had come about. */
const ON_A_CONNECTION: ReadonlySet<ErrorCode> = new Set(['timeout', 'reset', 'truncated']);

/**
 * Where one more dial tells something: where a run was connected that then heard nothing more, and where a disturbed one found nobody, of
 * whom one that is not disturbed may.
 */
function placeAtFault(
  { code }: Failure,
  reached: Reached | undefined,
  isDisturbed: boolean,
): Reached | undefined {
  if (reached === undefined || !ON_A_CONNECTION.has(code)) return undefined;
  return reached.isConnected || code === 'reset' || isDisturbed ? reached : undefined;
}

/** Nothing is known of a run that was not seen, as those of a browser. */
function waitedRatioOf(durationMs: number, recorder: RunRecorder | undefined): number {
  if (recorder?.reached === undefined || durationMs <= 0) return 0;
  return Math.max(0, 1 - recorder.lastWordMs / durationMs);
}

/** The result of a run with the last word on its blame. `stop` aborts when the agent cannot wait. Never rejects. */
export type Judge = (
  end: Pick<RunEnd, 'result' | 'disturbances' | 'durationMs' | 'lost' | 'recorder'>,
  stop: AbortSignal,
) => Promise<RunResult>;

/**
 * Attributes that it adds: `disturbed_by` to a disturbed run; to a failure `blame_rule` and `control`, both of few different
 * words.
 */
export function createJudge(options: {
  readonly control: Pick<ControlProbe, 'look' | 'dialAgain'>;
  readonly offset: Pick<ClockOffset, 'offsetMs' | 'errorMs'>;
  readonly clock: Pick<Clock, 'wallMs'>;
}): Judge {
  const { clock, control, offset } = options;
  return async ({ result, disturbances, durationMs, lost, recorder }, stop) => {
    const by = disturbances.length > 0 ? { disturbed_by: disturbances.join(',') } : {};
    if (result.outcome === 'ok') return { ...result, attributes: { ...result.attributes, ...by } };
    // What the agent says of itself needs no witness: a browser that is missing is missing for good.
    if (result.failure.blame === 'agent')
      return { ...result, attributes: { ...result.attributes, ...by, blame_rule: 'own_fault' } };
    const errorMs = offset.errorMs();
    const place = placeAtFault(result.failure, recorder?.reached, disturbances.length > 0);
    const shown = result.failure.code === 'cert_expired' ? recorder?.certificate : undefined;
    const [look, target] = await Promise.all([
      control.look(stop),
      place === undefined ? undefined : control.dialAgain(place, stop),
    ]);
    const circumstances: Circumstances = {
      disturbances,
      lost,
      waitedRatio: waitedRatioOf(durationMs, recorder),
      ...look,
      ...(target === undefined ? {} : { target }),
      ...(shown === undefined ? {} : { certificate: { ...shown, seenMs: clock.wallMs() } }),
      ...(errorMs === undefined ? {} : { clock: { offsetMs: offset.offsetMs(), errorMs } }),
    };
    const { blame, rule } = judgeBlame(result.failure, circumstances);
    const told = { blame_rule: rule, control: describeCircumstances(circumstances) };
    return {
      ...result,
      failure: { ...result.failure, blame },
      attributes: { ...result.attributes, ...by, ...told },
    };
  };
}
