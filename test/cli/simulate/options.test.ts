import { describe, expect, it } from 'vitest';
import { SIMULATE_LIMITS } from '../../../cli/simulate/limits.ts';
import { planSimulation, type SimulateFlags } from '../../../cli/simulate/options.ts';
import { CliError } from '../../../cli/support/cli-error.ts';

const flags: SimulateFlags = {
  collectors: ['http://127.0.0.1:7077'],
  name: 'sim',
  agents: 10_000,
  regions: 30,
  rate: '1000/s',
  probes: 1,
  for: undefined,
  ramp: undefined,
  churn: undefined,
  faults: [],
  seed: 1,
};

/** The message and hint of the refusal. */
function refusal(change: Partial<SimulateFlags>): string {
  try {
    planSimulation({ ...flags, ...change });
  } catch (error) {
    if (error instanceof CliError && error.exit === 64) return `${error.message} | ${error.hint}`;
    throw error;
  }
  return 'accepted';
}

describe('what the user asks of simulate', () => {
  it('gives the interval at which the agents together make the rate', () => {
    expect(planSimulation(flags)).toMatchObject({
      everyMs: 10_000,
      ratePerS: 1000,
      rampPerS: 1000,
      churnPerS: 0,
      forMs: undefined,
    });
    expect(planSimulation({ ...flags, probes: 10 })).toMatchObject({ everyMs: 100_000, ratePerS: 1000 });
    expect(planSimulation({ ...flags, agents: 30, rate: '50' })).toMatchObject({
      everyMs: 600,
      ratePerS: 50,
    });
    expect(
      planSimulation({ ...flags, rate: '60000/m', ramp: '500/s', churn: '5/s', for: '90s' }),
    ).toMatchObject({ everyMs: 10_000, rampPerS: 500, churnPerS: 5, forMs: 90_000 });
  });

  it('names the regions and reads their faults', () => {
    const plan = planSimulation({ ...flags, faults: ['region-3:latency=400ms@45s+45s'] });
    expect(plan.regions).toHaveLength(30);
    expect(plan.regions[29]).toBe('region-30');
    expect(plan.faults[0]?.spec).toMatchObject({ region: 'region-3', kind: 'latency', afterMs: 45_000 });
  });

  it.each<[Partial<SimulateFlags>, string]>([
    [{ agents: 0 }, '--agents 0 is not from 1 to 20000 | --agents 1'],
    [{ agents: 1e6 }, '--agents 1000000 is not from 1 to 20000 | --agents 20000'],
    [{ regions: SIMULATE_LIMITS.regions.value + 1 }, '--regions 201 is not from 1 to 200 | --regions 200'],
    [
      { faults: Array(SIMULATE_LIMITS.faults.value + 1).fill('region-3:blackhole@1s') },
      'more than 100 faults | fewer --fault',
    ],
    [{ agents: 5, regions: 30 }, '--regions 30 is not from 1 to 5 | --regions 5'],
    [{ probes: 500 }, '--probes 500 is not from 1 to 400 | --probes 400'],
    [{ agents: 20_000, probes: 400 }, 'more than 4000000 checks'],
    [{ rate: 'fast' }, '--rate fast is not a rate | --rate 1000/s'],
    [{ rate: '0/s' }, '--rate 0/s is not a rate'],
    [{ rate: '50000/s' }, 'run every 500 ms at most and once a day at least | at most --rate 20000/s'],
    [{ rate: '1/h' }, 'at least --rate 417/h'],
    [{ for: 'long' }, '--for long is not a duration'],
    [{ ramp: '-3' }, '--ramp -3 is not a rate | --ramp 500/s'],
    [{ churn: 'x' }, '--churn x is not a rate | --churn 5/s'],
    [{ name: 'Sim_1' }, '--name Sim_1 is not a name'],
    [{ collectors: ['nowhere'] }, '--collector nowhere is not an http or https URL'],
    [{ faults: ['region-31:blackhole@1s'] }, 'there is no region region-31 | did you mean region-'],
    [{ faults: ['eu-west:blackhole@1s'] }, 'there is no region eu-west'],
    [{ faults: ['region-3:slow@1s'] }, 'there is no kind of fault "slow"'],
  ])('refuses %j and says what to write instead', (change, message) => {
    expect(refusal(change)).toContain(message);
  });
});
