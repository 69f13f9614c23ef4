/** From a failed run to its evidence in the spool. */
import { evidenceText } from '../../probes/evidence.ts';
import type { RunResult } from '../../probes/probe.ts';
import type { RunRecorder } from '../../probes/run-recorder.ts';
import type { RunEnd } from '../runner.ts';
import type { EvidenceSpool } from './evidence-spool.ts';

/** Keeps the evidence of a run that failed, and of no other. */
export type EvidenceKeeper = (
  end: Pick<RunEnd, 'result' | 'recorder'>,
  run: {
    readonly run: string;
    readonly probe: string;
    readonly target: string;
    readonly scheduledMs: number;
  },
) => void;

/** `onKept`: there is something to send. */
export function createKeeper(spool: EvidenceSpool, onKept: () => void): EvidenceKeeper {
  return ({ result, recorder }, { run, probe, target, scheduledMs }) => {
    if (result.outcome !== 'fail' || !recorder || !spool.admit()) return;
    const evidence = { ...recorder.evidence(result.phases), ...result.evidence };
    spool.keep({ run, probe, target, atMs: scheduledMs, text: evidenceText(evidence) });
    onKept();
  };
}

/** A result without the secrets that its run was given: a server may quote them in what becomes the message. */
export function cleaned(result: RunResult, recorder: RunRecorder | undefined): RunResult {
  if (result.outcome !== 'fail' || !recorder) return result;
  const message = recorder.redactor.text(result.failure.message);
  return { ...result, failure: { ...result.failure, message } };
}
