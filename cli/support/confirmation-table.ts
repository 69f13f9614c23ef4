/** What second looks found, as a table for people. */
import type { ConfirmationJson } from '../../collector/api/answers/incident-evidence.ts';
import { metricText } from './metric-text.ts';
import { noteTable, paragraph } from './note.ts';

/** As `ConfirmVerdict` of the detector. */
const VERDICTS: Readonly<Record<string, string>> = {
  gone: 'nobody of the region saw it any more',
  agent: 'only the agent that saw it first did',
  network: 'only agents on one network did',
  region: 'the region did, its neighbour did not',
  wider: 'the neighbouring region did too',
  here: 'it was still there',
  mixed: 'some of the region did',
  unclear: 'nobody of the region could say',
  told: 'agents of one place and not of the other were asked',
};

const RAISED = { true: 'raised', false: 'well', null: 'no say' } as const;

const amount = (metric: string, value: number | null): string | null =>
  value === null ? null : metricText(metric, value);

/** One block a look: what was asked and said, then who answered how. */
export function confirmationTables(confirmations: readonly ConfirmationJson[]): string {
  return confirmations
    .map(({ region, probe, target, metric, verdict, asked_ms, settled_ms, answers }) => {
      const at = new Date(asked_ms).toISOString().slice(0, 19).replace('T', ' ');
      const took = ((settled_ms - asked_ms) / 1000).toFixed(1);
      const rows = answers.map((one) => [
        // Who was asked elsewhere says where that is.
        one.region === region ? one.role : `${one.role} ${one.region}`,
        one.agent,
        one.network,
        one.outcome === 'silent' ? 'did not answer' : `${one.outcome} ${one.code}`.trim(),
        `${RAISED[`${one.raised}`]}${one.disturbed ? ': disturbed' : ''}`,
        amount(metric, one.value),
        amount(metric, one.limit),
      ]);
      const said = `${verdict}: ${VERDICTS[verdict] ?? 'no word for it'}`;
      const head = `${at}  ${metric} of ${probe} on ${target} in ${region}: ${said}, after ${took} s`;
      const table = noteTable(['asked', 'agent', 'network', 'outcome', 'says', 'value', 'normal to'], rows);
      return `${paragraph(head)}\n${table}`;
    })
    .join('\n\n');
}
