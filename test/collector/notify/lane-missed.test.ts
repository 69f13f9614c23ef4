import { expect, it } from 'vitest';
import { PlayedLane, region, sightOf } from './sights.ts';

it('a lane without room for what was given up tells it when there is room again', () => {
  const eu = [sightOf(region('eu-west'))];
  const lane = new PlayedLane({ remindEveryMs: 0 });
  lane.look(0, eu);
  lane.missed = new Set(lane.threads.keys());
  lane.room = 0;
  expect(lane.look(400, eu)).toEqual([]);
  // It is said once that a message was given up.
  lane.missed = new Set();
  lane.room = 200;
  expect(lane.look(401, eu)).toEqual(['updated: also region:eu-west']);
  expect(lane.look(500, eu)).toEqual([]);
});
