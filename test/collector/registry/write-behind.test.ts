import { describe, expect, it } from 'vitest';
import { WriteBehind } from '../../../collector/registry/write-behind.ts';

/** Writes that a test lets go one by one. */
function gated() {
  const dirty = new Set<string>();
  const written: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const writes = new WriteBehind(async () => {
    const taken = [...dirty];
    dirty.clear();
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    try {
      await gate.promise;
      written.push(taken);
    } catch (error) {
      for (const item of taken) dirty.add(item);
      throw error;
    }
  });
  return { dirty, written, gates, writes };
}

describe('write-behind', () => {
  it('writes one at a time, and what changes meanwhile together in the next', async () => {
    const { dirty, written, gates, writes } = gated();
    dirty.add('a');
    const first = writes.flush();
    dirty.add('b');
    const second = writes.flush();
    dirty.add('c');
    const third = writes.flush();
    expect(gates).toHaveLength(1);
    gates[0]?.resolve();
    await first;
    await expect.poll(() => gates.length).toBe(2);
    gates[1]?.resolve();
    await Promise.all([second, third]);
    expect(written).toEqual([['a'], ['b', 'c']]);
  });

  it('rejects for those whose change was not written, and writes it with the next', async () => {
    const { dirty, written, gates, writes } = gated();
    dirty.add('a');
    const first = writes.flush();
    dirty.add('b');
    const second = writes.flush();
    gates[0]?.reject(new Error('the store is away'));
    await expect(first).rejects.toThrow('away');
    await expect.poll(() => gates.length).toBe(2);
    gates[1]?.resolve();
    await second;
    expect(written).toEqual([['b', 'a']]);
  });
});
