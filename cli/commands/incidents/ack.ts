import { Args, Flags } from '@oclif/core';
import { authorFlag } from '../../support/author-flag.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class IncidentsAck extends BaseCommand {
  static override summary = 'Say that you see to an incident: reminders stop, and all who were told know.';
  static override description =
    'It stays open until data says that it is over. Another incident in the same place needs another acknowledgement.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> incidents ack ID --comment "rolling the CDN back"'];
  static override args = {
    id: Args.string({ description: 'Id of the incident, as `incidents list` shows it.', required: true }),
  };
  static override flags = {
    comment: Flags.string({ description: 'What you do about it.', default: '' }),
    by: authorFlag,
    collector: collectorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsAck);
    const body = { author: flags.by, comment: flags.comment };
    await this.client().post(`/api/v1/incidents/${segment(args.id)}/ack`, body);
    this.message(`${args.id} acknowledged by ${flags.by}`);
  }
}
