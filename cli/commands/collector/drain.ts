import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import type { DrainJson } from '../../../collector/api/answers/fleet.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { cellText } from '../../support/cell-text.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

/** How often it is asked how far the drain is. */
const POLL_MS = 500;

export default class CollectorDrain extends BaseCommand {
  static override summary = 'Empty a collector without loss, so that it can be stopped.';
  static override description =
    'Agents are asked to go to another collector and no new ones are taken; what they had sent is committed, and another collector detects. A drained collector still answers people until it is stopped. It takes agents again after a restart.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> collector drain --collector http://c1.internal:7077',
    '<%= config.bin %> collector drain --for 2m -o json',
  ];
  static override flags = {
    collector: collectorFlag,
    output: outputFlag,
    for: Flags.string({
      description: 'Give up waiting after this long; the drain goes on.',
      helpValue: 'DURATION',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CollectorDrain);
    const client = this.client();
    const untilMs = this.deadline(flags.for);
    const startedMs = performance.now();
    let status = await client.post<DrainJson>('/api/v1/drain');
    for (let shown = ''; status.state !== 'drained'; status = await client.get<DrainJson>('/api/v1/drain')) {
      const line = `${status.state}: ${status.agents} agents, ${status.queued_rows} results to be committed`;
      if (line !== shown) this.message(line);
      shown = line;
      if (Date.now() > untilMs)
        throw new CliError(`the collector is not drained after ${flags.for}`, {
          why: `${status.agents} agents are still connected, ${status.queued_rows} results are not committed`,
          hint: 'look at its log and at the store; the drain goes on, and this command can be given again',
          exit: EXIT.degraded,
        });
      await sleep(POLL_MS);
    }
    const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
    if (flags.output === 'json') return this.data(JSON.stringify({ ...status, seconds }));
    const { released, stored } = status;
    this.data(
      `drained in ${cellText(seconds)} s: ${released} agents have gone, ${stored} results were committed meanwhile; it can be stopped`,
    );
  }
}
