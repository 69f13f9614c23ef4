import { Flags, type Interfaces } from '@oclif/core';
import { becomeAgent } from '../../../agent/become.ts';
import { AgentConfigError } from '../../../agent/config.ts';
import { type LoadedConfig, loadAgentConfig } from '../../../agent/load-config.ts';
import { printedConfig } from '../../../agent/print-config.ts';
import { SETTINGS, type Setting } from '../../../agent/settings.ts';
import { BaseCommand } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

const HELP_VALUES: Readonly<Partial<Record<Setting['kind'], string>>> = {
  duration: '30s',
  size: '8MiB',
  map: 'KEY=VALUE',
};

function flagOf({ description, kind, path, variable }: Setting) {
  const about = `${description} [${variable}, ${path.join('.')}]`;
  if (kind === 'switch') return Flags.boolean({ description: about, allowNo: true });
  const text = { description: about, helpValue: HELP_VALUES[kind] ?? 'VALUE' };
  return kind === 'list' || kind === 'map' ? Flags.string({ ...text, multiple: true }) : Flags.string(text);
}

export default class AgentStart extends BaseCommand {
  static override summary =
    'Run an agent: it probes by the schedule of its collector and streams results to it.';
  static override description =
    'Every setting has one name in three places: the flag wins over the variable, the variable over the key in the YAML file. Logs are JSON lines on stderr. A target that is private, on this machine or a cloud metadata address is refused unless --allow names its block.';
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> agent start --id ams-1 --region eu-west --collector ws://collector.internal:7077',
    '<%= config.bin %> agent start --config /etc/outrider/agent.yaml --browser auto',
    '<%= config.bin %> agent start --config /etc/outrider/agent.yaml --print-config',
  ];
  static override baseFlags = {};
  static override flags: Interfaces.FlagInput = {
    config: Flags.string({ description: 'YAML or JSON file. [OUTRIDER_CONFIG]', helpValue: 'FILE' }),
    'print-config': Flags.boolean({
      description: 'Print the configuration and where each value comes from, and end.',
      default: false,
    }),
    ...Object.fromEntries(SETTINGS.map((setting) => [setting.flag, flagOf(setting)])),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentStart);
    const { 'print-config': print, ...given } = flags as Record<string, unknown>;
    const loaded = this.load(given);
    if (print === true) this.data(printedConfig(loaded));
    else becomeAgent(loaded.config, process.env);
  }

  private load(given: Record<string, unknown>): LoadedConfig {
    const flags = Object.entries(given).map(([flag, value]) => [
      flag,
      Array.isArray(value) ? value.map(String) : [String(value)],
    ]);
    try {
      return loadAgentConfig({ env: process.env, flags: Object.fromEntries(flags) });
    } catch (error) {
      if (!(error instanceof AgentConfigError)) throw error;
      throw new CliError('the agent’s configuration is not valid', {
        why: error.problems.join('\n'),
        hint: 'give --id and --region, or mend the file; --help names every setting',
        exit: EXIT.badConfig,
      });
    }
  }
}
