import { Flags } from '@oclif/core';
import { countsText, deletedIn, isChange, planText, requestPlan } from '../../language/plan.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { confirmDestruction, yesFlag } from '../../support/confirm.ts';
import { readSpecFiles } from '../../support/spec-file.ts';

export default class ProbesApply extends BaseCommand {
  static override summary =
    'Make targets, probes, regions, agent groups, routes and maintenance windows as YAML files say. Running it twice changes nothing the second time.';
  static override description =
    'Shows its plan, then creates and updates. Deletes only with --prune, only of the kinds that the files have, and not before it was told to by name or by --yes. Every mistake is reported with line and column, and then nothing is applied. Where somebody else changed anything between plan and change it ends with 75, and nothing is applied.';
  static readonly effect = 'destructive';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes apply -f probes.yaml --dry-run',
    '<%= config.bin %> probes apply -f targets.yaml -f probes.yaml',
    '<%= config.bin %> probes apply -f everything.yaml --prune',
    '<%= config.bin %> probes apply -f everything.yaml --prune --yes',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'YAML file, or - for standard input; several times for several.',
      required: true,
      multiple: true,
      helpValue: 'FILE',
    }),
    'dry-run': Flags.boolean({ description: 'Say what would change, and change nothing.' }),
    prune: Flags.boolean({
      description: 'Delete what is of the kinds that the files have, and not in them.',
    }),
    yes: yesFlag,
    revision: Flags.integer({
      description: 'Only if the collector is still at this revision, e.g. that of a diff that was reviewed.',
      min: 0,
      helpValue: 'N',
    }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ProbesApply);
    const files = readSpecFiles(flags.file);
    const client = this.client();
    const { prune, revision } = flags;
    const plan = await requestPlan(client, files, { dryRun: true, prune, revision });
    if (flags.output === 'table') {
      const text = planText(plan.data);
      if (text !== '') this.data(text);
    }
    const isDry = flags['dry-run'] || !plan.data.some(isChange);
    if (!isDry && !flags.yes) await confirmDestruction({ done: 'deleted', what: deletedIn(plan.data) });
    const done = isDry
      ? plan
      : await requestPlan(client, files, { dryRun: false, prune, revision: plan.revision });
    if (flags.output === 'json') this.data(JSON.stringify(done, null, 2));
    const counts = countsText(done.data);
    this.message(flags['dry-run'] ? `nothing was changed; without --dry-run: ${counts}` : counts);
  }
}
