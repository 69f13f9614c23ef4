import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';

let fleet: GoldenFleet;
beforeAll(async () => {
  fleet = await startGoldenFleet();
});
afterAll(() => fleet?.close());

describe('what people see of latency', () => {
  it('latency', () => expectGolden('latency', ['latency', '--by', 'region,target'], fleet.options));
  it('latency --vs, a time', () =>
    expectGolden('latency-vs-time', ['latency', '--since', '12m', '--vs', '12m'], fleet.options));
  it('latency --vs, a place', () =>
    expectGolden('latency-vs-place', ['latency', '--vs', 'region=us-east'], fleet.options));
  it('latency that was not measured', () =>
    expectGolden('latency-not-measured', ['latency', '--metric', 'dns_ms'], fleet.options));
  it('latency of a time without results', () =>
    expectGolden('latency-no-results', ['latency', '--since', '2d', '--until', '1d'], fleet.options));
});

describe('what people see of queries', () => {
  it('query', () => {
    const sql =
      "SELECT region, sum(ok) AS ok, sum(fail) AS fail FROM region_latency WHERE metric = 'run_ms' GROUP BY region";
    return expectGolden('query', ['query', `${sql} ORDER BY region`], fleet.options);
  });
  it('query --examples', () => expectGolden('query-examples', ['query', '--examples'], fleet.options));
  it('query --columns', () =>
    expectGolden('query-columns', ['query', '--columns', 'region_latency'], fleet.options));
  it('query that is cut', () =>
    expectGolden('query-cut', ['query', 'SELECT number FROM numbers(10)', '--limit', '3'], fleet.options));
});
