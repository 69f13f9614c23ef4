/** Which shard of the store the results of an agent are in: always the same, so that a number of a boot is in one place. */

/** From 0 to `shards` − 1, by the FNV-1a hash of the id's UTF-16 units. */
export function shardOf(agent: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < agent.length; index += 1)
    hash = Math.imul(hash ^ agent.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % shards;
}
