import { describe, expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { Sight } from '../../../collector/notify/thread.ts';
import { at, eu, MINUTE, over, PlayedLane, region, sightOf } from './sights.ts';

const ack = { by: 'mara', comment: 'rolling back', atMs: at(5) };

/** Minute, what there is, what is told. */
type Step = readonly [minute: number, sights: readonly Sight[], told: readonly string[]];

describe('a lane', () => {
  it.each<readonly [string, readonly Step[]]>([
    [
      'tells once that an incident opened, and once that it is over',
      [
        [0, [eu()], ['opened']],
        [1, [eu()], []],
        [30, [eu(over(at(30)))], ['resolved']],
        [31, [eu(over(at(30)))], []],
      ],
    ],
    [
      'tells nothing of an incident that was over before anybody was told of it',
      [[0, [eu(over(at(0)))], []]],
    ],
    [
      'tells at once what became more severe, and of anything else only every few minutes',
      [
        [0, [eu({ severity: 'warning', blame: 'unknown' })], ['opened']],
        [1, [eu({ severity: 'warning', blame: 'network' })], []],
        [2, [eu({ severity: 'warning', blame: 'network' })], ['updated: blame unknown → network']],
        [3, [eu({ severity: 'critical', blame: 'network' })], ['updated: severity warning → critical']],
        [4, [eu({ severity: 'warning', blame: 'network' })], []],
        [5, [eu({ severity: 'warning', blame: 'network' })], ['updated: severity critical → warning']],
      ],
    ],
    [
      'reminds every hour, and not any more once somebody sees to it',
      [
        [0, [eu()], ['opened']],
        [59, [eu()], []],
        [60, [eu()], ['reminder']],
        [119, [eu()], []],
        [120, [eu()], ['reminder']],
        [125, [eu({}, { ack })], ['acknowledged']],
        [126, [eu({}, { ack })], []],
        [600, [eu({}, { ack })], []],
        [601, [eu(over(at(601)), { ack })], ['resolved']],
      ],
    ],
    [
      'takes what opens again within minutes for the same conversation, and later for a new one',
      [
        [0, [eu()], ['opened']],
        [10, [eu(over(at(10)))], ['resolved']],
        [20, [eu({ id: 'inc-2' })], ['reopened']],
        [25, [eu({ id: 'inc-2', ...over(at(25)) })], ['resolved']],
        [45, [eu({ id: 'inc-3' })], ['opened']],
      ],
    ],
    [
      'tells the end of what flaps only once it has been calm, and not that it opened again before',
      [
        [0, [eu()], ['opened']],
        [2, [eu(over(at(2)))], ['resolved']],
        [4, [eu({ id: 'inc-2' })], ['reopened']],
        [6, [eu({ id: 'inc-2', ...over(at(6)) })], ['resolved']],
        [8, [eu({ id: 'inc-3' })], ['reopened']],
        [10, [eu({ id: 'inc-3', ...over(at(10)) })], []],
        [12, [eu({ id: 'inc-4' })], []],
        [14, [eu({ id: 'inc-4', ...over(at(14)) })], []],
        [28, [eu({ id: 'inc-4', ...over(at(14)) })], []],
        [29, [eu({ id: 'inc-4', ...over(at(14)) })], ['resolved']],
      ],
    ],
    [
      'says no data when nobody measures it any more, once, and that data is back',
      [
        [0, [eu()], ['opened']],
        [5, [eu({}, { heard: false })], []],
        [7, [eu({}, { heard: false })], []],
        [8, [eu({}, { heard: false })], ['no_data']],
        [20, [eu({}, { heard: false })], []],
        [21, [eu()], ['updated: data is back']],
      ],
    ],
    [
      'gives no all clear while nobody is heard who could see it: no data first, the end once data is there',
      [
        [0, [eu()], ['opened']],
        [10, [eu(over(at(10)), { heard: false })], []],
        [12, [eu(over(at(10)), { heard: false })], []],
        [13, [eu(over(at(10)), { heard: false })], ['no_data']],
        [60, [eu(over(at(10)), { heard: false })], []],
        [61, [eu(over(at(10)))], ['resolved']],
      ],
    ],
    [
      'gives up what has no data for a day, and does not call that resolved',
      [
        [0, [eu()], ['opened']],
        [10, [eu(over(at(10)), { heard: false })], []],
        [13, [eu(over(at(10)), { heard: false })], ['no_data']],
        [
          10 + NOTIFY_LIMITS.noDataCloseMs.value / MINUTE,
          [eu(over(at(10)), { heard: false })],
          ['no_data_closed'],
        ],
        [3000, [eu(over(at(10)))], []],
      ],
    ],
    [
      'does not say of agents that fell silent that there is no data of them',
      [
        [0, [eu({ metric: 'silence' }, { heard: false })], ['opened']],
        [10, [eu({ metric: 'silence' }, { heard: false })], []],
      ],
    ],
    [
      'goes on with the wider incident that took the first one over, in the same conversation',
      [
        [0, [eu()], ['opened']],
        [1, [eu(over(at(1), 'inc-all')), sightOf({ id: 'inc-all', scope: { kind: 'global' } })], []],
        [
          2,
          [eu(over(at(1), 'inc-all')), sightOf({ id: 'inc-all', scope: { kind: 'global' } })],
          ['updated: region:eu-west is over; also global'],
        ],
        [9, [sightOf({ id: 'inc-all', scope: { kind: 'global' }, ...over(at(9)) })], ['resolved']],
      ],
    ],
    [
      'tells nothing while it is silenced, and tells what is still open when that ends',
      [
        [0, [eu({}, { quiet: 'silence 1' })], []],
        [90, [eu({}, { quiet: 'silence 1' })], []],
        [91, [eu()], ['opened']],
      ],
    ],
    [
      'neither reminds nor updates in a silence, and yet tells the end of what it has told',
      [
        [0, [eu()], ['opened']],
        [70, [eu({ blame: 'network' }, { quiet: 'silence 1' })], []],
        [80, [eu(over(at(80)), { quiet: 'silence 1' })], ['resolved']],
      ],
    ],
  ])('%s', (_, steps) => {
    const lane = new PlayedLane();
    for (const [minute, sights, told] of steps)
      expect([minute, lane.look(minute, sights)]).toEqual([minute, told]);
  });

  it('waits where it is told to, and then tells what is still open', () => {
    const lane = new PlayedLane({ waitMs: 5 * MINUTE });
    expect(lane.look(4, [eu()])).toEqual([]);
    expect(lane.held).toEqual(new Map([['inc-eu-west', 'wait']]));
    expect(lane.look(5, [eu()])).toEqual(['opened']);
  });

  it('hears to its end of what its route does not mean any more', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    expect(lane.look(5, [eu({ severity: 'warning' })], [])).toEqual(['updated: severity critical → warning']);
    expect(lane.look(9, [eu(over(at(9)))], [])).toEqual(['resolved']);
  });

  it('gives two incidents that are open in one place a conversation each', () => {
    const lane = new PlayedLane();
    expect(lane.look(0, [eu(), eu({ id: 'inc-2', probe: 'upload' })])).toEqual(['opened', 'opened']);
    expect(lane.threads.size).toBe(2);
  });

  it('says nothing that there is no room for, and says it, as it is then, once there is', () => {
    const lane = new PlayedLane();
    lane.room = 0;
    expect(lane.look(0, [eu({ severity: 'warning' })])).toEqual([]);
    expect(lane.threads.size).toBe(0);
    lane.room = 1;
    expect(lane.look(1, [eu({ severity: 'critical' }), sightOf(region('us-east'))])).toEqual(['opened']);
    expect(lane.look(2, [eu({ severity: 'critical' }), sightOf(region('us-east'))])).toEqual(['opened']);
  });

  it('forgets conversations that are over for so long that nothing can join them', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    lane.look(1, [eu(over(at(1)))]);
    expect(lane.threads.size).toBe(1);
    lane.look(17, []);
    expect(lane.threads.size).toBe(0);
  });

  it('ends without a word what detection has forgotten, as after weeks without a collector', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    expect(lane.look(20_000, [])).toEqual([]);
    expect([...lane.threads.values()].map(({ phase }) => phase)).toEqual(['closed']);
    expect(lane.look(20_001, [eu({ id: 'inc-9' })])).toEqual(['reopened']);
  });

  it('keeps the labels of a conversation, and says which it had when they change', () => {
    const lane = new PlayedLane({ updateEveryMs: 0 });
    lane.look(0, [eu({ severity: 'warning' })]);
    lane.look(1, [eu({ severity: 'critical' })]);
    lane.look(2, [eu({ severity: 'critical', ...over(at(2)) })]);
    const [opened, updated, resolved] = lane.drafts.map(({ draft }) => draft);
    expect(opened?.labelsBefore).toBeNull();
    expect(updated?.labelsBefore).toMatchObject({ severity: 'warning', incident: 'inc-eu-west' });
    expect(updated?.thread.labels).toMatchObject({ severity: 'critical', region: 'eu-west' });
    expect(resolved?.thread.labels).toEqual(updated?.thread.labels);
  });

  it('tells anew of what goes on when its messages were given up, and only then', () => {
    const lane = new PlayedLane({ remindEveryMs: 0 });
    lane.look(0, [eu()]);
    expect(lane.look(400, [eu()])).toEqual([]);
    lane.missed = new Set(lane.threads.keys());
    expect(lane.look(401, [eu()])).toEqual(['updated: also region:eu-west']);
    lane.missed = new Set();
    expect(lane.look(500, [eu()])).toEqual([]);
  });

  it('whose clock is set back by a day goes on as before: news, reminders, no data and the end are told', () => {
    const back = -24 * 60;
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    lane.look(back, [eu()]);
    expect(lane.look(back + 2, [eu({ blame: 'network' })])).toEqual(['updated: blame target → network']);
    expect(lane.look(back + 62, [eu({ blame: 'network' })])).toEqual(['reminder']);
    lane.look(back + 70, [eu({ blame: 'network' }, { heard: false })]);
    expect(lane.look(back + 73, [eu({ blame: 'network' }, { heard: false })])).toEqual(['no_data']);
    lane.look(back + 10, [eu({ blame: 'network' }, { heard: false })]);
    expect(lane.look(back + 74, [eu({ blame: 'network', ...over(at(back + 74)) })])).toEqual(['resolved']);
    const waiting = new PlayedLane({ waitMs: 5 * MINUTE });
    expect(waiting.look(2, [eu()])).toEqual([]);
    expect(waiting.look(back, [eu()])).toEqual(['opened']);
  });
});
