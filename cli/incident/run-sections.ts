/** Runs to look at. */
import type { RunJson } from '../../collector/api/answers/checks.ts';
import type { FailedRunJson, SlowRunJson } from '../../collector/api/answers/incident-evidence.ts';
import { cellText } from '../support/cell-text.ts';
import { metricText } from '../support/metric-text.ts';
import { paragraph } from '../support/note.ts';
import { evidenceText } from '../support/run-text.ts';
import { timeText } from '../support/time-text.ts';
import { titled } from './sections.ts';

/** One says what happened; a few, whether it is always the same. */
const RUNS_SHOWN = 5;

/** Ids stand alone in their line: they are to be copied. */
export function failedRuns(runs: readonly FailedRunJson[]): string {
  const lines = runs
    .slice(0, RUNS_SHOWN)
    .flatMap((run) => [
      paragraph(
        `${timeText(run.scheduled_at)}  ${run.layer}/${run.code}  ${run.probe} on ${run.target}${run.trigger === 'schedule' ? '' : `, ${run.trigger}`}${run.has_evidence ? '' : ', no evidence kept'}`,
      ),
      cellText(`  ${run.run_id}`),
    ]);
  return titled(
    'FAILED RUNS, the newest first: outrider results get RUN',
    lines.join('\n'),
    runs.length,
    RUNS_SHOWN,
  );
}

export function slowRuns(runs: readonly SlowRunJson[], metric: string): string {
  const lines = runs
    .slice(0, RUNS_SHOWN)
    .flatMap((run) => [
      cellText(
        `${timeText(run.scheduled_at)}  ${metricText(metric, run.value)}  ${run.probe} on ${run.target}`,
      ),
      cellText(`  ${run.run_id}`),
    ]);
  return titled('SLOWEST RUNS: outrider results get RUN', lines.join('\n'), runs.length, RUNS_SHOWN);
}

export function newestRun(run: RunJson, evidence: NonNullable<RunJson['evidence']>): string[] {
  const title = `WHAT THE NEWEST OF THEM SAW: ${cellText(run.run_id)}\n${cellText(run.message)}`;
  return [title, ...evidenceText(evidence, run.run_id)];
}
