import type { WhoamiJson } from '../../../collector/api/answers/access.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';

export default class TokensWhoami extends BaseCommand {
  static override summary = 'Who the collector takes this token for.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> tokens whoami --token-file ~/.outrider/token'];
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokensWhoami);
    const client = this.client();
    const who = await client.get<WhoamiJson>('/api/v1/whoami');
    this.message(client.asked);
    if (flags.output === 'json') return this.data(JSON.stringify(who, null, 2));
    this.data(
      who.auth
        ? `${who.name}: ${who.role} until ${who.expires_at}`
        : 'nobody is asked: the collector runs without access control',
    );
  }
}
