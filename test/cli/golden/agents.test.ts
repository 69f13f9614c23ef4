import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';

let fleet: GoldenFleet;
beforeAll(async () => {
  fleet = await startGoldenFleet();
});
afterAll(() => fleet?.close());

describe('what people see of agents', () => {
  it('agents list', () => expectGolden('agents-list', ['agents', 'list'], fleet.options));
});
