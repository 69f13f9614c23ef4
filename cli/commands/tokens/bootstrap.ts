import { Flags } from '@oclif/core';
import { bootstrapFile, writeBootstrapToken } from '../../../collector/access/bootstrap.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

export default class TokensBootstrap extends BaseCommand {
  static override summary = 'Make the first token, an admin’s, on the machine of a collector.';
  static override description =
    'Writes it into the data directory of the collector, for its owner alone to read; a collector with --auth takes it within a second. It is good for two weeks: make tokens for people with it, then revoke it and delete the file. It is also the way back in when all tokens are lost. The token is not printed.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> tokens bootstrap --data-dir /var/lib/outrider',
    '<%= config.bin %> tokens add mara --role admin --token-file /var/lib/outrider/bootstrap-token',
  ];
  static override baseFlags = {};
  static override flags = {
    'data-dir': Flags.string({
      description: 'Data directory of the collector.',
      env: 'OUTRIDER_DATA_DIR',
      default: '.outrider/collector',
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokensBootstrap);
    const path = await this.write(flags['data-dir']);
    this.data(path);
    this.message('a collector with --auth takes it within a second: --token-file, with the path above');
  }

  private async write(dataDir: string): Promise<string> {
    try {
      return await writeBootstrapToken(dataDir);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST')
        throw new CliError(`${bootstrapFile(dataDir)} is there already`, {
          hint: 'use it, or delete it and run this again for another',
          exit: EXIT.conflict,
          cause,
        });
      throw new CliError(`the token cannot be written to ${dataDir}`, {
        why: cause instanceof Error ? cause.message : String(cause),
        hint: 'run this on the machine of the collector, as its user, with its --data-dir',
        exit: code === 'EACCES' || code === 'EPERM' ? EXIT.auth : EXIT.badConfig,
        cause,
      });
    }
  }
}
