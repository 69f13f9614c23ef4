import { Flags } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { formatJson, formatTable } from '../../support/output.ts';
import { readSpecFile } from '../../support/spec-file.ts';

interface Change {
  readonly kind: 'target' | 'probe';
  readonly name: string;
  readonly action: 'create' | 'update' | 'unchanged';
}

export default class ProbesApply extends BaseCommand {
  static override summary =
    'Make targets and probes as a YAML file says. Running it twice changes nothing the second time.';
  static override description =
    'Creates and updates; never deletes. Every mistake in the file is reported with line and column, and then nothing is applied.';
  static override examples = [
    '<%= config.bin %> probes apply -f probes.yaml --dry-run',
    '<%= config.bin %> probes apply -f probes.yaml',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'YAML file, or - for standard input.',
      required: true,
      helpValue: 'FILE',
    }),
    'dry-run': Flags.boolean({ description: 'Say what would change, and change nothing.' }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ProbesApply);
    const spec = readSpecFile(flags.file);
    const body = { spec, dry_run: flags['dry-run'] };
    const { data } = await this.client(flags.collector).post<{ data: Change[] }>(
      '/api/v1/probes/apply',
      body,
    );
    if (flags.output === 'json') this.data(formatJson(data));
    else
      this.data(
        formatTable(
          ['kind', 'name', 'action'],
          data.map((change) => [change.kind, change.name, change.action]),
        ),
      );
    const count = (action: Change['action']): number =>
      data.filter((change) => change.action === action).length;
    const counts = `${count('create')} created, ${count('update')} updated, ${count('unchanged')} unchanged`;
    this.message(flags['dry-run'] ? `nothing was changed; without --dry-run: ${counts}` : counts);
  }
}
