import { describe, expect, it } from 'vitest';
import { HeardFleet } from '../../../collector/detect/heard-fleet.ts';

const run = (scheduledMs: number, probe = 'edge') => ({
  agent: 'a1',
  region: 'eu',
  probe,
  target: 'clip',
  scheduledMs,
  outcome: 'ok' as const,
});

describe('a fleet that is heard', () => {
  it('knows nothing of an agent until one of its checks was heard four times', () => {
    const fleet = new HeardFleet();
    for (let round = 0; round < 3; round += 1) fleet.note(run(round * 60_000));
    expect(fleet.at(200_000)).toEqual([]);
    fleet.note(run(180_000));
    expect(fleet.at(200_000)).toEqual([{ id: 'a1', region: 'eu', state: 'connected' }]);
    expect(fleet.at(500_000)).toEqual([{ id: 'a1', region: 'eu', state: 'silent' }]);
  });

  it('takes nobody for silent whose checks come in a bunch every few minutes', () => {
    const fleet = new HeardFleet();
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < 6; i += 1) fleet.note(run(round * 240_000 + i * 5000, `probe-${i}`));
      const states = fleet.at((round + 1) * 240_000 - 1).map(({ state }) => state);
      expect(states.filter((state) => state !== 'connected')).toEqual([]);
    }
    expect(fleet.at(20 * 240_000 + 1_200_000)).toEqual([{ id: 'a1', region: 'eu', state: 'silent' }]);
  });

  it('lets go of who was not heard for a day', () => {
    const fleet = new HeardFleet();
    for (let round = 0; round < 5; round += 1) fleet.note(run(round * 60_000));
    expect(fleet.at(90_000_000)).toEqual([{ id: 'a1', region: 'eu', state: 'stopped' }]);
    expect(fleet.at(90_000_000)).toEqual([]);
  });
});
