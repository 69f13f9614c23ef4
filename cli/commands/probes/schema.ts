import { languageJsonSchema } from '../../../collector/registry/language-schema.ts';
import { BaseCommand } from '../../support/base-command.ts';

export default class ProbesSchema extends BaseCommand {
  static override summary = 'Print the JSON schema of probe files: completion and checks in editors.';
  static override description =
    'A collector serves the same at /api/v1/spec/schema. Editors with a YAML language server take it from the first line of the file: # yaml-language-server: $schema=./outrider.schema.json';
  static override baseFlags = {};
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> probes schema > outrider.schema.json'];

  async run(): Promise<void> {
    await this.parse(ProbesSchema);
    this.data(JSON.stringify(languageJsonSchema(), null, 2));
  }
}
