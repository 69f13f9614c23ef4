import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';
import { GOLDEN_INCIDENTS, SLOW } from './golden-incidents.ts';

let fleet: GoldenFleet;
beforeAll(async () => {
  fleet = await startGoldenFleet();
});
afterAll(() => fleet?.close());

describe('what people see of incidents', () => {
  it('incidents list', () => expectGolden('incidents-list', ['incidents', 'list'], fleet.options));

  it('incidents get, of one with all that there is', () =>
    expectGolden('incidents-get', ['incidents', 'get', SLOW.id], fleet.options));

  it.each([
    ['agent', 1],
    ['silence', 2],
    ['budget', 3],
    ['resolved', 4],
    ['merged', 5],
  ] as const)('incidents get, of one that is %s', (kind, nth) =>
    expectGolden(
      `incidents-get-${kind}`,
      ['incidents', 'get', `${GOLDEN_INCIDENTS[nth]?.id}`],
      fleet.options,
    ),
  );
});
