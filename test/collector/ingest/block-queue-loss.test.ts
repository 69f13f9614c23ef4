import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../collector/store/errors.ts';
import { agentOf, DAY_MS, NOON, push, queueOver } from './queue-over.ts';

describe('a queue whose store died', () => {
  const RETRIED = new StoreError('unreachable', 'ECONNRESET');

  it('does not insert a block again that failed before: what the store remembers of it may be wrong', async () => {
    let life = 'one';
    const { queue, attempts, commits, fenced, counters } = queueOver(
      () => {
        life = 'two';
        return Promise.reject(RETRIED);
      },
      { life: () => Promise.resolve(life) },
    );
    push(queue, agentOf('a'), [NOON]);
    await expect.poll(fenced).toBe(1);
    expect(attempts).toHaveLength(1);
    expect(commits).toEqual([]);
    expect(counters).toMatchObject({ resultsDisowned: 1, insertFailures: 1 });
  });

  it('does not believe a success of a second attempt before which it died', async () => {
    const lives = ['one', 'one', 'two'];
    const { queue, attempts, commits, fenced } = queueOver(
      () => (attempts.length === 1 ? Promise.reject(RETRIED) : Promise.resolve()),
      { life: () => Promise.resolve(lives.shift() ?? 'two') },
    );
    push(queue, agentOf('a'), [NOON]);
    await expect.poll(fenced).toBe(1);
    expect(attempts).toHaveLength(2);
    expect(commits).toEqual([]);
  });

  it('inserts again as long as it lives', async () => {
    const { queue, attempts, commits } = queueOver(() =>
      attempts.length < 3 ? Promise.reject(RETRIED) : Promise.resolve(),
    );
    push(queue, agentOf('a'), [NOON]);
    await queue.empty();
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(commits).toHaveLength(1);
  });
});

describe('a queue whose collector is fenced', () => {
  const fence = () => Promise.reject(new StoreError('fenced', 'VIOLATED_CONSTRAINT'));

  it('throws everything away, says so once, and goes on under the new name with block 1', async () => {
    let isFenced = true;
    const { queue, counters, attempts, commits, fenced } = queueOver(() =>
      isFenced ? fence() : Promise.resolve(),
    );
    const a = agentOf('a');
    push(queue, a, [NOON, NOON + DAY_MS, NOON]);
    const { tail } = a;
    await expect.poll(fenced).toBe(1);
    expect([queue.rows, queue.bytes, queue.blocks]).toEqual([0, 0, 0]);
    expect(attempts).toHaveLength(1);
    expect(counters).toMatchObject({ fenced: 1, resultsDisowned: 3, insertFailures: 0 });
    expect(commits).toEqual([]);
    expect(tail?.isDone).toBe(true);
    await tail?.done;

    isFenced = false;
    queue.begin('c1-anew');
    push(queue, agentOf('a'), [NOON]);
    await queue.empty();
    expect(attempts.at(-1)?.block).toMatchObject({ collector: 'c1-anew', number: 1 });
    expect(commits).toEqual([{ 'a/boot-1': 1 }]);
    await queue.close(1000);
  });

  it('takes no notice of what an earlier insert still comes to', async () => {
    const gate = Promise.withResolvers<void>();
    let nth = 0;
    const { queue, attempts, commits, fenced } = queueOver(
      () => {
        nth += 1;
        return nth === 1 ? gate.promise : fence();
      },
      { shards: 2 },
    );
    for (let agent = 0; agent < 20; agent += 1) push(queue, agentOf(`agent-${agent}`), [NOON]);
    await expect.poll(fenced).toBe(1);
    expect(attempts).toHaveLength(2);
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(commits).toEqual([]);
    expect(fenced()).toBe(1);
    await queue.close(1000);
  });
});
