import { Flags } from '@oclif/core';
import { isChange, planText, requestPlan } from '../../language/plan.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { readSpecFiles } from '../../support/spec-file.ts';

export default class ProbesDiff extends BaseCommand {
  static override summary =
    'Show how YAML files differ from what the collector has. Ends with 2 when they do.';
  static override description =
    'Field by field; nothing is changed. What the collector has and the files have not is no difference without --prune. The revision in the JSON is what `probes apply --revision` holds to.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes diff -f probes.yaml',
    '<%= config.bin %> probes diff -f targets.yaml -f probes.yaml --prune -o json',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'YAML file, or - for standard input; several times for several.',
      required: true,
      multiple: true,
      helpValue: 'FILE',
    }),
    prune: Flags.boolean({ description: 'Also what `apply --prune` would delete.' }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ProbesDiff);
    const files = readSpecFiles(flags.file);
    const plan = await requestPlan(this.client(), files, { dryRun: true, prune: flags.prune });
    const changed = plan.data.filter(isChange);
    if (flags.output === 'json') this.data(JSON.stringify({ ...plan, data: changed }, null, 2));
    else if (changed.length > 0) this.data(planText(changed));
    this.message(
      changed.length === 0
        ? 'no differences'
        : `${changed.length} ${changed.length === 1 ? 'differs' : 'differ'} from revision ${plan.revision}`,
    );
    if (changed.length > 0) process.exitCode = EXIT.degraded;
  }
}
