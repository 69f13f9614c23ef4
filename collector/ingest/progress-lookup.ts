/**
 * Asks the store how far agents have come: those that come together are asked for together, one question at a time. Each shard
 * is asked for its own agents, so that one which does not answer holds up no others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { shardOf } from '../store/shard-of.ts';
import type { Store } from '../store/store.ts';
import type { IngestCounters } from './counters.ts';
import { INGEST_LIMITS } from './limits.ts';

interface Question {
  readonly agent: string;
  readonly boots: readonly string[];
  readonly bytes: number;
  resolve(held: ReadonlyMap<string, number>): void;
  reject(error: unknown): void;
}

export class ProgressLookup {
  readonly #shards: readonly ShardLookup[];

  constructor(store: Pick<Store, 'query' | 'shards'>, counters: Pick<IngestCounters, 'progressLookups'>) {
    this.#shards = Array.from(
      { length: store.shards },
      (_, shard) => new ShardLookup(store, shard, counters),
    );
  }

  /** The highest seq that the store has of each boot; a boot that it does not know is left out. Rejects with a `StoreError`. */
  find(agent: string, boots: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return (this.#shards[shardOf(agent, this.#shards.length)] as ShardLookup).find(agent, boots);
  }
}

class ShardLookup {
  readonly #store: Pick<Store, 'query'>;
  readonly #shard: number;
  readonly #counters: Pick<IngestCounters, 'progressLookups'>;
  #waiting: Question[] = [];
  #asking = false;

  constructor(store: Pick<Store, 'query'>, shard: number, counters: Pick<IngestCounters, 'progressLookups'>) {
    this.#store = store;
    this.#shard = shard;
    this.#counters = counters;
  }

  async find(agent: string, boots: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const answers = await Promise.all(partsOf(agent, boots).map((part) => this.#find(agent, part)));
    return new Map(answers.flatMap((held) => [...held]));
  }

  #find(agent: string, boots: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, number>>();
    this.#waiting.push({ agent, boots, bytes: bytesOf([agent, ...boots]), resolve, reject });
    if (!this.#asking) void this.#askAll();
    return promise;
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    await sleep(INGEST_LIMITS.lookupWaitMs.value);
    while (this.#waiting.length > 0) {
      const questions = this.#take();
      try {
        const held = await this.#ask(questions);
        for (const { agent, resolve } of questions) resolve(held.get(agent) ?? new Map());
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    this.#asking = false;
  }

  /** As many as fit into one question; at least one. */
  #take(): readonly Question[] {
    let bytes = 0;
    let count = 0;
    for (const question of this.#waiting) {
      bytes += question.bytes;
      if (count > 0 && bytes > INGEST_LIMITS.lookupBytes.value) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #ask(questions: readonly Question[]): Promise<ReadonlyMap<string, Map<string, number>>> {
    this.#counters.progressLookups += 1;
    const rows = await this.#store.query<{ agent: string; boot: string; held: number }>(
      `SELECT agent, boot, max(seq) AS held FROM agent_progress
       WHERE agent IN {agents:Array(String)} AND boot IN {boots:Array(String)} GROUP BY agent, boot`,
      {
        agents: [...new Set(questions.map(({ agent }) => agent))],
        boots: [...new Set(questions.flatMap(({ boots }) => boots))],
      },
      { shard: this.#shard },
    );
    const held = new Map<string, Map<string, number>>();
    for (const { agent, boot, held: seq } of rows) {
      const boots = held.get(agent) ?? new Map<string, number>();
      held.set(agent, boots.set(boot, seq));
    }
    return held;
  }
}

/** Boots of one agent, as many to a part as surely fit into one question. */
function partsOf(agent: string, boots: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const boot of boots) {
    bytes += bytesOf([boot]);
    if (bytes > INGEST_LIMITS.lookupBytes.value) {
      parts.push([]);
      bytes = bytesOf([agent, boot]);
    }
    parts.at(-1)?.push(boot);
  }
  return parts;
}

/** At most what names take in a URL, quotes and comma included. */
function bytesOf(names: readonly string[]): number {
  const plain = /^[\w.~-]*$/;
  return names.reduce(
    (sum, name) => sum + 9 + (plain.test(name) ? name.length : 3 * Buffer.byteLength(name)),
    0,
  );
}
