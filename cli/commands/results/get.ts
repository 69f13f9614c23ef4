import { Args, Flags } from '@oclif/core';
import type { RunJson } from '../../../collector/api/answers/checks.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';
import { runText } from '../../support/run-text.ts';

export default class ResultsGet extends BaseCommand {
  static override summary = 'Show one run, with the evidence of a failure.';
  static override description =
    'Evidence is what a failed run saw: connections, certificate, requests and answers, the beginning of the body, the waterfall. It is redacted at the agent and kept for a week.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> results get ams-1/6f1c…/42',
    '<%= config.bin %> results get ams-1/6f1c…/42 -o json',
  ];
  static override args = {
    run: Args.string({
      description: 'The run_id of a result, as `results tail -o json` and incidents show it.',
      required: true,
    }),
  };
  static override flags = {
    collector: collectorFlag,
    output: Flags.string({
      char: 'o',
      description: 'Text for people, or the whole as JSON.',
      options: ['table', 'json'],
      default: 'table',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ResultsGet);
    const run = await this.client().get<RunJson>(`/api/v1/results/${segment(args.run)}`);
    this.data(flags.output === 'json' ? JSON.stringify(run, null, 2) : runText(run));
  }
}
