import { complete } from '../completion/candidates.ts';
import { askNames } from '../completion/named.ts';
import { BaseCommand } from '../support/base-command.ts';
import { cellText } from '../support/cell-text.ts';

export default class Complete extends BaseCommand {
  static override summary =
    'What can stand at the end of a command line; the scripts of `completion` ask it.';
  static override description =
    'A word a line, with a tab and what it is about behind it; or :files, or :directories, which shells know best.';
  static override hidden = true;
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> complete -- probes get pl'];
  static override baseFlags = {};
  static override strict = false;

  async run(): Promise<void> {
    const { COMMANDS } = await import('../commands.ts');
    // As they are: a parser would take flags and a second -- out of them.
    const words = this.argv[0] === '--' ? this.argv.slice(1) : this.argv;
    const found = await complete(words, {
      commands: COMMANDS,
      topics: new Map(this.config.topics.map(({ description, name }) => [name, description ?? ''])),
      names: (kind, { written }) => askNames(kind, written, process.env),
    });
    if (typeof found === 'string') return this.data(`:${found}`);
    // Who is told nothing completes nothing.
    if (found.length > 0)
      this.data(found.map(({ about, word }) => `${word}\t${about && cellText(about)}`).join('\n'));
  }
}
