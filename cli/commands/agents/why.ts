import { Args, Flags } from '@oclif/core';
import type { AgentWhyJson } from '../../../collector/api/answers/fleet.ts';
import { whyLines } from '../../support/agent-report.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { segment } from '../../support/paths.ts';

export default class AgentsWhy extends BaseCommand {
  static override summary =
    'Say what is wrong with an agent, and what became of every slot that it was to run.';
  static override description =
    'Every slot is stored, pending, missed or dropped, each with its reason; one that is none of these was lost. Exits with 0 when nothing is wrong, and with 2 otherwise.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> agents why eu-west-1',
    '<%= config.bin %> agents why eu-west-1 --since 1h -o json',
  ];
  static override args = { agent: Args.string({ description: 'Id of the agent.', required: true }) };
  static override flags = {
    collector: collectorFlag,
    output: outputFlag,
    since: Flags.string({ description: 'Slots since then: a duration back, or a time.', default: '24h' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentsWhy);
    const path = `/api/v1/agents/${segment(args.agent)}/why`;
    const why = await this.client().get<AgentWhyJson>(path, { since: flags.since });
    if (flags.output === 'json') this.data(JSON.stringify(why, null, 2));
    else this.data(whyLines(why).join('\n'));
    if (!why.healthy) process.exitCode = EXIT.degraded;
  }
}
