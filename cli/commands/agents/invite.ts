import { Flags } from '@oclif/core';
import type { AddedTokenJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { writeSecret } from '../../support/secret-file.ts';

export default class AgentsInvite extends BaseCommand {
  static override summary = 'Make a one-time token with which an agent makes itself known.';
  static override description =
    'The agent makes a key of its own at its first start, shows it with this token, and from then on signs with it: the token is of no use to anybody after that. --uses is for machines of one image.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> agents invite --agent ams-1 --out ams-1.token',
    '<%= config.bin %> agent start --id ams-1 --region eu-west --collector wss://outrider.example.net:7077 --enrol ams-1.token',
    '<%= config.bin %> agents invite --uses 40 --expires 2h',
  ];
  static override flags = {
    agent: Flags.string({ description: 'The only agent that may use it; any when absent.', helpValue: 'ID' }),
    expires: Flags.string({ description: 'How long it is good.', default: '1h', helpValue: 'DURATION' }),
    uses: Flags.integer({ description: 'How many agents may use it.', default: 1, min: 1 }),
    out: Flags.string({
      description: 'Write it into this new file, for its owner alone to read, and not on stdout.',
      helpValue: 'FILE',
    }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentsInvite);
    const { agent, expires, out, uses } = flags;
    const { token, ...made } = await this.client().post<AddedTokenJson>('/api/v1/tokens', {
      ...{ name: `invite-${agent ?? 'any'}`, role: 'agent', expires_in: expires, uses },
      ...(agent === undefined ? {} : { agent }),
    });
    if (out !== undefined) writeSecret(out, token);
    const shown = out === undefined ? { ...made, token } : made;
    if (flags.output === 'json') this.data(JSON.stringify(shown, null, 2));
    else if (out === undefined) this.data(token);
    const whom = agent ?? (uses === 1 ? 'one agent' : `${uses} agents`);
    this.message(
      `${made.id}: for ${whom}, until ${made.expires_at}; agent start --enrol FILE, or OUTRIDER_ENROL_TOKEN`,
    );
  }
}
