import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotMemory } from '../../../collector/detect/slot-memory.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

describe('the memory of slots', () => {
  it('knows a slot that it has seen, in whatever order slots come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1e6 }), { maxLength: 64 }), (slots) => {
        const memory = new SlotMemory();
        for (const slot of slots) expect(memory.add(slot)).toBe(true);
        for (const slot of slots) expect(memory.add(slot)).toBe(false);
      }),
    );
  });

  it('finds the interval between slots, gaps and disorder notwithstanding', () => {
    const memory = new SlotMemory();
    for (const slot of [2, 1, 3, 6, 7, 12]) memory.add(slot * 2000 + 137);
    expect(memory.everyMs()).toBe(2000);
  });

  it('knows no interval before the third slot', () => {
    const memory = new SlotMemory();
    memory.add(0);
    memory.add(4000);
    expect(memory.everyMs()).toBeUndefined();
    memory.add(6000);
    expect(memory.everyMs()).toBe(2000);
  });

  it('follows an interval that was changed, after eight gaps', () => {
    const memory = new SlotMemory();
    for (let i = 0; i < 30; i += 1) memory.add(i * 2000);
    for (let i = 1; i <= 9; i += 1) memory.add(58_000 + i * 10_000);
    expect(memory.everyMs()).toBe(10_000);
  });

  it('takes what is older than all that it remembers for seen', () => {
    const memory = new SlotMemory();
    for (let i = 100; i < 200; i += 1) memory.add(i * 1000);
    expect(memory.add(1000)).toBe(false);
  });

  it('finds what was meant where times jitter, and keeps to it', () => {
    const random = new Random(4);
    const memory = new SlotMemory();
    const found = new Set<number | undefined>();
    for (let i = 0; i < 300; i += 1) {
      if (random.chance(0.05)) continue;
      memory.add(Math.round(i * 60_000 + random.uniform(-3000, 3000)));
      if (i > 10) found.add(memory.everyMs());
    }
    expect([...found]).toEqual([60_000]);
  });

  it('is not misled by one slot that is close to another', () => {
    const memory = new SlotMemory();
    for (const slot of [0, 60_000, 120_000, 121_003, 180_000, 240_000, 300_000]) memory.add(slot);
    expect(memory.everyMs()).toBeGreaterThan(50_000);
  });
});
