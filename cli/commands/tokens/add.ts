import { Args, Flags } from '@oclif/core';
import type { AddedTokenJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { writeSecret } from '../../support/secret-file.ts';

export default class TokensAdd extends BaseCommand {
  static override summary = 'Make a token for a person or a program; it is shown once.';
  static override description =
    'viewer reads; operator also applies and runs probes, silences and acknowledges; admin also gives out tokens and drains collectors. The collector keeps a hash alone: whoever loses a token gets another.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> tokens add mara --role operator',
    '<%= config.bin %> tokens add prometheus --role viewer --expires 365d --out /etc/prometheus/outrider-token',
    'OUTRIDER_TOKEN=$(cat admin-token) <%= config.bin %> tokens add ci --role operator -o json',
  ];
  static override args = {
    name: Args.string({ description: 'Whose it is; the audit log has this name.', required: true }),
  };
  static override flags = {
    role: Flags.string({
      description: 'What it may do.',
      options: ['viewer', 'operator', 'admin'],
      default: 'viewer',
    }),
    expires: Flags.string({ description: 'How long it is good.', default: '90d', helpValue: 'DURATION' }),
    out: Flags.string({
      description: 'Write it into this new file, for its owner alone to read, and not on stdout.',
      helpValue: 'FILE',
    }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensAdd);
    const body = { name: args.name, role: flags.role, expires_in: flags.expires };
    const { token, ...made } = await this.client().post<AddedTokenJson>('/api/v1/tokens', body);
    if (flags.out !== undefined) writeSecret(flags.out, token);
    const shown = flags.out === undefined ? { ...made, token } : made;
    if (flags.output === 'json') this.data(JSON.stringify(shown, null, 2));
    else if (flags.out === undefined) this.data(token);
    this.message(`${made.id}: ${made.name} is ${made.role} until ${made.expires_at}`);
  }
}
