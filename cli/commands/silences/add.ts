import { Flags } from '@oclif/core';
import type { AddedSilenceJson } from '../../../collector/api/answers/incidents.ts';
import { authorFlag } from '../../support/author-flag.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

export default class SilencesAdd extends BaseCommand {
  static override summary = 'Tell nobody of incidents that concern nothing but this, for a while.';
  static override description =
    'Every condition must hold for all that the incident concerns: a silence of one region hides no trouble that others share. What was told already is told as over when it is. Values may have `*` in them, and `!` before them for all but that.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> silences add --match region=eu-west --for 2h --comment "moving racks"',
    '<%= config.bin %> silences add --match target=clip --match severity=warning --until 2026-11-22T08:00:00Z',
    '<%= config.bin %> silences add --match labels.team=video,cdn --for 30m',
  ];
  static override flags = {
    match: Flags.string({
      description:
        'Condition: severity, scope, scope_kind, region, country, isp, pop, target, probe, metric, blame, incident or labels.NAME, = and values with commas. Several must all hold.',
      multiple: true,
      required: true,
      helpValue: 'NAME=VALUE',
    }),
    for: Flags.string({ description: 'How long: 30m, 2h, 1d.', exclusive: ['until'], helpValue: 'DURATION' }),
    until: Flags.string({ description: 'Until when: 2026-11-22T08:00:00Z.', helpValue: 'TIME' }),
    comment: Flags.string({ description: 'Why.', default: '' }),
    by: authorFlag,
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SilencesAdd);
    const until = flags.for ?? flags.until;
    if (until === undefined)
      throw new CliError('it is not said how long', { hint: '--for 2h, or --until TIME', exit: EXIT.usage });
    const body = { match: matchOf(flags.match), until, author: flags.by, comment: flags.comment };
    const silence = await this.client().post<AddedSilenceJson>('/api/v1/silences', body);
    if (flags.output === 'json') return this.data(JSON.stringify(silence, null, 2));
    this.data(silence.id);
    this.message(
      `quiet until ${silence.ends_at}: ${silence.match_text}; of the open incidents ${silence.hides}`,
    );
  }
}

/** `region=eu-west,us-east` and `labels.team=video` as the API takes them; what they may name is for it to say. */
function matchOf(conditions: readonly string[]): Record<string, unknown> {
  const match: Record<string, unknown> = {};
  const labels: Record<string, string[]> = {};
  for (const condition of conditions) {
    const [, name = '', values = ''] = /^([^=]+)=(.+)$/.exec(condition) ?? [];
    if (name === '')
      throw new CliError(`--match ${condition} is no condition`, {
        hint: '--match region=eu-west',
        exit: EXIT.usage,
      });
    const into = name.startsWith('labels.') ? labels : match;
    const key = name.replace(/^labels\./, '');
    if (Object.hasOwn(into, key))
      throw new CliError(`--match ${name} is given twice`, {
        hint: `--match ${name}=ONE,OTHER for one of several`,
        exit: EXIT.usage,
      });
    into[key] = values.split(',');
  }
  return { ...match, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}
