/** What other regions saw of an upload, as facts of the run that published it. */
import { type Failure, MISSED_REASONS } from '../outcome.ts';
import type { UploadRun } from '../upload/upload-run.ts';
import type { NoReports, WatchReport } from '../watch-order.ts';

/**
 * Attribute `visible`: what each region saw, or why there are no reports. `publish_visible_ms` is that of the slowest one that saw it. The failure is that of regions in
 * which it did not play; one whose agent was not there is no fault of the service, and has a row of its own that says so.
 */
export function recordVisibility(
  run: UploadRun,
  reports: readonly WatchReport[] | NoReports,
): Failure | undefined {
  if (typeof reports === 'string') {
    run.attributes.visible = reports;
    return undefined;
  }
  const seen = reports.flatMap((report) => ('visibleMs' in report ? [report.visibleMs] : []));
  run.metrics.publish_region_count = seen.length;
  if (seen.length > 0) run.metrics.publish_visible_ms = Math.max(...seen);
  run.attributes.visible = reports.map(inWords).join(', ');
  const unseen = reports.filter((report) => 'missed' in report && !isOurs(report.missed));
  const [first] = unseen;
  if (!first || !('missed' in first)) return undefined;
  const where = unseen.map(({ region }) => region).join(', ');
  return {
    layer: 'processing',
    blame: 'unknown',
    code: 'timeout',
    message: `Not playable from ${where}: ${first.missed}`,
  };
}

function inWords(report: WatchReport): string {
  const what =
    'visibleMs' in report
      ? `${Math.round(report.visibleMs)} ms`
      : isOurs(report.missed)
        ? report.missed
        : 'not visible';
  return `${report.region} ${what}`;
}

/** A word of ours in place of a sentence: no agent was there, or it had no time. */
function isOurs(missed: string): boolean {
  return (MISSED_REASONS as readonly string[]).includes(missed);
}
