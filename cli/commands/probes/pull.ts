import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Flags } from '@oclif/core';
import type { Language } from '../../../collector/registry/language.ts';
import { SCHEMA_PATH } from '../../../collector/registry/language-schema.ts';
import { renderSpec, updateSpec } from '../../language/pull.ts';
import { BaseCommand, collectorFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

export default class ProbesPull extends BaseCommand {
  static override summary = 'Write what the collector has as YAML, into a file that you keep or on stdout.';
  static override description =
    'Of a file that is there, comments, order and quotes stay, and so do variables that still hold what the collector has; what is new is added, what is gone goes. Its first line tells editors where the schema is.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> probes pull > probes.yaml',
    '<%= config.bin %> probes pull -f probes.yaml',
  ];
  static override flags = {
    file: Flags.string({ char: 'f', description: 'YAML file to write or update.', helpValue: 'FILE' }),
    collector: collectorFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ProbesPull);
    const client = this.client();
    const { revision, spec } = await client.get<{ revision: number; spec: Language }>('/api/v1/spec');
    const schemaUrl = client.url(SCHEMA_PATH);
    const { file } = flags;
    if (file === undefined) return this.data(renderSpec(spec, schemaUrl));
    const before = textOf(file);
    const text = before === undefined ? renderSpec(spec, schemaUrl) : updated(file, before, spec, schemaUrl);
    if (text !== before) replace(file, text);
    this.message(`${file} ${text === before ? 'is' : 'is now'} as revision ${revision}`);
  }
}

function updated(file: string, text: string, spec: Language, schemaUrl: string): string {
  try {
    return updateSpec(text, spec, schemaUrl, process.env);
  } catch (cause) {
    throw new CliError(`${file} cannot be updated`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'mend it, or pull into another file and compare',
      exit: EXIT.badConfig,
      cause,
    });
  }
}

/** What stands there; undefined where there is no file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`${file} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a YAML file, or none for stdout',
      exit: EXIT.badConfig,
      cause,
    });
  }
}

/** Whole or not at all. */
function replace(file: string, text: string): void {
  try {
    writeFileSync(`${file}.part`, text);
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new CliError(`${file} is not written`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a file in a directory that this user may write to, or none for stdout',
      cause,
    });
  }
}
