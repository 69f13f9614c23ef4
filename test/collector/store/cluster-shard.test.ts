import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterNode } from '../../../collector/store/cluster-node.ts';
import { ClusterShard } from '../../../collector/store/cluster-shard.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import { readMigrations } from '../../../collector/store/migrate.ts';
import {
  type ClickHouseCluster,
  serverUnavailable,
  startClickHouseCluster,
} from '../../support/clickhouse-server.ts';

const unavailable = serverUnavailable();

/** Two servers as the copies of one shard; nothing is copied between them here, so that it shows which was used. */
describe.skipIf(unavailable)(`a shard with two servers${unavailable ? ` (${unavailable})` : ''}`, () => {
  let cluster: ClickHouseCluster;
  let shard: ClusterShard;
  const used = () => shard.use(async ({ url }) => url);
  const work = () =>
    shard.use(async ({ url, local }) => {
      await local.query('SELECT 1');
      return url;
    });

  beforeAll(async () => {
    cluster = await startClickHouseCluster();
    await cluster.servers[1]?.kill();
    const nodes: ClusterNode[] = cluster.urls.map(
      (url, index) =>
        new ClusterNode({
          url,
          cluster: cluster.name,
          database: 'outrider',
          shard: 0,
          shards: 1,
          replicated: false,
          first: index === 0,
          migrations: readMigrations(),
          siblings: () => nodes.flatMap(({ open }) => open ?? []),
        }),
    );
    shard = new ClusterShard(nodes, false);
  });
  afterAll(async () => {
    await shard?.close();
    await cluster?.close();
  });

  it('uses the first', async () => {
    expect(await work()).toBe(cluster.urls[0]);
  });

  it('does on every server what must be on every server, or fails', async () => {
    const all = () => shard.useAll(async ({ url }) => url);
    await expect(all()).rejects.toMatchObject({ code: 'unreachable' });
    await cluster.restart(1);
    expect(await all()).toEqual(cluster.urls);
  });

  it('has the schema, too, on the one that came late', async () => {
    const tables = await shard.useAll(({ local }) =>
      local.query(
        'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name',
      ),
    );
    expect(tables[1]).toEqual(tables[0]);
    const migrations = await shard.useAll(({ local }) =>
      local.query('SELECT version, checksum FROM migrations FINAL ORDER BY version'),
    );
    expect(migrations[1]).toEqual(migrations[0]);
  });

  it('goes over to the next when one is gone, and stays there', async () => {
    await cluster.servers[0]?.kill();
    expect(await work()).toBe(cluster.urls[1]);
    await cluster.restart(0);
    expect(await work()).toBe(cluster.urls[1]);
  });

  it('does not go over for what a server answers', async () => {
    await expect(shard.use(({ local }) => local.query('SELECT throwIf(1)'))).rejects.toMatchObject({
      code: 'query',
    });
    expect(await used()).toBe(cluster.urls[1]);
  });

  it('fails when none answers, after one try each', async () => {
    let tries = 0;
    const away = shard.use(async () => {
      tries += 1;
      throw new StoreError('unreachable', 'away');
    });
    await expect(away).rejects.toMatchObject({ code: 'unreachable' });
    expect(tries).toBe(2);
  });
});
