import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dropped } from '../../agent/dropped.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';

describe('Dropped', () => {
  it('counts by reason and goes on from stored counts', () => {
    const dropped = new Dropped({ counts: new Map([['spool_full', 5]]), doubtful: [] });
    dropped.count('spool_full', 2);
    dropped.count('disk_full', 1);
    dropped.count('never', 0);
    expect(dropped.byReason()).toEqual({ spool_full: 7, disk_full: 1 });
  });

  it('takes back what the collector turns out to hold, and nothing that was never sent', () => {
    const dropped = new Dropped();
    for (let seq = 1; seq <= 6; seq += 1) dropped.countResult('spool_full', 'boot', seq, seq <= 4);
    dropped.held('boot', 3);
    expect(dropped.byReason()).toEqual({ spool_full: 3 });
    dropped.held('boot', 100);
    expect(dropped.byReason()).toEqual({ spool_full: 2 });
    dropped.held('boot', 100);
    expect(dropped.byReason()).toEqual({ spool_full: 2 });
  });

  it('leaves no doubt once a new session has said what is held', () => {
    const dropped = new Dropped();
    for (let seq = 1; seq <= 4; seq += 1) dropped.countResult('spool_age', 'boot', seq, true);
    dropped.held('boot', 1);
    dropped.settle('boot');
    dropped.held('boot', 4);
    expect(dropped.byReason()).toEqual({ spool_age: 3 });
  });

  it('tells what is to be stored once, and again when it could not be', () => {
    const dropped = new Dropped();
    expect(dropped.takeChanged()).toBeUndefined();
    dropped.count('spool_full', 1);
    expect(dropped.takeChanged()?.counts).toEqual(new Map([['spool_full', 1]]));
    expect(dropped.takeChanged()).toBeUndefined();
    dropped.putBack();
    expect(dropped.takeChanged()?.counts).toEqual(new Map([['spool_full', 1]]));
  });

  it('goes on from its stored state: the next process still takes back what turns out to be held', () => {
    const dropped = new Dropped();
    for (let seq = 1; seq <= 4; seq += 1) dropped.countResult('spool_age', 'boot', seq, true);
    const next = new Dropped(JSON.parse(JSON.stringify({ ...dropped.state, counts: [] })));
    expect(next.doubtfulBoots).toEqual(['boot']);
    next.count('spool_age', 4);
    next.held('boot', 3);
    expect(next.byReason()).toEqual({ spool_age: 1 });
    next.takeChanged();
    expect(next.settle('boot')).toBe(true);
    expect(next.takeChanged()?.doubtful).toEqual([]);
    expect(next.settle('boot')).toBe(false);
    expect(next.takeChanged()).toBeUndefined();
  });

  it(`is in doubt about ${AGENT_LIMITS.doubtfulBoots.value} boots at most: what is forgotten stays counted`, () => {
    const dropped = new Dropped();
    const boots = Array.from({ length: AGENT_LIMITS.doubtfulBoots.value + 1 }, (_, i) => `boot-${i}`);
    for (const boot of boots) dropped.countResult('spool_full', boot, 1, true);
    expect(dropped.doubtfulBoots).toEqual(boots.slice(1));
    for (const boot of boots) dropped.held(boot, 1);
    expect(dropped.byReason()).toEqual({ spool_full: 1 });
  });

  it('ends with exactly the results that nobody holds, wherever the collector stands', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(50),
        fc.nat(50),
        fc.array(fc.constantFrom('spool_full', 'spool_age'), { minLength: 50, maxLength: 50 }),
        (count, sent, reached, reasons) => {
          const dropped = new Dropped();
          for (let seq = 1; seq <= count; seq += 1)
            dropped.countResult(reasons[seq - 1] as string, 'boot', seq, seq <= sent);
          const held = Math.min(sent, reached);
          for (let seq = 1; seq <= held; seq += 1) dropped.held('boot', seq);
          const total = Object.values(dropped.byReason()).reduce((sum, number) => sum + number, 0);
          expect(total).toBe(count - Math.min(count, held));
        },
      ),
    );
  });
});
