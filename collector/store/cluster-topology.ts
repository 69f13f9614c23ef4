/** Which server is which part of a cluster: what the servers say of it, held against the URLs that were given. Pure. */
import { StoreError } from './errors.ts';

/** A server as `system.clusters` has it. */
export interface ClusterRow {
  readonly shard: number;
  readonly replica: number;
  /** As the servers reach it: `host:9000`. */
  readonly address: string;
  /** The server that was asked says that this is itself. */
  readonly local: boolean;
}

/** What a server said. */
export interface ServerView {
  readonly url: string;
  /** Why it did not answer. */
  readonly failure?: string;
  /** Of the cluster asked for, in the order of shards and replicas. */
  readonly rows: readonly ClusterRow[];
  /** Names of all clusters that it knows. */
  readonly clusters: readonly string[];
  readonly macros: Readonly<Record<string, string>>;
}

export interface Placed {
  readonly url: string;
  readonly answers: boolean;
}

export interface Topology {
  /** The servers of each shard; at least one of each answers. */
  readonly shards: readonly (readonly Placed[])[];
  /** Shards have copies: their tables are Replicated ones. */
  readonly replicated: boolean;
}

/** Throws `StoreError` `cluster`, or `unreachable` when a shard does not answer. */
export function topologyOf(cluster: string, servers: readonly ServerView[]): Topology {
  const answering = servers.filter(({ failure }) => failure === undefined);
  if (answering.length === 0) throw nobodyAnswers(servers);
  const rows = sameRows(cluster, answering);
  if (servers.length !== rows.length) throw wrongCount(cluster, servers, rows);
  const placed = placesOf(servers, rows);
  const shards = [...new Set(rows.map(({ shard }) => shard))].map((shard) =>
    placed.filter(({ row }) => row.shard === shard),
  );
  for (const members of shards) {
    if (members.every(({ server }) => server.failure !== undefined)) throw shardAway(cluster, members);
  }
  const replicated = shards.some((members) => members.length > 1);
  if (replicated) checkMacros(placed);
  return {
    shards: shards.map((members) =>
      members.map(({ server }) => ({ url: server.url, answers: server.failure === undefined })),
    ),
    replicated,
  };
}

interface PlacedServer {
  readonly server: ServerView;
  readonly row: ClusterRow;
}

function sameRows(cluster: string, servers: readonly ServerView[]): readonly ClusterRow[] {
  for (const { url, rows, clusters } of servers) {
    if (rows.length > 0) continue;
    const known = clusters.length > 0 ? `it knows ${clusters.join(', ')}` : 'it knows none';
    throw new StoreError('cluster', `${url} does not know a cluster ${cluster}: ${known}.`, {
      hint: 'Name one that every server has in its `remote_servers`, the same everywhere.',
    });
  }
  const shapeOf = ({ rows }: ServerView) =>
    rows.map(({ shard, replica, address }) => `${shard}/${replica} ${address}`).join(', ');
  const [first, ...others] = servers as [ServerView, ...ServerView[]];
  const other = others.find((server) => shapeOf(server) !== shapeOf(first));
  if (other) {
    throw new StoreError(
      'cluster',
      `The servers do not agree on the cluster ${cluster}: for ${first.url} it is ${shapeOf(first)}; for ${other.url} ${shapeOf(other)}.`,
      { hint: 'Give every server the same `remote_servers`: shard/replica and address.' },
    );
  }
  return first.rows;
}

