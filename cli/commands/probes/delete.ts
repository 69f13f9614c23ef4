import { Args } from '@oclif/core';
import type { ProbeJson } from '../../../collector/api/answers/checks.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { confirmDestruction, countOf, yesFlag } from '../../support/confirm.ts';
import { segment } from '../../support/paths.ts';

export default class ProbesDelete extends BaseCommand {
  static override summary = 'Delete a probe. Its results stay until their retention ends.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes delete play-light',
    '<%= config.bin %> probes delete play-light --yes',
  ];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { yes: yesFlag, collector: collectorFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesDelete);
    const client = this.client();
    const path = `/api/v1/probes/${segment(args.name)}`;
    if (!flags.yes)
      await confirmDestruction({ done: 'deleted', what: [wordsFor(await client.get<ProbeJson>(path))] });
    await client.delete(path);
    this.message(`${args.name} deleted; its results stay in the store`);
  }
}

function wordsFor({ agents, every, name, targets, type }: ProbeJson): string {
  const runs = agents.length === 0 ? 'run by no agent' : `run by ${countOf(agents.length, 'agent')}`;
  return `the probe ${name}: ${type} of ${targets.join(', ')} every ${every}, ${runs}; its results stay`;
}
