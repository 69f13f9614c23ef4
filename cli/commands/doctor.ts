import { Flags } from '@oclif/core';
import { examine, exitOf } from '../doctor/examine.ts';
import { reportText } from '../doctor/report-text.ts';
import { Scene } from '../doctor/scene.ts';
import { ApiClient } from '../support/api-client.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { noteColumns } from '../support/note.ts';
import { formatJson } from '../support/output.ts';
import { terminalOf } from '../support/terminal.ts';
import { DEFAULT_COLLECTOR } from '../support/way.ts';

export default class Doctor extends BaseCommand {
  static override summary =
    'Look for what is usually wrong: at this machine, the collector, the agents, and what was applied.';
  static override description =
    'Each finding says what is there, what comes of it, and what to do. Exit 0 when all is well, 1 when something is wrong, 2 when something will go wrong or could not be looked at. Nothing is changed; everything ends by a deadline. On the machine of a collector or an agent give the flags or variables that it is started with, and those are looked at too.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --collector https://outrider.internal:7077 -o json',
    '<%= config.bin %> doctor --data-dir /var/lib/outrider --routes /etc/outrider/routes.yaml',
    '<%= config.bin %> doctor --clickhouse http://clickhouse.internal:8123',
    '<%= config.bin %> doctor --config /etc/outrider/agent.yaml',
  ];
  static override flags = {
    collector: collectorFlag,
    output: outputFlag,
    'data-dir': Flags.string({
      description: 'Where a collector of this machine keeps its data.',
      env: 'OUTRIDER_DATA_DIR',
      helpValue: 'DIR',
    }),
    clickhouse: Flags.string({
      description: 'The ClickHouse server of a collector; of several the first.',
      env: 'OUTRIDER_CLICKHOUSE',
      helpValue: 'URL',
    }),
    routes: Flags.string({
      description: 'The file of routes of a collector.',
      env: 'OUTRIDER_ROUTES',
      helpValue: 'FILE',
    }),
    config: Flags.string({
      description: 'The configuration of an agent of this machine.',
      env: 'OUTRIDER_CONFIG',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    // Brings in something of every part: no other command should wait for that.
    const { CHECKS } = await import('../doctor/checks.ts');
    const [collector, client] = this.#asked();
    const named = {
      collector,
      dataDir: flags['data-dir'],
      clickhouse: flags.clickhouse,
      routes: flags.routes,
      config: flags.config,
    };
    const findings = await examine(new Scene({ named, client }), CHECKS);
    if (flags.output === 'json') this.data(formatJson(findings));
    else this.data(reportText(findings, { columns: noteColumns(), colours: terminalOf().colours }));
    process.exitCode = exitOf(findings);
  }

  /** Whom to ask. Contexts that cannot be read are a finding like others: then the collector of this machine is looked at. */
  #asked(): [address: string, client: () => ApiClient] {
    try {
      return [this.collector(), () => this.client()];
    } catch (error) {
      if (!(error instanceof CliError) || error.exit !== EXIT.badConfig) throw error;
      return [DEFAULT_COLLECTOR, () => new ApiClient(DEFAULT_COLLECTOR)];
    }
  }
}
