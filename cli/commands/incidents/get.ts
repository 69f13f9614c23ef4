import { Args } from '@oclif/core';
import type { IncidentDetailJson } from '../../incident/incident-json.ts';
import { incidentText } from '../../incident/incident-text.ts';
import type { RunJson } from '../../support/api-types.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { segment } from '../../support/paths.ts';

export default class IncidentsGet extends BaseCommand {
  static override summary = 'Show one incident with its evidence.';
  static override description =
    'What changed and where, what agents saw who were asked to look again and who did not answer, the runs that failed, and what the newest of them saw.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> incidents get ID',
    '<%= config.bin %> incidents get ID -o json',
  ];
  static override args = {
    id: Args.string({ description: 'Id of the incident, as `incidents list` shows it.', required: true }),
  };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsGet);
    const client = this.client();
    const incident = await client.get<IncidentDetailJson>(`/api/v1/incidents/${segment(args.id)}`);
    if (flags.output === 'json') return this.data(JSON.stringify(incident, null, 2));
    const newest = incident.runs?.find((run) => run.has_evidence);
    const seen = newest && (await client.get<RunJson>(`/api/v1/results/${segment(newest.run_id)}`));
    this.data(incidentText(incident, { newest: seen, way: this.wayWritten() }));
  }
}
