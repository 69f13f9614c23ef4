/** Between a run and its result: a failure is held against how things stand, and says so in its attributes. */
import type { RunResult } from '../../probes/probe.ts';
import type { ClockOffset } from '../clock-offset.ts';
import type { RunEnd } from '../runner.ts';
import { type Circumstances, describeCircumstances } from './circumstances.ts';
import type { ControlProbe } from './control-probe.ts';
import { judgeBlame } from './judge-blame.ts';

/** The result of a run with the last word on its blame. `stop` aborts when the agent cannot wait. Never rejects. */
export type Judge = (end: Pick<RunEnd, 'result' | 'disturbances'>, stop: AbortSignal) => Promise<RunResult>;

/**
 * Attributes that it adds: `disturbed_by` to a disturbed run; to a failure `blame_rule` and `control`, both of few different
 * words.
 */
export function createJudge(options: {
  readonly control: Pick<ControlProbe, 'look'>;
  readonly offset: Pick<ClockOffset, 'offsetMs' | 'errorMs'>;
}): Judge {
  const { control, offset } = options;
  return async ({ result, disturbances }, stop) => {
    const by = disturbances.length > 0 ? { disturbed_by: disturbances.join(',') } : {};
    if (result.outcome === 'ok') return { ...result, attributes: { ...result.attributes, ...by } };
    // What the agent says of itself needs no witness: a browser that is missing is missing for good.
    if (result.failure.blame === 'agent')
      return { ...result, attributes: { ...result.attributes, ...by, blame_rule: 'own_fault' } };
    const errorMs = offset.errorMs();
    const circumstances: Circumstances = {
      disturbances,
      ...(await control.look(stop)),
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
