import { Args, Flags } from '@oclif/core';
import type { ProbeJson, TargetJson } from '../../../collector/api/answers/checks.ts';
import { type ProbeSpec, probeSchema } from '../../../probes/spec.ts';
import { suggest } from '../../../probes/suggest.ts';
import { explainProbe } from '../../language/explain.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { segment } from '../../support/paths.ts';
import { readSpecFile } from '../../support/spec-file.ts';

export default class ProbesExplain extends BaseCommand {
  static override summary =
    'Say what a probe does: its parameters with their defaults, how often, from where, what it measures.';
  static override description = 'With --file as the file says it, without a collector.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes explain play-light',
    '<%= config.bin %> probes explain play-light -f probes.yaml',
  ];
  static override args = { name: Args.string({ description: 'Name of the probe.', required: true }) };
  static override flags = {
    file: Flags.string({ char: 'f', description: 'YAML file that the probe is in.', helpValue: 'FILE' }),
    collector: collectorFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesExplain);
    if (flags.file !== undefined) return this.data(fromFile(args.name, flags.file));
    const client = this.client();
    const found = await client.get<ProbeJson>(`/api/v1/probes/${segment(args.name)}`);
    const { data } = await client.get<{ data: TargetJson[] }>('/api/v1/targets', { limit: 1000 });
    // Beside the specification it has what follows from it, more of it with every version.
    const keys = Object.keys(probeSchema.shape);
    const spec: ProbeSpec = probeSchema.parse(
      Object.fromEntries(Object.entries(found).filter(([key]) => keys.includes(key))),
    );
    const { agents } = found;
    this.data(explainProbe({ spec, agents, urls: new Map(data.map(({ name, url }) => [name, url])) }));
  }
}

function fromFile(name: string, file: string): string {
  const { probes, targets } = readSpecFile(file);
  const spec = probes.find((probe) => probe.name === name);
  if (spec)
    return explainProbe({
      spec,
      agents: undefined,
      urls: new Map(targets.map((one) => [one.name, one.url])),
    });
  const near = suggest(
    name,
    probes.map((probe) => probe.name),
  );
  throw new CliError(`there is no probe ${name} in ${file}`, {
    hint: near ? `did you mean ${near}?` : `it has ${probes.map((probe) => probe.name).join(', ') || 'none'}`,
    exit: EXIT.usage,
  });
}
