import { BaseCommand, listOutputFlag } from '../../support/base-command.ts';
import { contextsPath, readContexts } from '../../support/contexts-file.ts';
import { formatList } from '../../support/output.ts';

export default class ContextsList extends BaseCommand {
  static override summary = 'The collectors that have a name here, and which of them is asked.';
  static override description =
    'What names the collector of a command, the first that there is: --collector; --context; OUTRIDER_COLLECTOR; OUTRIDER_CONTEXT; the current context; http://127.0.0.1:7077. Its token: --token-file; that of a --context; OUTRIDER_TOKEN_FILE; OUTRIDER_TOKEN; that of the context. A token of a context is shown to the collector of that context alone. No token is printed.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> contexts list',
    '<%= config.bin %> contexts list -o json',
    'OUTRIDER_CONTEXT=staging <%= config.bin %> incidents list',
  ];
  static override baseFlags = {};
  static override flags = { output: listOutputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(ContextsList);
    const path = contextsPath(process.env);
    const { contexts, current } = readContexts(path);
    const data = Object.entries(contexts).map(([name, { ca, collector, token, token_file }]) => ({
      name,
      current: name === current,
      collector,
      token: token_file ? 'file' : token ? 'kept' : 'none',
      token_file: token_file ?? null,
      ca: ca ?? null,
    }));
    const headers = ['', 'name', 'collector', 'token', 'ca'];
    const rows = data.map((one) => [
      ...[one.current ? '*' : ' ', one.name, one.collector, one.token_file ?? one.token, one.ca],
    ]);
    const pagination = { limit: data.length, next: null };
    this.data(formatList(flags.output, { data, pagination, headers, rows }));
    if (data.length === 0)
      this.message(`there are none in ${path}: outrider contexts add NAME --collector URL makes one`);
    const { OUTRIDER_COLLECTOR: address, OUTRIDER_CONTEXT: name } = process.env;
    if (address) this.message(`OUTRIDER_COLLECTOR is set and wins over the current one: ${address}`);
    else if (name) this.message(`OUTRIDER_CONTEXT is set and wins over the current one: ${name}`);
  }
}
