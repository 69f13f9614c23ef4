import { Args, Flags } from '@oclif/core';
import type { ChangeJson } from '../../../collector/api/answers/incidents.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

export default class ChangesAdd extends BaseCommand {
  static override summary =
    'Tell of a change: incidents that begin soon after it, where it was made, will name it.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> changes add deploy web-142 --where target=clip --text "new player"',
    '<%= config.bin %> changes add dc_move fra2 --where region=eu-central --where pop=fra1 --relearn',
    '<%= config.bin %> changes add deploy api-7 --at 10m',
  ];
  static override args = {
    kind: Args.string({ description: 'A word: deploy, dc_move, config, …', required: true }),
    name: Args.string({ description: 'What was changed, e.g. the release.', required: true }),
  };
  static override flags = {
    where: Flags.string({
      description:
        'What it concerns, all of it when not said: agent, region, country, city, isp, asn, provider, network, pop, target or probe, = and a value. Several must all hold.',
      multiple: true,
      default: [],
      helpValue: 'LABEL=VALUE',
    }),
    text: Flags.string({ description: 'What was done.', default: '' }),
    at: Flags.string({ description: 'When, if not now: 10m (ago), or a time.', helpValue: 'TIME' }),
    relearn: Flags.boolean({ description: 'What is normal there is to be learned anew.', default: false }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ChangesAdd);
    const { at, relearn, text } = flags;
    const body = { ...args, text, where: whereOf(flags.where), relearn, ...(at !== undefined && { at }) };
    const change = await this.client().post<ChangeJson>('/api/v1/changes', body);
    if (flags.output === 'json') return this.data(JSON.stringify(change, null, 2));
    this.data(`${change.at} ${change.kind} ${change.name}`);
  }
}

/** `region=eu-west` as the API takes it; which labels there are is for it to say. */
function whereOf(conditions: readonly string[]): Record<string, string> {
  const where: Record<string, string> = {};
  for (const condition of conditions) {
    const [, label = '', value = ''] = /^([^=]+)=(.+)$/.exec(condition) ?? [];
    if (label === '' || Object.hasOwn(where, label)) {
      throw new CliError(
        label === '' ? `--where ${condition} is not LABEL=VALUE` : `--where ${label} is given twice`,
        { hint: '--where region=eu-west', exit: EXIT.usage },
      );
    }
    where[label] = value;
  }
  return where;
}
