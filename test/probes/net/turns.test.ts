import { describe, expect, it } from 'vitest';
import { inTurn, turn } from '../../../probes/net/turns.ts';

/** Resolves when the event loop has gone round once. */
const round = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('come one at a time, in the order in which they were asked for, with a look at the sockets between', async () => {
    const done: number[] = [];
    for (const number of [1, 2, 3]) inTurn(() => done.push(number));
    expect(done).toEqual([]);
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      await round();
      expect(done).toEqual(expected);
    }
  });

  it('begin anew after the last one, and when work asks for another turn', async () => {
    const done: string[] = [];
    await turn();
    inTurn(() => {
      done.push('first');
      inTurn(() => done.push('asked by the first'));
    });
    await round();
    expect(done).toEqual(['first']);
    await round();
    await round();
    expect(done).toEqual(['first', 'asked by the first']);
  });

  it('of others are not lost when work throws', async () => {
    const done: string[] = [];
    const thrown = new Promise<unknown>((resolve) => {
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const listener of listeners) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    inTurn(() => {
      throw new Error('a bug');
    });
    inTurn(() => done.push('second'));
    expect(await thrown).toMatchObject({ message: 'a bug' });
    await round();
    await round();
    expect(done).toEqual(['second']);
  });
});
