import { describe, expect, it } from 'vitest';
import { type ServerView, topologyOf } from '../../../collector/store/cluster-topology.ts';

/** A server of a cluster with so many replicas in each shard; `own`: its place among all. */
function serverOf(url: string, own: number | undefined, copies: readonly number[] = [1, 1]): ServerView {
  const rows = copies.flatMap((count, shard) =>
    Array.from({ length: count }, (_, replica) => ({
      shard: shard + 1,
      replica: replica + 1,
      address: `ch${shard + 1}-${replica + 1}:9000`,
    })),
  );
  const place = own === undefined ? undefined : rows[own];
  return {
    url,
    rows: rows.map((row) => ({ ...row, local: row === place })),
    clusters: ['default', 'fleet'],
    macros: place ? { shard: `0${place.shard}`, replica: `r${place.replica}` } : {},
  };
}

const away = (url: string): ServerView => ({
  url,
  failure: 'connection refused',
  rows: [],
  clusters: [],
  macros: {},
});

const urlsOf = (servers: readonly ServerView[]) =>
  topologyOf('fleet', servers).shards.map((nodes) => nodes.map(({ url }) => url));

describe('the servers of a cluster', () => {
  it('are known by what they say of themselves, in whatever order they are given', () => {
    expect(urlsOf([serverOf('b', 1), serverOf('a', 0)])).toEqual([['a'], ['b']]);
    expect(topologyOf('fleet', [serverOf('b', 1), serverOf('a', 0)]).replicated).toBe(false);
  });

  it('that do not know themselves are taken in the order given', () => {
    expect(urlsOf([serverOf('a', undefined), serverOf('b', undefined)])).toEqual([['a'], ['b']]);
    expect(urlsOf([serverOf('b', undefined), serverOf('a', 0)])).toEqual([['a'], ['b']]);
  });

  it('may be away, as long as one of each shard answers', () => {
    const copies = [2, 2];
    const servers = [serverOf('a1', 0, copies), away('a2'), away('b1'), serverOf('b2', 3, copies)];
    expect(topologyOf('fleet', servers)).toEqual({
      replicated: true,
      shards: [
        [
          { url: 'a1', answers: true },
          { url: 'a2', answers: false },
        ],
        [
          { url: 'b1', answers: false },
          { url: 'b2', answers: true },
        ],
      ],
    });
  });
});

describe('a cluster that is not as it must be', () => {
  const problem = (servers: readonly ServerView[]) => {
    try {
      topologyOf('fleet', servers);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const copies = [2, 2];
  const four = (change: (view: ServerView, nth: number) => ServerView) =>
    [0, 1, 2, 3].map((nth) => change(serverOf(`s${nth}`, nth, copies), nth));

  it.each<[string, readonly ServerView[], string, RegExp]>([
    [
      'has a shard that is away',
      [serverOf('a', 0), away('b')],
      'unreachable',
      /shard 2 replica 1 \(ch2-1:9000\) at b: connection refused/,
    ],
    [
      'is away altogether',
      [away('a'), away('b')],
      'unreachable',
      /a: connection refused; b: connection refused/,
    ],
    [
      'has another name',
      [{ ...serverOf('a', 0), rows: [] }, serverOf('b', 1)],
      'cluster',
      /a does not know a cluster fleet: it knows default, fleet/,
    ],
    [
      'has a server more than URLs',
      [serverOf('a', 0)],
      'cluster',
      /has 2 servers, and 1 URLs were given\. Without a URL: shard 2 replica 1 \(ch2-1:9000\)/,
    ],
    [
      'has fewer servers than URLs',
      [serverOf('a', 0), serverOf('b', 1), away('c')],
      'cluster',
      /has 2 servers, and 3 URLs/,
    ],
    [
      'is given one server twice',
      [serverOf('a', 0), serverOf('b', 0)],
      'cluster',
      /a and b are the same server, shard 1/,
    ],
    [
      'is another one for each server',
      [serverOf('a', 0), serverOf('b', 1, [1, 2])],
      'cluster',
      /do not agree on the cluster fleet: for a it is 1\/1 ch1-1:9000, 2\/1 ch2-1:9000; for b/,
    ],
    [
      'has copies and no macros',
      four((view) => ({ ...view, macros: { shard: '01' } })),
      'cluster',
      /s0 has no macro replica/,
    ],
    [
      'has copies under one name',
      four((view) => ({ ...view, macros: { ...view.macros, replica: 'same' } })),
      'cluster',
      /s1 \(shard 01, replica same\) do not fit .* beside s0/,
    ],
    [
      'has shards under one name',
      four((view, nth) => ({ ...view, macros: { shard: 'one', replica: `r${nth}` } })),
      'cluster',
      /s2 \(shard one, replica r2\) do not fit its place, shard 2/,
    ],
    [
      'has copies of one shard under two names',
      four((view, nth) => ({ ...view, macros: { shard: `${nth}`, replica: 'r' } })),
      'cluster',
      /s0 \(shard 0, replica r\) do not fit its place, shard 1 of the cluster, beside s1/,
    ],
  ])('%s', (_, servers, code, message) => {
    expect(problem(servers)).toMatchObject({
      name: 'StoreError',
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/\w/),
    });
  });
});
