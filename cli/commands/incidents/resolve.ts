import { setTimeout as sleep } from 'node:timers/promises';
import { Args, Flags } from '@oclif/core';
import type { IncidentJson } from '../../../collector/api/answers/incidents.ts';
import { authorFlag } from '../../support/author-flag.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { segment } from '../../support/paths.ts';
import { withProgress } from '../../support/progress.ts';

/** Detection looks every two seconds, and longer while the store is slow. */
const WAIT_MS = 20_000;
const LOOK_MS = 500;

export default class IncidentsResolve extends BaseCommand {
  static override summary = 'Say that an incident is over, before data does.';
  static override description =
    'What still is bad there opens another incident within minutes, unless you say that it is normal from here on. Ordinarily incidents end by themselves, once data says so.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> incidents resolve ID --comment "the old CDN is gone for good"',
    '<%= config.bin %> incidents resolve ID --as-normal --comment "served from farther away from now on"',
  ];
  static override args = {
    id: Args.string({ description: 'Id of the incident, as `incidents list` shows it.', required: true }),
  };
  static override flags = {
    comment: Flags.string({ description: 'Why it is over.', default: '' }),
    'as-normal': Flags.boolean({ description: 'As it is there now is normal: it is learned anew.' }),
    by: authorFlag,
    collector: collectorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsResolve);
    const client = this.client();
    const path = `/api/v1/incidents/${segment(args.id)}`;
    const body = { author: flags.by, comment: flags.comment, as_normal: flags['as-normal'] };
    await client.post(`${path}/resolve`, body);
    const isResolved = await withProgress(
      (seconds) =>
        `waiting until a collector that detects takes notice: ${seconds} s of at most ${WAIT_MS / 1000} s`,
      async () => {
        const untilMs = Date.now() + WAIT_MS;
        while (Date.now() < untilMs) {
          if ((await client.get<IncidentJson>(path)).status === 'resolved') return true;
          await sleep(LOOK_MS);
        }
        return false;
      },
    );
    if (isResolved) return this.message(`${args.id} resolved by ${flags.by}`);
    throw new CliError(`${args.id} is still open`, {
      why: `no collector that detects has taken notice within ${WAIT_MS / 1000} s; it is written down, and the next one will`,
      hint: 'outrider collector list shows which one detects',
    });
  }
}
