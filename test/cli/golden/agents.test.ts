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

  it('agents why', () => expectGolden('agents-why', ['agents', 'why', 'eu-west-1'], fleet.options));

  it('schedule plan', () => expectGolden('schedule-plan', ['schedule', 'plan'], fleet.options));

  it('schedule plan, with who runs what', () =>
    expectGolden('schedule-plan-who', ['schedule', 'plan', '--who'], fleet.options));
});
