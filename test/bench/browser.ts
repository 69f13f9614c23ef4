/** Whether a browser can hurt its host: what a thousand runs leave behind when much goes wrong, and what one run costs. */
import { atMost, type Benchmark, type Goal, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { type Cost, measureCosts, PEER } from './support/browser-cost.ts';
import { BrowserSoak, type Look, type Soak } from './support/browser-soak.ts';
import { median } from './support/stats.ts';

const RUNS = 1000;
const ROUNDS = 3;
/** One run in a process of its own, and ten in one: with the start of everything, and with what is kept. */
const TIMES = [1, 10] as const;
/** Runs until caches are filled and code is compiled. */
const WARM_SHARE = 0.1;

export const browserBenchmark: Benchmark = {
  name: 'browser',
  summary: `1000 runs of the browser with hangs, crashes and kills: what is left of them; and what a run costs beside ${PEER}, installed for it; needs a browser, npm, and Linux.`,
  run,
};

async function run(progress: Progress): Promise<Row[]> {
  const soak = await BrowserSoak.start();
  let seen: Soak;
  try {
    seen = await soak.run(timesOf('OUTRIDER_BENCH_RUNS', RUNS), progress);
  } finally {
    await soak.stop();
  }
  const met = Object.entries(seen.met).map(([name, times]) => `${times} ${name}`);
  progress(`met: ${met.join(', ')}; ${seen.launches} launches`);
  for (const sentence of seen.wrong) progress(sentence);
  const costs = await measureCosts(TIMES, timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS), progress);
  return [...soakRows(seen), ...costRows(costs)];
}

function soakRows(soak: Soak): Row[] {
  const looks = soak.looks.filter(({ runs }) => runs > soak.runs * WARM_SHARE);
  const browsers = looks.filter(({ browserBytes }) => browserBytes !== undefined);
  return [
    row('runs', soak.runs, '1'),
    row('faults', soak.runs - (soak.met.none ?? 0), '1'),
    row('wrong_outcomes', soak.wrong.length, '1', { goal: atMost(0) }),
    row('processes_left', soak.processesLeft, '1', { goal: atMost(0) }),
    row('profiles_left', soak.profilesLeft, '1', { goal: atMost(0) }),
    row('contexts_left', soak.contextsLeft, '1', { goal: atMost(0) }),
    row('shared_memory_left', soak.sharedLeft, '1', { goal: atMost(0) }),
    row('overrun_max', Math.max(0, soak.overrunMaxMs), 'ms'),
    ...growthRow('driver', looks, ({ driverBytes }) => driverBytes),
    ...growthRow('browser', browsers, ({ browserBytes = 0 }) => browserBytes),
  ];
}

/** The second half of the runs against the first; nothing when there were too few looks. */
function growthRow(who: string, looks: readonly Look[], pick: (look: Look) => number): Row[] {
  const half = looks.length >> 1;
  if (half < 2) return [];
  const [first, second] = [looks.slice(0, half), looks.slice(-half)].map((part) => median(part.map(pick)));
  if (first === undefined || second === undefined) return [];
  return [
    row(`${who}_memory`, second / 1e6, 'MB', { peer: { name: 'in the first half', value: first / 1e6 } }),
    row(`${who}_memory_growth`, second / first, '1', { goal: atMost(1.1) }),
  ];
}

function costRows(costs: readonly Cost[]): Row[] {
  return TIMES.flatMap((times) => {
    const of = (who: Cost['who'], pick: (cost: Cost) => number): number =>
      median(costs.filter((cost) => cost.who === who && cost.times === times).map(pick));
    const beside = (metric: string, unit: string, pick: (cost: Cost) => number): Row => {
      const peer = of('peer', pick);
      return row(metric, of('ours', pick), unit, {
        peer: { name: PEER, value: peer },
        goal: noDearerThan(peer),
      });
    };
    const name = times === 1 ? 'one_run' : `one_of_${times}_runs`;
    return [
      beside(`${name}_cpu`, 's', ({ cpuMs }) => cpuMs / times / 1000),
      beside(`${name}_memory`, 'MB', ({ peakBytes }) => peakBytes / 1e6),
    ];
  });
}

const noDearerThan = (peer: number): Goal => ({ text: '≤ peer', met: (value) => value <= peer });
