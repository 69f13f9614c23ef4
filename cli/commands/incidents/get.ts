import { Args, Flags } from '@oclif/core';
import type { RunJson } from '../../../collector/api/answers/checks.ts';
import type { IncidentDetailJson } from '../../incident/incident-json.ts';
import { incidentText } from '../../incident/incident-text.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { writeNewFile } from '../../support/new-file.ts';
import { segment } from '../../support/paths.ts';

export default class IncidentsGet extends BaseCommand {
  static override summary = 'Show one incident: what to do about it, what bears it out, what to run next.';
  static override description =
    'Its first lines say how bad it is, what it is, and what to do; then how sure that is, who sees it and who does not, what was changed before, who was told, which runs failed, and commands to go on with. --report writes the same as one HTML file with plots, to pass on: it loads nothing and has no script.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> incidents get ID',
    '<%= config.bin %> incidents get ID -o json',
    '<%= config.bin %> incidents get ID --report post-mortem.html',
    '<%= config.bin %> incidents get ID --report - > post-mortem.html',
  ];
  static override args = {
    id: Args.string({ description: 'Id of the incident, as `incidents list` shows it.', required: true }),
  };
  static override flags = {
    report: Flags.string({
      description: 'Write a report for a post-mortem into this new file; - is stdout.',
      helpValue: 'FILE.html',
      exclusive: ['output'],
    }),
    force: Flags.boolean({
      description: 'Write the report over a file that is there.',
      dependsOn: ['report'],
    }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsGet);
    if (flags.report !== undefined) return this.#report(args.id, flags.report, flags.force);
    const client = this.client();
    const incident = await client.get<IncidentDetailJson>(`/api/v1/incidents/${segment(args.id)}`);
    if (flags.output === 'json') return this.data(JSON.stringify(incident, null, 2));
    const newest = incident.runs?.find((run) => run.has_evidence);
    const seen = newest && (await client.get<RunJson>(`/api/v1/results/${segment(newest.run_id)}`));
    this.data(incidentText(incident, { newest: seen, way: this.wayWritten() }));
  }

  async #report(id: string, file: string, force: boolean): Promise<void> {
    // Nobody else should wait for it.
    const { gather } = await import('../../report/gather.ts');
    const { incidentReport } = await import('../../report/incident-report.ts');
    const text = incidentReport(await gather(this.client(), id), { way: this.wayWritten() });
    if (file === '-') return this.data(text);
    writeNewFile(file, text, { force });
    this.message(`${file}: ${(Buffer.byteLength(text) / 1000).toFixed(0)} kB, to open in any browser`);
  }
}
