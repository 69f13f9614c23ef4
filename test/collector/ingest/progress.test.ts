import { describe, expect, it } from 'vitest';
import type { OpenBlock } from '../../../collector/ingest/open-block.ts';
import { Progress } from '../../../collector/ingest/progress.ts';
import { ProtocolError } from '../../../protocol/errors.ts';

/** A store of which the answers are given by hand, and a membership that only says who was taken over. */
function scripted(held: Record<string, number> = {}) {
  const takenOver: string[] = [];
  const asked: string[][] = [];
  let gate: Promise<void> = Promise.resolve();
  const progress = new Progress(
    {
      takeOver: async (agent, boot) => {
        takenOver.push(`${agent}/${boot}`);
      },
    },
    {
      find: async (_agent, boots) => {
        asked.push([...boots]);
        await gate;
        return new Map(boots.flatMap((boot) => (boot in held ? [[boot, held[boot] ?? 0]] : [])));
      },
    },
  );
  return {
    progress,
    takenOver,
    asked,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

/** As much of a block as progress looks at. */
function blockUnderWay() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const block = { isDone: false, done: promise };
  return {
    block: block as unknown as OpenBlock,
    finish() {
      block.isDone = true;
      resolve();
    },
  };
}

const never = new Promise<false>(() => undefined);

describe('progress', () => {
  it('is what the store has, and 0 for a boot that it never saw', async () => {
    const { progress, takenOver } = scripted({ 'boot-1': 40 });
    const { boots } = await progress.open('a', 'boot-2', ['boot-1', 'boot-2']);
    expect([...boots.values()].map(({ boot, committed, accepted }) => [boot, committed, accepted])).toEqual([
      ['boot-1', 40, 40],
      ['boot-2', 0, 0],
    ]);
    expect(takenOver).toEqual(['a/boot-2']);
  });

  it('is asked of the store once, while a session is open', async () => {
    const { progress, takenOver, asked } = scripted();
    const first = await progress.open('a', 'boot-1', ['boot-1']);
    const second = await progress.open('a', 'boot-1', ['boot-1', 'boot-0']);
    expect(second).toBe(first);
    expect(asked).toEqual([['boot-1'], ['boot-0']]);
    expect(takenOver).toHaveLength(1);
    progress.close(first);
    progress.close(second);
    await progress.open('a', 'boot-1', ['boot-1']);
    expect(asked).toHaveLength(3);
    expect(takenOver).toHaveLength(2);
  });

  it('is kept while anything of the agent is on its way', async () => {
    const { progress, asked } = scripted();
    const first = await progress.open('a', 'boot-1', ['boot-1']);
    const under = blockUnderWay();
    first.tail = under.block;
    progress.close(first);
    const second = await progress.open('a', 'boot-1', ['boot-1']);
    expect(second).toBe(first);
    progress.close(second);
    under.finish();
    progress.settle('a');
    expect(await progress.open('a', 'boot-1', ['boot-1'])).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it('is forgotten when the lookup fails', async () => {
    let fails = true;
    const progress = new Progress(
      { takeOver: async () => undefined },
      {
        find: async () => {
          if (fails) throw new Error('away');
          return new Map([['boot-1', 3]]);
        },
      },
    );
    await expect(progress.open('a', 'boot-1', ['boot-1'])).rejects.toThrow('away');
    fails = false;
    expect((await progress.open('a', 'boot-1', ['boot-1'])).boots.get('boot-1')?.committed).toBe(3);
  });

  it('only grows', async () => {
    const { progress } = scripted({ 'boot-1': 5 });
    const boot = (await progress.open('a', 'boot-1', ['boot-1'])).boots.get('boot-1');
    if (!boot) throw new Error('no boot');
    progress.committed(boot, 9);
    progress.committed(boot, 7);
    expect(boot.committed).toBe(9);
  });
});

describe('an agent that another collector takes over', () => {
  it('is released at once when nothing of it is under way', async () => {
    const { progress, takenOver } = scripted();
    expect(await progress.release('a', never)).toBe(true);
    const known = await progress.open('a', 'boot-1', ['boot-1']);
    expect(await progress.release('a', never)).toBe(true);
    progress.close(known);
    expect(await progress.open('a', 'boot-1', ['boot-1'])).not.toBe(known);
    expect(takenOver).toHaveLength(2);
  });

  it('is released when what was accepted is committed, and not let in before', async () => {
    const { progress } = scripted();
    const known = await progress.open('a', 'boot-1', ['boot-1']);
    const under = blockUnderWay();
    known.tail = under.block;
    let released: boolean | undefined;
    const release = progress.release('a', never).then((state) => {
      released = state;
    });
    progress.close(known);
    await expect(progress.open('a', 'boot-1', ['boot-1'])).rejects.toThrow(ProtocolError);
    expect(released).toBeUndefined();
    under.finish();
    progress.settle('a');
    await release;
    expect(released).toBe(true);
    expect(await progress.open('a', 'boot-1', ['boot-1'])).not.toBe(known);
  });

  it('is not released when that takes too long', async () => {
    const { progress } = scripted();
    const known = await progress.open('a', 'boot-1', ['boot-1']);
    known.tail = blockUnderWay().block;
    expect(await progress.release('a', Promise.resolve(false))).toBe(false);
  });

  it('is not let in with what was asked before it went', async () => {
    const { progress, hold } = scripted({ 'boot-1': 1 });
    const answer = hold();
    const opening = progress.open('a', 'boot-1', ['boot-1']);
    await Promise.resolve();
    expect(await progress.release('a', never)).toBe(true);
    answer();
    await expect(opening).rejects.toMatchObject({ close: 'unavailable' });
    expect((await progress.open('a', 'boot-1', ['boot-1'])).boots.get('boot-1')?.committed).toBe(1);
  });

  it('of a collector that was fenced is not let in with anything known before', async () => {
    const { progress, hold, takenOver } = scripted();
    await progress.open('a', 'boot-1', ['boot-1']);
    const answer = hold();
    const opening = progress.open('b', 'boot-1', ['boot-1']);
    progress.clear();
    answer();
    await expect(opening).rejects.toMatchObject({ close: 'unavailable' });
    await progress.open('a', 'boot-1', ['boot-1']);
    expect(takenOver).toEqual(['a/boot-1', 'b/boot-1', 'a/boot-1']);
  });
});