/** By what each server says of itself; one that does not know, or does not answer, by its place among the URLs. */
function placesOf(servers: readonly ServerView[], rows: readonly ClusterRow[]): readonly PlacedServer[] {
  const taken = new Map<ClusterRow, ServerView>();
  const unsure: { readonly server: ServerView; readonly index: number }[] = [];
  for (const [index, server] of servers.entries()) {
    const [own, ...more] = server.rows.filter(({ local }) => local);
    const row = own && more.length === 0 ? rows[server.rows.indexOf(own)] : undefined;
    const before = row && taken.get(row);
    if (row && before) {
      throw new StoreError(
        'cluster',
        `${before.url} and ${server.url} are the same server, shard ${row.shard} at ${row.address}.`,
        { hint: 'Give one URL for each server of the cluster.' },
      );
    }
    if (row) taken.set(row, server);
    else unsure.push({ server, index });
  }
  for (const { server, index } of unsure) {
    const byOrder = rows[index];
    const free = byOrder && !taken.has(byOrder) ? byOrder : rows.find((row) => !taken.has(row));
    if (free) taken.set(free, server);
  }
  return rows.flatMap((row) => {
    const server = taken.get(row);
    return server ? [{ server, row }] : [];
  });
}

/** Replicas find each other in Keeper by these. */
function checkMacros(placed: readonly PlacedServer[]): void {
  const seen = new Map<string, PlacedServer>();
  const shardOfMacro = new Map<string, number>();
  for (const one of placed) {
    const { server, row } = one;
    if (server.failure !== undefined) continue;
    const { shard, replica } = server.macros;
    if (!shard || !replica) {
      throw new StoreError('cluster', `${server.url} has no macro ${shard ? 'replica' : 'shard'}.`, {
        hint: 'Replicated tables need `<macros><shard>…</shard><replica>…</replica></macros>` in the configuration of every server.',
      });
    }
    const twin = seen.get(`${shard}\n${replica}`);
    const home = shardOfMacro.get(shard) ?? row.shard;
    const sibling = placed.find(
      (other) => other.row.shard === row.shard && (other.server.macros.shard ?? shard) !== shard,
    );
    if (twin || home !== row.shard || sibling) {
      const other = twin ?? sibling;
      throw new StoreError(
        'cluster',
        `The macros of ${server.url} (shard ${shard}, replica ${replica}) do not fit its place, shard ${row.shard} of the cluster${other ? `, beside ${other.server.url} (shard ${other.server.macros.shard}, replica ${other.server.macros.replica})` : ''}.`,
        {
          hint: 'Servers of one shard share the macro `shard`, no others do; each has a `replica` of its own.',
        },
      );
    }
    seen.set(`${shard}\n${replica}`, one);
    shardOfMacro.set(shard, row.shard);
  }
}

function nobodyAnswers(servers: readonly ServerView[]): StoreError {
  const said = servers.map(({ url, failure }) => `${url}: ${failure}`).join('; ');
  return new StoreError('unreachable', `No server of the ClickHouse cluster answers: ${said}`, {
    hint: 'Check that the servers run and that the URLs of `--clickhouse` are right.',
  });
}

function wrongCount(
  cluster: string,
  servers: readonly ServerView[],
  rows: readonly ClusterRow[],
): StoreError {
  const own = new Set(servers.flatMap((server) => server.rows.filter(({ local }) => local)).map(nameOf));
  const missing = rows.filter((row) => !own.has(nameOf(row)));
  const named = (missing.length > 0 ? missing : rows).map(nameOf).join(', ');
  return new StoreError(
    'cluster',
    `The cluster ${cluster} has ${rows.length} servers, and ${servers.length} URLs were given. ${missing.length > 0 ? 'Without a URL' : 'The servers'}: ${named}.`,
    { hint: 'Give `--clickhouse URL` once for each server, in the order of shards.' },
  );
}

function shardAway(cluster: string, members: readonly PlacedServer[]): StoreError {
  const said = members
    .map(({ server, row }) => `${nameOf(row)} at ${server.url}: ${server.failure}`)
    .join('; ');
  return new StoreError('unreachable', `A shard of the cluster ${cluster} does not answer: ${said}`, {
    hint: 'A collector starts when every shard answers. Agents keep their results meanwhile.',
  });
}

function nameOf({ shard, replica, address }: ClusterRow): string {
  return `shard ${shard} replica ${replica} (${address})`;
}
