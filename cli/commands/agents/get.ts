import { Args } from '@oclif/core';
import type { AgentDetailJson } from '../../../collector/api/answers/fleet.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatTable } from '../../support/output.ts';
import { segment } from '../../support/paths.ts';

export default class AgentsGet extends BaseCommand {
  static override summary = 'Show one agent with its labels, its health and what it was told to run.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> agents get eu-west-1',
    '<%= config.bin %> agents get eu-west-1 -o json',
  ];
  static override args = { agent: Args.string({ description: 'Id of the agent.', required: true }) };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentsGet);
    const agent = await this.client().get<AgentDetailJson>(`/api/v1/agents/${segment(args.agent)}`);
    if (flags.output === 'json') return this.data(JSON.stringify(agent, null, 2));
    const { checks, health, ...rest } = agent;
    const said = Object.entries(health ?? {}).map(([field, value]) => [`health.${field}`, value]);
    this.data(formatTable(['field', 'value'], [...Object.entries(rest), ...said]));
    const rows = checks.map(({ probe, type, target, every_ms, timeout_ms, effective_from }) => [
      probe,
      type,
      target,
      `${every_ms} ms`,
      `${timeout_ms} ms`,
      effective_from,
    ]);
    this.data(`\n${formatTable(['probe', 'type', 'target', 'every', 'timeout', 'since'], rows)}`);
  }
}
