import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';

let fleet: GoldenFleet;
beforeAll(async () => {
  fleet = await startGoldenFleet();
});
afterAll(() => fleet?.close());

describe('what people see of checks', () => {
  it('probes list', () => expectGolden('probes-list', ['probes', 'list'], fleet.options));

  it('probes get', () => expectGolden('probes-get', ['probes', 'get', 'edge'], fleet.options));

  it('probes explain', () => expectGolden('probes-explain', ['probes', 'explain', 'edge'], fleet.options));

  it('results tail', () =>
    expectGolden('results-tail', ['results', 'tail', '--since', '2m', '--for', '0s'], fleet.options));

  it('results tail of nothing', () =>
    expectGolden(
      'results-tail-nothing',
      ['results', 'tail', '--region', 'nowhere', '--for', '0s'],
      fleet.options,
    ));

  it('results get', () =>
    expectGolden('results-get', ['results', 'get', 'eu-west-3/eu-west-3-boot/117'], fleet.options));

  it('slo list', () => expectGolden('slo-list', ['slo', 'list'], fleet.options));
});
