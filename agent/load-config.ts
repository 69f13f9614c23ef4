/** The configuration of an agent out of its three sources. A flag wins over a variable, a variable over the file. */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Limit } from '../probes/limit.ts';
import { fromIssues, pathText, quoted, readYaml } from '../probes/yaml-source.ts';
import { type AgentConfig, AgentConfigError, agentConfigSchema } from './config.ts';
import { fromFile, givenValue, SETTINGS, type Setting, textsOf } from './settings.ts';

export const CONFIG_FILE_LIMITS = {
  bytes: {
    value: 1024 * 1024,
    reason: 'An agent has some dozens of settings; anything larger is another file.',
    past: 'The file is refused.',
  },
  aliases: {
    value: 100,
    reason: 'Nested aliases multiply: a kilobyte can stand for gigabytes.',
    past: 'The file is refused.',
  },
} as const satisfies Record<string, Limit>;

/** Where a collector is looked for when nothing says so. */
const NEAREST_COLLECTOR = 'http://127.0.0.1:7077';

/** Names from before flags and variables were one. */
const FORMER_VARIABLES: Readonly<Record<string, string>> = {
  OUTRIDER_AGENT_ID: 'OUTRIDER_ID',
  OUTRIDER_AGENT_CONFIG: 'OUTRIDER_CONFIG',
};

type Tree = Record<string, unknown>;
type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  readonly env: Environment;
  /** By flag, without dashes; those that were not given are absent. `config` names the file. */
  readonly flags: Readonly<Record<string, readonly string[] | undefined>>;
}

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** Per key, as `labels.region`, where its value comes from: `--region`, `OUTRIDER_REGION`, or the file. What has its default is absent. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Reads all of them; throws `AgentConfigError` with every problem, each with the place of the value that causes it. */
export function loadAgentConfig({ env: given, flags }: ConfigSources): LoadedConfig {
  const env = withFormerNames(given);
  const path = flags.config?.at(-1) ?? env.OUTRIDER_CONFIG;
  const source = path === undefined || path === '' ? undefined : readSource(path);
  const tree: Tree = source ? structuredClone(source.tree) : {};
  const origins = new Map<string, string>();
  for (const setting of SETTINGS) {
    const inFile = valueAt(tree, setting.path);
    if (inFile !== undefined) {
      put(tree, setting.path, fromFile(setting, inFile));
      origins.set(setting.path.join('.'), source?.path ?? '');
    }
    const won = winner(setting, env, flags);
    if (!won) continue;
    put(tree, setting.path, givenValue(setting, won.texts));
    origins.set(setting.path.join('.'), won.origin);
  }
  fillIn(tree, env);
  const parsed = agentConfigSchema.safeParse(tree);
  if (parsed.success) return { config: parsed.data, origins };
  throw new AgentConfigError(
    parsed.error.issues.flatMap((issue) => {
      const origin = origins.get(issue.path.slice(0, depthOf(issue.path, origins)).join('.'));
      if (source && (origin === source.path || issue.code === 'unrecognized_keys'))
        return quoted(
          source.path,
          source.text,
          fromIssues([issue], agentConfigSchema, [], source.locate),
        ).join('\n');
      const where = origin === undefined ? settingHint(issue.path) : ` (${origin})`;
      return `${pathText(issue.path) || 'the whole'}: ${issue.message}${where}`;
    }),
  );
}

/** How much of a path names a setting: what lies within a list or a map is the setting's. */
function depthOf(path: readonly PropertyKey[], origins: ReadonlyMap<string, string>): number {
  for (let depth = path.length; depth > 0; depth -= 1)
    if (origins.has(path.slice(0, depth).join('.'))) return depth;
  return path.length;
}

/** How something that nobody said could be said. */
function settingHint(path: readonly PropertyKey[]): string {
  const setting = SETTINGS.find((one) => one.path.join('.') === path.join('.'));
  return setting ? ` (give --${setting.flag}, ${setting.variable}, or the key in the file)` : '';
}

function winner(setting: Setting, env: Environment, flags: ConfigSources['flags']) {
  const flag = flags[setting.flag];
  if (flag !== undefined) return { texts: flag, origin: `--${setting.flag}` };
  const variable = env[setting.variable];
  // An empty variable is how a service manager or a compose file leaves one out.
  if (variable === undefined || variable === '') return undefined;
  return { texts: textsOf(setting, variable), origin: setting.variable };
}

function withFormerNames(env: Environment): Environment {
  const renamed = Object.entries(FORMER_VARIABLES).map(([former, name]) => [name, env[name] ?? env[former]]);
  return { ...env, ...Object.fromEntries(renamed) };
}

/** What depends on more than the schema sees. A service manager says where state belongs. */
function fillIn(tree: Tree, env: Environment): void {
  tree.collectors ??= [NEAREST_COLLECTOR];
  tree.labels ??= {};
  const state = env.STATE_DIRECTORY;
  const fallback = state ? state : join('.outrider', 'agents', String(tree.id));
  tree.dataDir =
    typeof tree.dataDir === 'string' ? resolve(tree.dataDir) : (tree.dataDir ?? resolve(fallback));
}

function readSource(path: string) {
  let text: string;
  try {
    if (statSync(path).size > CONFIG_FILE_LIMITS.bytes.value)
      throw new AgentConfigError([`${path} is larger than 1 MiB`]);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof AgentConfigError) throw error;
    throw new AgentConfigError([`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  const source = readYaml(text, CONFIG_FILE_LIMITS.aliases.value);
  if ('diagnostics' in source)
    throw new AgentConfigError([quoted(path, text, source.diagnostics).join('\n')]);
  const { locate, raw } = source;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new AgentConfigError([`${path} is not a map of keys and values`]);
  const { version = 1, ...tree } = raw as Tree;
  if (version !== 1)
    throw new AgentConfigError([
      quoted(path, text, [{ ...locate(['version']), message: 'version: this agent reads version 1' }]).join(
        '\n',
      ),
    ]);
  return { path, text, locate, tree };
}

function valueAt(tree: Tree, path: readonly string[]): unknown {
  let value: unknown = tree;
  for (const step of path) value = (value as Tree | null | undefined)?.[step];
  return value;
}

/** A section that is no map is left as it is, for the schema to refuse. */
function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [step = '', ...rest] = path;
  if (rest.length === 0) {
    tree[step] = value;
    return;
  }
  tree[step] ??= {};
  const section = tree[step];
  if (typeof section === 'object' && section !== null) put(section as Tree, rest, value);
}
