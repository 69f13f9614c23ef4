import { describe, expect, it } from 'vitest';
import { Group, raisedFrom, shareOf, unitsOf } from '../../../collector/detect/group.ts';
import { RoundVotes, Units } from '../../../collector/detect/round-votes.ts';
import { FAILURE_METRIC } from '../../../collector/detect/series.ts';
import { DETECT_DEFAULTS, thresholdOf } from '../../../collector/detect/settings.ts';
import type { Vote } from '../../../collector/detect/tally.ts';

const THRESHOLD = thresholdOf(DETECT_DEFAULTS, 2000);
const YES: Vote = { y: 1, raw: 1, failed: 0 };
const NO: Vote = { y: 0, raw: 0, failed: 0 };

const regional = (): Group => new Group({ kind: 'region', region: 'eu-west' }, 2000, DETECT_DEFAULTS);

function add(group: Group, startMs: number, votes: readonly Vote[]): void {
  const byAgent = new Map(votes.map((vote, i) => [`agent-${i}`, vote]));
  group.add(startMs, byAgent, DETECT_DEFAULTS.p0, THRESHOLD);
}

describe('a group', () => {
  it('counts the rounds in a row over its threshold', () => {
    const group = regional();
    for (let i = 0; i < 10; i += 1) add(group, i * 2000, [YES, YES, YES]);
    expect(group.roundsOver).toBeGreaterThanOrEqual(2);
    for (let i = 10; i < 40; i += 1) add(group, i * 2000, [NO, NO, NO]);
    expect(group.roundsOver).toBe(0);
  });

  it('of a region bets on what is not shared, of everything on what is', () => {
    const shared: Vote = { y: 0, raw: 1, failed: 0 };
    const region = regional();
    const global = new Group({ kind: 'global' }, 2000, DETECT_DEFAULTS);
    for (let i = 0; i < 12; i += 1) {
      add(region, i * 2000, [shared, shared, shared]);
      add(global, i * 2000, [shared, shared, shared]);
    }
    expect(region.evidence).toBeLessThan(10);
    expect(global.evidence).toBeGreaterThan(THRESHOLD);
  });

  it('of more agents than it has places still needs more than one place, and is not deaf', () => {
    const group = regional();
    const thirty = Array.from({ length: 30 }, () => YES);
    for (let i = 0; i < 6; i += 1) add(group, i * 2000, thirty);
    expect(group.evidence).toBeGreaterThan(THRESHOLD);
    const alone = regional();
    for (let i = 0; i < 500; i += 1) add(alone, i * 2000, [YES, ...Array.from({ length: 29 }, () => NO)]);
    expect(alone.evidence).toBeLessThan(10);
  });

  it('takes agents of one machine for one witness, as long as there are machines enough', () => {
    const play = (hosts: readonly string[] | undefined, raised: number): Group => {
      const group = regional();
      const byAgent = hosts && new Map(hosts.map((host, i) => [`agent-${i}`, host]));
      const votes = new Map(Array.from({ length: 6 }, (_, i) => [`agent-${i}`, i < raised ? YES : NO]));
      for (let i = 0; i < 30; i += 1) group.add(i * 2000, votes, DETECT_DEFAULTS.p0, THRESHOLD, byAgent);
      return group;
    };
    const three = ['a', 'a', 'a', 'a', 'b', 'c'];
    expect(play(undefined, 4).evidence).toBeGreaterThan(THRESHOLD);
    expect(play(three, 4).evidence).toBeLessThan(10);
    expect(play(three, 6).evidence).toBeGreaterThan(THRESHOLD);
    // On two machines nobody could be left out: there each speaks for itself.
    expect(play(['a', 'a', 'a', 'a', 'b', 'b'], 4).evidence).toBeGreaterThan(THRESHOLD);
  });

  it('remembers a bounded number of rounds', () => {
    const group = regional();
    for (let i = 0; i < 100; i += 1) add(group, i * 2000, [NO]);
    expect(group.history).toHaveLength(32);
    expect(group.since(95 * 2000)).toHaveLength(5);
    expect(group.since(0, 3)).toHaveLength(3);
  });

  it('takes a round without votes for no round', () => {
    const group = regional();
    add(group, 0, []);
    expect(group.history).toHaveLength(0);
  });

  describe('about failures', () => {
    const FAILED: Vote = { y: 1, raw: 1, failed: 1 };
    const failing = (): Group => new Group({ kind: 'failures', region: 'eu-west' }, 5000, DETECT_DEFAULTS);
    const threshold = thresholdOf(DETECT_DEFAULTS, 5000);
    const play = (group: Group, rounds: number, votes: (round: number) => readonly Vote[]): number => {
      let alarms = 0;
      for (let i = 0; i < rounds; i += 1) {
        const byAgent = new Map(votes(i).map((vote, k) => [`agent-${k}`, vote]));
        group.add(i * 5000, byAgent, DETECT_DEFAULTS.failureP0Min, threshold);
        if (group.roundsOver !== 1) continue;
        alarms += 1;
        group.reset();
      }
      return alarms;
    };

    it('takes one round in which all fail for bad luck, and two for an alarm', () => {
      const group = failing();
      const all = [FAILED, FAILED, FAILED];
      expect(play(group, 60, () => [NO, NO, NO])).toBe(0);
      expect(play(group, 1, () => all)).toBe(0);
      expect(play(group, 1, () => all)).toBe(1);
    });

    it('learns of each agent how long it fails by itself, so that two that do so at once are no fault of the region', () => {
      // Four rounds at a time, every 97 and every 89 rounds, and so now and then together.
      const bursts = (round: number): Vote[] => [
        round % 97 < 4 ? FAILED : NO,
        round % 89 < 4 ? FAILED : NO,
        NO,
      ];
      const group = failing();
      play(group, 2000, (round) => bursts(round));
      expect(play(group, 20_000, (round) => bursts(round + 2000))).toBe(0);
    });
  });

  it('about failures counts as raised from a tenth of the runs on', () => {
    const cell = { probe: 'edge', target: 'clip', metric: FAILURE_METRIC };
    const failures = new Group({ kind: 'leaf', region: 'eu-west', cell }, 2000, DETECT_DEFAULTS);
    expect(raisedFrom(failures, DETECT_DEFAULTS)).toBe(0.1);
    expect(raisedFrom(regional(), DETECT_DEFAULTS)).toBe(0.5);
  });
});

describe('shares over rounds', () => {
  const units = new Units();
  const rounds = [
    {
      startMs: 0,
      votes: new RoundVotes(
        units,
        new Map([
          ['a', YES],
          ['b', NO],
        ]),
      ),
    },
    { startMs: 2000, votes: new RoundVotes(units, new Map([['a', YES]])) },
  ];

  it('are means over votes, of one unit when named', () => {
    expect(shareOf(rounds, 'raw')).toBeCloseTo(2 / 3);
    expect(shareOf(rounds, 'raw', 'a')).toBe(1);
    expect(shareOf(rounds, 'raw', 'nobody')).toBeUndefined();
  });

  it('name the units that voted', () => {
    expect([...unitsOf(rounds)]).toEqual(['a', 'b']);
  });
});

describe('the threshold', () => {
  it('is the number of rounds between two false alarms: so many days of rounds', () => {
    expect(thresholdOf({ ...DETECT_DEFAULTS, targetDays: 7 }, 60_000)).toBe(7 * 1440);
    expect(thresholdOf({ ...DETECT_DEFAULTS, targetDays: 1 }, 86_400_000)).toBe(100);
  });
});
