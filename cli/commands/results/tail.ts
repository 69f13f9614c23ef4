import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import type { ResultJson } from '../../../collector/api/answers/checks.ts';
import { TRIGGERS } from '../../../probes/outcome.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import type { Pagination } from '../../support/output.ts';
import { resultLine } from '../../support/result-line.ts';

const POLL_MS = 1000;

export default class ResultsTail extends BaseCommand {
  static override summary = 'Print results as they arrive. Ctrl-C ends it.';
  static override description = 'A line for people each, or with -o json one JSON object a line.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> results tail',
    '<%= config.bin %> results tail --region eu-west --outcome fail',
    '<%= config.bin %> results tail --for 10s -o json',
  ];
  static override flags = {
    probe: Flags.string({ description: 'Only of this probe.' }),
    region: Flags.string({ description: 'Only of this region.' }),
    agent: Flags.string({ description: 'Only of this agent.' }),
    outcome: Flags.string({ description: 'Only with this outcome.', options: ['ok', 'fail', 'missed'] }),
    trigger: Flags.string({
      description: 'Only of this trigger: first tries are `schedule`, second looks `confirm`.',
      options: [...TRIGGERS],
    }),
    since: Flags.string({ description: 'Begin this far back: 1m, 2h.', default: '10s' }),
    for: Flags.string({ description: 'End by itself after this long: 30s, 5m.', helpValue: 'DURATION' }),
    output: Flags.string({
      char: 'o',
      description: 'A line of text or of JSON for each result.',
      options: ['table', 'json'],
      default: 'table',
    }),
    collector: collectorFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ResultsTail);
    const untilMs = this.deadline(flags.for);
    const client = this.client();
    const { probe, region, agent, outcome, trigger } = flags;
    let after: string | undefined;
    let shown = 0;
    do {
      const position = after === undefined ? { since: flags.since } : { after };
      const page = await client.get<{ data: ResultJson[]; pagination: Pagination }>('/api/v1/results', {
        ...position,
        limit: 500,
        probe,
        region,
        agent,
        outcome,
        trigger,
      });
      for (const result of page.data)
        this.data(flags.output === 'json' ? JSON.stringify(result) : resultLine(result));
      shown += page.data.length;
      after = page.pagination.next ?? after;
      if (page.data.length === 0) await sleep(Math.min(POLL_MS, Math.max(0, untilMs - Date.now())));
    } while (Date.now() < untilMs);
    if (shown === 0) this.message('no such result came: outrider doctor says what is missing');
  }
}
