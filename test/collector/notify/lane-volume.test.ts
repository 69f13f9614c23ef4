import { describe, expect, it } from 'vitest';
import { STORM_KEY } from '../../../collector/notify/lane.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { at, eu, HOUR, MINUTE, over, PlayedLane, region, sightOf } from './sights.ts';

describe('a lane with much to say', () => {
  it('gathers what is beyond the rate in one conversation: forty incidents are eleven messages', () => {
    const lane = new PlayedLane();
    const storm = Array.from({ length: 40 }, (_, i) => sightOf(region(`r${String(i).padStart(2, '0')}`)));
    const told = lane.look(0, storm);
    expect(told.filter((one) => one === 'opened')).toHaveLength(11);
    expect(told).toHaveLength(11);
    expect(lane.grouped).toBe(30);
    const gathered = [...lane.threads.values()].find(({ key }) => key === STORM_KEY);
    expect(gathered?.members).toHaveLength(30);
    const { draft } = lane.drafts.at(-1) ?? {};
    expect(draft?.others).toHaveLength(29);
    expect(lane.look(1, storm)).toEqual([]);
    // Some of it is over: told together, and the whole only when all of it is.
    const half = storm.map((sight, i) =>
      i < 25 ? { ...sight, incident: { ...sight.incident, ...over(at(3)) } } : sight,
    );
    const said = lane.look(3, half);
    expect(said.filter((one) => one === 'resolved')).toHaveLength(10);
    expect(said.filter((one) => one.startsWith('updated'))).toHaveLength(1);
    const all = storm.map((sight) => ({ ...sight, incident: { ...sight.incident, ...over(at(5)) } }));
    expect(lane.look(5, all)).toEqual(['resolved']);
  });

  it('lets at most `members` incidents into one conversation; the others wait, and are said to be held by it', () => {
    const lane = new PlayedLane({ rate: 1 });
    const many = NOTIFY_LIMITS.members.value + 5;
    const storm = Array.from({ length: many }, (_, i) => sightOf(region(`r${String(i).padStart(4, '0')}`)));
    lane.look(0, storm);
    expect(Math.max(...[...lane.threads.values()].map(({ members }) => members.length))).toBe(
      NOTIFY_LIMITS.members.value,
    );
    expect([...lane.held.values()]).toEqual(['members', 'members', 'members', 'members']);
  });

  it('reminds at most `reminders` times', () => {
    const lane = new PlayedLane();
    let told = 0;
    for (let hour = 0; hour < NOTIFY_LIMITS.reminders.value + 10; hour += 1)
      told += lane.look((hour * HOUR) / MINUTE, [eu()]).filter((one) => one === 'reminder').length;
    expect(told).toBe(NOTIFY_LIMITS.reminders.value);
  });

  it('remembers at most `opensRemembered` openings of what flaps for days', () => {
    const lane = new PlayedLane({ flapOpens: NOTIFY_LIMITS.opensRemembered.value - 1, flapMs: 60 * MINUTE });
    for (let i = 0; i < 60; i += 1) {
      lane.look(i * 4, [eu({ id: `inc-${i}` })]);
      lane.look(i * 4 + 2, [eu({ id: `inc-${i}`, ...over(at(i * 4 + 2)) })]);
    }
    expect(lane.threads.size).toBe(1);
    const [thread] = [...lane.threads.values()];
    expect(thread?.opens.length).toBeLessThanOrEqual(NOTIFY_LIMITS.opensRemembered.value);
  });

  it('that flaps every four minutes for a day sends a handful of messages', () => {
    const lane = new PlayedLane();
    for (let i = 0; i < 360; i += 1) {
      lane.look(i * 4, [eu({ id: `inc-${i}` })]);
      lane.look(i * 4 + 2, [eu({ id: `inc-${i}`, ...over(at(i * 4 + 2)) })]);
    }
    const last = eu({ id: 'inc-359', ...over(at(359 * 4 + 2)) });
    lane.look(359 * 4 + 60, [last]);
    const kinds = lane.drafts.map(({ draft }) => draft.kind);
    expect(kinds.filter((kind) => kind !== 'reminder')).toEqual([
      ...['opened', 'resolved', 'reopened', 'resolved', 'reopened'],
      'resolved',
    ]);
    expect(lane.damped).toBeGreaterThan(600);
  });

  it('ends a conversation of several though one of them is known no more', () => {
    const lane = new PlayedLane({ rate: 1 });
    lane.look(
      0,
      ['a', 'b', 'c'].map((name) => sightOf(region(name))),
    );
    expect(lane.threads.size).toBe(2);
    expect(
      lane.look(5, [
        sightOf({ ...region('a'), ...over(at(5)) }),
        sightOf({ ...region('c'), ...over(at(5)) }),
      ]),
    ).toEqual(['resolved', 'resolved']);
  });

  it('that becomes worse and milder every minute of an hour sends a dozen messages, and the last of them is true', () => {
    const lane = new PlayedLane();
    for (let minute = 0; minute < 60; minute += 1)
      lane.look(minute, [eu({ severity: minute % 2 === 0 ? 'critical' : 'warning' })]);
    expect(lane.drafts.length).toBeLessThan(14);
    for (let minute = 60; minute < 80; minute += 1) lane.look(minute, [eu({ severity: 'warning' })]);
    expect(lane.drafts.at(-1)?.draft.lead.incident.severity).toBe('warning');
    expect(lane.look(80, [eu({ severity: 'critical' })])).toEqual(['updated: severity warning → critical']);
  });

  it('that opens and ends fifty times in an hour sends a handful of messages, and the last of them is true', () => {
    for (const endsOpen of [false, true]) {
      const lane = new PlayedLane();
      for (let i = 0; i < 50; i += 1) {
        const minute = i * 1.2;
        lane.look(minute, [eu({ id: `inc-${i}` })]);
        if (i < 49 || !endsOpen) lane.look(minute + 0.6, [eu({ id: `inc-${i}`, ...over(at(minute + 0.6)) })]);
      }
      const last = eu({ id: 'inc-49', ...(endsOpen ? {} : over(at(59.4))) });
      for (let minute = 60; minute < 90; minute += 1) lane.look(minute, [last]);
      const kinds = lane.drafts.map(({ draft }) => draft.kind);
      expect(kinds.length).toBeLessThan(10);
      expect(['opened', 'reopened', 'updated', 'reminder'].includes(kinds.at(-1) ?? '')).toBe(endsOpen);
    }
  });
});
