import { describe, expect, it, onTestFinished } from 'vitest';
import { TimerWheel } from '../../../cli/simulate/timer-wheel.ts';
import { manualClock } from '../../support/manual-clock.ts';

/** A wheel that turns when it is told to; its own interval never comes within a synchronous test. */
function wheelOf() {
  const clock = manualClock(1_000_000);
  const wheel = new TimerWheel(clock, 10);
  onTestFinished(() => wheel.close());
  const fired: string[] = [];
  const set = (delayMs: number, name: string) => wheel.after(delayMs, () => fired.push(name));
  const pass = (ms: number) => {
    clock.advance(ms);
    wheel.turn();
  };
  return { wheel, fired, set, pass };
}

describe('the wheel of timers', () => {
  it('fires each once, not before its time and at most a tick after it', () => {
    const { fired, set, pass } = wheelOf();
    set(25, 'a');
    pass(24);
    expect(fired).toEqual([]);
    pass(6);
    expect(fired).toEqual(['a']);
    pass(100_000);
    expect(fired).toEqual(['a']);
  });

  it('fires in the order of time after a standstill', () => {
    const { fired, set, pass } = wheelOf();
    set(500, 'late');
    set(30, 'early');
    set(200, 'middle');
    pass(1000);
    expect(fired).toEqual(['early', 'middle', 'late']);
  });

  it('keeps what lies more than a turn ahead', () => {
    const { fired, set, pass } = wheelOf();
    set(100_000, 'far');
    pass(99_000);
    expect(fired).toEqual([]);
    pass(1010);
    expect(fired).toEqual(['far']);
  });

  it('does not fire what was cancelled, nor minds a second cancel', () => {
    const { fired, set, pass } = wheelOf();
    const cancel = set(20, 'a');
    cancel();
    cancel();
    pass(100);
    expect(fired).toEqual([]);
  });

  it('lets a timer cancel another that is due at the same tick', () => {
    const { wheel, fired, set, pass } = wheelOf();
    let cancel = (): void => {};
    wheel.after(20, () => cancel());
    cancel = set(20, 'b');
    pass(50);
    expect(fired).toEqual([]);
  });

  it('takes a timer that is set while another fires, and fires it at a later tick', () => {
    const { wheel, fired, pass } = wheelOf();
    wheel.after(10, () => {
      fired.push('first');
      wheel.after(0, () => fired.push('second'));
    });
    pass(10);
    pass(20);
    expect(fired).toEqual(['first', 'second']);
  });
});
