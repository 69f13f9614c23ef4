import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../collector/store/turns.ts';

describe('turns', () => {
  it('lets so many run at a time, the others in the order in which they came', async () => {
    const turns = createTurns(2, 10);
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const begun: number[] = [];
    const all = gates.map((gate, index) =>
      turns.take(async () => {
        begun.push(index);
        await gate.promise;
        return index;
      }),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve();
    await all[1];
    expect(begun).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses when too many wait, and takes work again after that', async () => {
    const turns = createTurns(1, 1);
    const gate = Promise.withResolvers<void>();
    const running = turns.take(() => gate.promise);
    const waiting = turns.take(async () => 'waited');
    await expect(turns.take(async () => 'too many')).rejects.toMatchObject({ code: 'busy' });
    gate.resolve();
    await running;
    expect(await waiting).toBe('waited');
    expect(await turns.take(async () => 'again')).toBe('again');
  });

  it('gives the turn on when work fails', async () => {
    const turns = createTurns(1, 5);
    const failed = turns.take(() => Promise.reject(new Error('no')));
    const next = turns.take(async () => 1);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(1);
  });

  it('end when what runs and waits is done, and take nothing further', async () => {
    const turns = createTurns(1, 5);
    const done: string[] = [];
    void turns.take(async () => void done.push('first'));
    void turns.take(async () => void done.push('second'));
    await turns.end();
    expect(done).toEqual(['first', 'second']);
    await expect(turns.take(async () => 'late')).rejects.toMatchObject({ code: 'closed' });
    await turns.end();
  });
});
