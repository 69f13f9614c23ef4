import { Args } from '@oclif/core';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { factLines } from '../../support/note.ts';
import { segment } from '../../support/paths.ts';
import { timeText } from '../../support/time-text.ts';

export default class ProbesGet extends BaseCommand {
  static override summary = 'Show one probe with its parameters and the agents that run it.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes get play-light'];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesGet);
    const probe = await this.client().get<Record<string, unknown>>(`/api/v1/probes/${segment(args.name)}`);
    if (flags.output === 'json') return this.data(JSON.stringify(probe, null, 2));
    this.data(factLines(factsOf(probe)));
  }
}

/** What programs need in other units stands in the JSON alone. */
const FOR_PROGRAMS = new Set(['every_ms', 'timeout_ms']);

function factsOf(probe: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(probe)
    .filter(([name]) => !FOR_PROGRAMS.has(name))
    .map(([name, value]) => [
      name.replaceAll('_', ' '),
      name.endsWith('_at') ? timeText(String(value)) : textOf(value),
    ]);
}

/** `a, b`; `method GET, version 1.1`; `yes`; empty of what is not there. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${textOf(one)}`)
    .join(', ');
}
