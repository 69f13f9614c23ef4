import { describe, expect, it } from 'vitest';
import { Pulse } from '../../agent/pulse.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { VirtualTime } from './virtual-time.ts';

const EVERY_MS = LINK_LIMITS.healthEveryMs.value;

function pulse(isWelcomed = true) {
  const time = new VirtualTime();
  const said: string[] = [];
  const one = new Pulse({
    ...time,
    welcomed: () => isWelcomed,
    onBeat: () => said.push('beat'),
    onSilent: (fault) => said.push(fault),
  });
  return { time, said, pulse: one };
}

describe('the pulse of a session', () => {
  it('beats once an interval, from its start to its stop, for as long as something is heard', () => {
    const { time, said, pulse: one } = pulse();
    time.advance(10 * EVERY_MS);
    expect(said).toEqual([]);
    one.start();
    for (let interval = 0; interval < 6; interval += 1) {
      time.advance(EVERY_MS);
      one.heard();
    }
    expect(said).toEqual(Array.from({ length: 6 }, () => 'beat'));
    one.stop();
    time.advance(10 * EVERY_MS);
    expect([said.length, time.armed]).toEqual([6, 0]);
  });

  it('ends after three intervals in which nothing was heard', () => {
    const { time, said, pulse: one } = pulse();
    one.start();
    time.advance(3 * EVERY_MS);
    expect(said).toEqual(['beat', 'beat', 'beat']);
    time.advance(EVERY_MS);
    expect(said.at(-1)).toMatch(/not heard for three/);
    expect(time.armed).toBe(0);
  });

  it('ends at the second interval without a welcome, whatever is heard', () => {
    const { time, said, pulse: one } = pulse(false);
    one.start();
    time.advance(EVERY_MS);
    one.heard();
    time.advance(EVERY_MS);
    expect(said).toEqual(['beat', expect.stringMatching(/no welcome for two/)]);
    expect(time.armed).toBe(0);
  });
});
