import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { parse } from 'yaml';
import { AgentConfigError, parseAgentConfig } from '../../../agent/config.ts';
import { agentCommand, agentWarmUpCommand } from '../../../agent/spawn.ts';
import { findBrowser } from '../../../probes/browser/find.ts';
import { BaseCommand, DEFAULT_COLLECTOR } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';

type Tree = Record<string, unknown>;

export default class AgentStart extends BaseCommand {
  static override summary =
    'Run an agent: it probes by the schedule of its collector and streams results to it.';
  static override description =
    'Everything can stand in a YAML or JSON file; flags win over it. Logs are JSON lines on stderr. A target that is private, on this machine or a cloud metadata address is refused unless --allow names its block.';
  static override examples = [
    '<%= config.bin %> agent start --id ams-1 --region eu-west --collector ws://collector.internal:7077',
    '<%= config.bin %> agent start --config /etc/outrider/agent.yaml --browser auto',
  ];
  static override flags = {
    config: Flags.string({
      description: 'YAML or JSON file.',
      env: 'OUTRIDER_AGENT_CONFIG',
      helpValue: 'FILE',
    }),
    id: Flags.string({ description: 'Unique name of this agent.', env: 'OUTRIDER_AGENT_ID' }),
    region: Flags.string({ description: 'Region that it stands in.', env: 'OUTRIDER_REGION' }),
    country: Flags.string({ description: 'ISO 3166 code of its country.' }),
    isp: Flags.string({ description: 'Its provider of internet access.' }),
    collector: Flags.string({
      description: 'Address of a collector; several times for several, the preferred first.',
      multiple: true,
      env: 'OUTRIDER_COLLECTOR',
      helpValue: 'URL',
    }),
    'data-dir': Flags.string({
      description: 'Where its spool lives; one agent alone.',
      env: 'OUTRIDER_DATA_DIR',
      helpValue: 'DIR',
    }),
    allow: Flags.string({
      description: 'Address block that probes may reach though it is private.',
      multiple: true,
      helpValue: 'CIDR',
    }),
    browser: Flags.string({
      description: 'Executable of a browser, or auto to find one; without it the agent is light.',
      env: 'OUTRIDER_BROWSER',
      helpValue: 'FILE|auto',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentStart);
    const file = flags.config === undefined ? {} : readTree(flags.config);
    const labels = {
      ...subtree(file, 'labels'),
      ...given({ region: flags.region, country: flags.country, isp: flags.isp }),
    };
    const network = subtree(file, 'network');
    const policy = { ...subtree(network, 'policy'), ...given({ allow: flags.allow }) };
    const id = flags.id ?? file.id;
    const browser =
      flags.browser === undefined
        ? {}
        : { browser: { ...subtree(file, 'browser'), path: await this.browserPath(flags.browser) } };
    const dataDir = resolve(
      flags['data-dir'] ??
        (typeof file.dataDir === 'string' ? file.dataDir : join('.outrider', 'agents', String(id))),
    );
    const merged = {
      ...file,
      ...given({ id }),
      labels,
      collectors: flags.collector ?? file.collectors ?? [DEFAULT_COLLECTOR],
      dataDir,
      network: { ...network, policy },
      ...browser,
    };
    this.become(merged, dataDir);
  }

  /** Checks the configuration and turns this process into the agent: nothing of the command line stays in memory. */
  private become(merged: Tree, dataDir: string): void {
    try {
      parseAgentConfig(merged);
    } catch (error) {
      if (!(error instanceof AgentConfigError)) throw error;
      throw new CliError('the agent’s configuration is not valid', {
        why: error.problems.join('\n'),
        hint: 'give --id and --region, or mend the file',
        exit: EXIT.badConfig,
      });
    }
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const configFile = join(dataDir, 'agent.json');
    writeFileSync(configFile, JSON.stringify(merged, null, 2), { mode: 0o600 });
    const { command, args, env } = agentCommand({ configFile });
    if (!process.execve)
      throw new CliError('this Node cannot replace its process', {
        hint: `node ${args.join(' ')}`,
        exit: EXIT.failed,
      });
    // Compiled once, kept for every later start: a cold one is slower and larger for as long as the agent lives.
    const warmUp = agentWarmUpCommand();
    spawnSync(warmUp.command, warmUp.args, { env: { ...process.env, ...warmUp.env }, stdio: 'ignore' });
    process.execve(command, [command, ...args], { ...definedOf(process.env), ...env });
  }

  private async browserPath(choice: string): Promise<string> {
    const found = await findBrowser(
      choice === 'auto' ? { env: { ...process.env, OUTRIDER_BROWSER: undefined } } : { explicit: choice },
    );
    if (found.ok) return found.build.path;
    throw new CliError(found.failure.message, {
      hint: 'leave --browser out for a light agent',
      exit: EXIT.badConfig,
    });
  }
}

const given = (values: Tree): Tree =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const definedOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

function subtree(tree: Tree, key: string): Tree {
  const value = tree[key];
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function readTree(path: string): Tree {
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Tree;
    throw new Error('it is not a map of keys and values');
  } catch (cause) {
    throw new CliError(`the agent’s configuration ${path} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a YAML or JSON file',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
