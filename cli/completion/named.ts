/** Which flags and arguments are names of something that exists, and where its names are asked for. */

import type { TokenJson } from '../../collector/api/answers/access.ts';
import type { ProbeJson, TargetJson } from '../../collector/api/answers/checks.ts';
import type { AgentJson } from '../../collector/api/answers/fleet.ts';
import type { IncidentJson, SilenceJson } from '../../collector/api/answers/incidents.ts';
import type { Limit } from '../../probes/limit.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import { ApiClient } from '../support/api-client.ts';
import { contextsPath, readContexts } from '../support/contexts-file.ts';
import { trustAuthorities } from '../support/trust.ts';
import { chooseWay } from '../support/way.ts';
import type { Candidate } from './candidates.ts';

export const COMPLETION_LIMITS = {
  answerMs: {
    value: 1000,
    reason: 'Whoever presses Tab waits for it, and goes on typing after a second.',
    past: 'Nothing is completed, and nothing is said; OUTRIDER_COMPLETION_WAIT=3s waits longer.',
  },
  names: {
    value: 1000,
    reason: 'As many as the collector gives at once; no shell shows more of them in a useful way.',
    past: 'The rest is left out.',
  },
} as const satisfies Record<string, Limit>;

type Environment = Readonly<Record<string, string | undefined>>;

const OF_FLAGS = {
  agent: 'agents',
  context: 'contexts',
  probe: 'probes',
  region: 'regions',
  target: 'targets',
} as const;

/** By topic and name of the argument. */
const OF_ARGUMENTS = {
  'agents agent': 'agents',
  'agents id': 'agents',
  'contexts name': 'contexts',
  'incidents id': 'incidents',
  'probes name': 'probes',
  'probes probe': 'probes',
  'probes source': 'files',
  'routes file': 'files',
  'silences id': 'silences',
  'tokens id': 'tokens',
} as const;

export type NameKind =
  | (typeof OF_FLAGS)[keyof typeof OF_FLAGS]
  | Exclude<(typeof OF_ARGUMENTS)[keyof typeof OF_ARGUMENTS], 'files'>;

/** Those keys, for a test to hold that every one of them is still there. */
export const NAMED = { flags: Object.keys(OF_FLAGS), arguments: Object.keys(OF_ARGUMENTS) };

export const namesOfFlag = (flag: string): NameKind | undefined => entryOf(OF_FLAGS, flag);

export function namesOfArgument(id: string, name: string): NameKind | 'files' | undefined {
  return entryOf(OF_ARGUMENTS, `${id.split(':')[0]} ${name}`);
}

const entryOf = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Names of a kind, at the collector that the flags on the line, variables or a context name; none where nobody answers in time. */
export async function askNames(
  kind: NameKind,
  written: ReadonlyMap<string, string>,
  env: Environment,
): Promise<readonly Candidate[]> {
  try {
    if (kind === 'contexts')
      return Object.entries(readContexts(contextsPath(env)).contexts).map(([word, { collector }]) => ({
        word,
        about: collector,
      }));
    const way = chooseWay(
      {
        collector: written.get('collector'),
        context: written.get('context'),
        tokenFile: written.get('token-file'),
      },
      env,
    );
    for (const { file, origin } of way.authorities) trustAuthorities(origin, file);
    const patienceMs =
      parseDurationMs(env.OUTRIDER_COMPLETION_WAIT ?? '') ?? COMPLETION_LIMITS.answerMs.value;
    return await READERS[kind](new ApiClient(way.collector, patienceMs, way));
  } catch {
    return [];
  }
}

type Reader = (client: ApiClient) => Promise<readonly Candidate[]>;
interface List<T> {
  readonly data: readonly T[];
}
const MOST = { limit: COMPLETION_LIMITS.names.value };

const READERS: Readonly<Record<Exclude<NameKind, 'contexts'>, Reader>> = {
  async agents(client) {
    const { data } = await client.get<List<AgentJson>>('/api/v1/agents', MOST);
    return data.map(({ id, region, state }) => ({ word: id, about: `${region}, ${state}` }));
  },
  async incidents(client) {
    const { data } = await client.get<List<IncidentJson>>('/api/v1/incidents', MOST);
    return data.map(({ id, status, summary }) => ({ word: id, about: `${status}: ${summary}` }));
  },
  async probes(client) {
    const { data } = await client.get<List<ProbeJson>>('/api/v1/probes', MOST);
    return data.map(({ every, name, type }) => ({ word: name, about: `${type} every ${every}` }));
  },
  async regions(client) {
    const { data } = await client.get<List<AgentJson>>('/api/v1/agents', MOST);
    return [...new Set(data.map(({ region }) => region))].sort().map((word) => ({ word, about: '' }));
  },
  async silences(client) {
    const { data } = await client.get<List<SilenceJson>>('/api/v1/silences');
    return data.map(({ id, match_text }) => ({ word: id, about: match_text }));
  },
  async targets(client) {
    const { data } = await client.get<List<TargetJson>>('/api/v1/targets', MOST);
    return data.map(({ name, url }) => ({ word: name, about: url }));
  },
  async tokens(client) {
    const { data } = await client.get<List<TokenJson>>('/api/v1/tokens', MOST);
    return data.map(({ id, name, role }) => ({ word: id, about: `${name}, ${role}` }));
  },
};
