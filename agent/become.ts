/** From a configuration to the process of the agent, in two steps, so that nothing of the first stays in memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentConfig } from './config.ts';
import { type AgentEntry, agentCommand, agentWarmUpCommand } from './spawn.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Writes the configuration into the data directory and replaces this process by the agent; does not return. Throws when
 * the directory cannot be written, or Node cannot replace its process.
 */
export function becomeAgent(config: AgentConfig, env: Environment, entry?: AgentEntry): never {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const configFile = join(config.dataDir, 'agent.json');
  writeFileSync(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  const cacheDir = env.NODE_COMPILE_CACHE || env.CACHE_DIRECTORY;
  const place = { ...(cacheDir ? { cacheDir } : {}), ...(entry ? { entry } : {}) };
  // Compiled once, kept for every later start: a cold one is slower and larger for as long as the agent lives.
  const warmUp = agentWarmUpCommand(place);
  spawnSync(warmUp.command, warmUp.args, { env: { ...env, ...warmUp.env }, stdio: 'ignore' });
  const { args, command, env: own } = agentCommand({ configFile, ...place });
  if (!process.execve) throw new Error('this Node cannot replace its process: use Node 24 on Linux or macOS');
  return process.execve(command, [command, ...args], { ...definedOf(env), ...own });
}

const definedOf = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
