import { describe, expect, it } from 'vitest';
import { MembersError } from '../../../collector/members/errors.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import type { ReleaseState } from '../../../collector/members/membership.ts';
import { TakeOverRounds, worst } from '../../../collector/members/take-over-rounds.ts';

describe('rounds of taking over', () => {
  it('ask for all together that come within a moment', async () => {
    const rounds: string[][] = [];
    const asked = new TakeOverRounds(async (agents) => {
      rounds.push(agents.map(({ agent, boot }) => `${agent}/${boot}`));
      return agents.map(() => 'released');
    });
    await Promise.all([asked.ask('a', '1'), asked.ask('b', '2'), asked.ask('c', '3')]);
    await asked.ask('d', '4');
    expect(rounds).toEqual([['a/1', 'b/2', 'c/3'], ['d/4']]);
  });

  it('tell each what became of it', async () => {
    const states: Record<string, ReleaseState> = { a: 'released', b: 'busy', c: 'in_use' };
    const asked = new TakeOverRounds(async (agents) => agents.map(({ agent }) => states[agent] ?? 'busy'));
    const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map((agent) => asked.ask(agent, '1')));
    expect(a).toMatchObject({ status: 'fulfilled' });
    expect(b).toMatchObject({ reason: new MembersError('busy') });
    expect(c).toMatchObject({ reason: { name: 'MembersError', code: 'in_use' } });
  });

  it('fail together when the store cannot be asked, and go on afterwards', async () => {
    let away = true;
    const asked = new TakeOverRounds(async (agents) => {
      if (away) throw new Error('the store is away');
      return agents.map(() => 'released');
    });
    const both = await Promise.allSettled([asked.ask('a', '1'), asked.ask('b', '1')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    away = false;
    await asked.ask('a', '1');
  });

  it('are no larger than a request may be', async () => {
    const max = MEMBER_LIMITS.agentsPerRequest.value;
    const sizes: number[] = [];
    const asked = new TakeOverRounds(async (agents) => {
      sizes.push(agents.length);
      return agents.map(() => 'released');
    });
    await Promise.all(Array.from({ length: 2 * max + 1 }, (_, i) => asked.ask(`agent-${i}`, '1')));
    expect(sizes).toEqual([max, max, 1]);
  });

  it('are so many at a time, and what comes meanwhile is the next', async () => {
    const held: (() => void)[] = [];
    const sizes: number[] = [];
    const asked = new TakeOverRounds(async (agents) => {
      sizes.push(agents.length);
      await new Promise<void>((resolve) => held.push(resolve));
      return agents.map(() => 'released');
    });
    const all: Promise<void>[] = [];
    for (let i = 0; i < MEMBER_LIMITS.rounds.value; i += 1) {
      all.push(asked.ask(`slow-${i}`, '1'));
      await expect.poll(() => sizes.length).toBe(i + 1);
    }
    all.push(asked.ask('late-1', '1'), asked.ask('late-2', '1'));
    await new Promise((resolve) => setTimeout(resolve, 3 * MEMBER_LIMITS.gatherMs.value));
    expect(sizes).toHaveLength(MEMBER_LIMITS.rounds.value);
    held.shift()?.();
    await expect.poll(() => sizes.at(-1)).toBe(2);
    for (const release of held) release();
    await expect.poll(() => held.length).toBe(MEMBER_LIMITS.rounds.value);
    held.at(-1)?.();
    await Promise.all(all);
  });
});

describe('what several say of one agent', () => {
  it.each([
    [[], 'released'],
    [['released', 'released'], 'released'],
    [['released', 'busy'], 'busy'],
    [['busy', 'in_use', 'released'], 'in_use'],
  ] as const)('%j is %s', (states, state) => {
    expect(worst(states)).toBe(state);
  });
});
