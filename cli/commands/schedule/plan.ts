import { Flags } from '@oclif/core';
import type { PlanJson } from '../../../collector/api/answers/checks.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { planTables } from '../../support/plan-tables.ts';
import { readSpecFile } from '../../support/spec-file.ts';

export default class SchedulePlan extends BaseCommand {
  static override summary =
    'Print who runs what, the load of each agent, and how soon an outage of a region would show.';
  static override description =
    'Of the fleet as it is now. With --file as the probes would be after `probes apply`; nothing is changed. The time to detect is that of the detector itself, played on runs that fail from one moment on.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> schedule plan',
    '<%= config.bin %> schedule plan -f probes.yaml --who',
    '<%= config.bin %> schedule plan -o json',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'YAML file of probes, or - for standard input.',
      helpValue: 'FILE',
    }),
    who: Flags.boolean({ description: 'Name the agents of each probe.' }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SchedulePlan);
    const client = this.client();
    const path = '/api/v1/schedule/plan';
    const plan =
      flags.file === undefined
        ? await client.get<PlanJson>(path)
        : await client.post<PlanJson>(path, { spec: readSpecFile(flags.file) });
    if (flags.output === 'json') return this.data(JSON.stringify(plan, null, 2));
    this.data(planTables(plan, { who: flags.who }));
    const short = plan.probes.filter((probe) => probe.short > 0);
    for (const probe of short)
      this.message(`${probe.probe}: ${probe.short} agents are short of what \`from\` asks for`);
  }
}
