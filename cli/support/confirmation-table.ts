/** What second looks found, as a table for people. */
import { formatTable } from './output.ts';

interface AnswerJson {
  readonly agent: string;
  readonly region: string;
  readonly role: string;
  readonly outcome: string;
  readonly raised: boolean | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly code: string;
}

/** A second look, as the evidence of an incident has it. */
export interface ConfirmationJson {
  readonly region: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly verdict: string;
  readonly asked_ms: number;
  readonly settled_ms: number;
  readonly answers: readonly AnswerJson[];
}

const RAISED = { true: 'raised', false: 'well', null: 'no say' } as const;

const number = (value: number | null): string | null => (value === null ? null : value.toPrecision(3));

/** One block a look: what was asked and said, then who answered how. */
export function confirmationTables(confirmations: readonly ConfirmationJson[]): string {
  return confirmations
    .map(({ region, probe, target, metric, verdict, asked_ms, settled_ms, answers }) => {
      const at = new Date(asked_ms).toISOString();
      const took = ((settled_ms - asked_ms) / 1000).toFixed(1);
      const rows = answers.map((one) => [
        one.role,
        one.region,
        one.agent,
        one.code === '' ? one.outcome : `${one.outcome} ${one.code}`,
        RAISED[`${one.raised}`],
        number(one.value),
        number(one.limit),
      ]);
      const head = `${at}  ${metric} of ${probe} on ${target} in ${region}: ${verdict}, after ${took} s`;
      return `${head}\n${formatTable(['asked', 'region', 'agent', 'outcome', 'says', 'value', 'limit'], rows)}`;
    })
    .join('\n\n');
}
