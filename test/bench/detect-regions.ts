/**
 * Regions of a few agents: how many faults are found, how soon, and how often nothing was wrong, beside what most tools do, on the same
 * runs. Settings are those that ship; they were chosen on other seeds than these.
 */
import { formatTable } from '../../cli/support/output.ts';
import { DETECT_DEFAULTS, OPEN_SETTINGS } from '../../collector/detect/settings.ts';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { dataFolder, readTraces } from './support/labelled-data.ts';
import { DETECTOR, type RegionScore, type RegionStudy, studyRegions } from './support/region-study.ts';

const SEEDS = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const STUDY: RegionStudy = {
  seeds: SEEDS,
  regions: 5,
  agentsPerRegion: 5,
  rounds: 1200,
  everyMs: 240_000,
  kind: 'slow',
  value: 0.15,
  shape: 'step',
  decoys: 0.4,
};
/** For the tables: fewer rounds, no faults of one agent. */
const SMALL: RegionStudy = { ...STUDY, seeds: [21, 22], regions: 3, rounds: 600, decoys: 0 };

const EFFECTS = [0.1, 0.15, 0.25, 0.3];
const INTERVALS_S = [5, 30, 60];
const AGENTS = [3, 5, 10];

const VARIANTS: readonly { readonly name: string; readonly of: Partial<RegionStudy> }[] = [
  ...[0.03, 0.05, 0.1, 0.25].map((value) => ({ name: `slower by ${value * 100}%`, of: { value } })),
  ...[0.05, 0.2, 1].map((value) => ({
    name: `${value * 100}% of the runs fail`,
    of: { kind: 'fail' as const, value },
  })),
  ...[0.2, 0.6, 1].map((share) => ({ name: `at ${share * 100}% of the agents`, of: { share } })),
  { name: 'grows over 20 rounds', of: { shape: 'ramp' } },
  { name: 'on and off, 5 rounds each', of: { shape: 'flap' } },
  { name: '10% of the rows missing', of: { lost: 0.1 } },
  { name: '10% of the rows up to three rounds late', of: { late: 0.1 } },
  { name: '10% of the rows twice', of: { twice: 0.1 } },
];

export async function regionRows(progress: Progress, print: Progress): Promise<Row[]> {
  const rows: Row[] = [];
  print(`regions: settings ${JSON.stringify({ ...DETECT_DEFAULTS, ...OPEN_SETTINGS })}`);
  progress(`regions: +15% at 4 or 5 of 5 agents, ${SEEDS.length} seeds, drawn backgrounds`);
  rows.push(...barRows('region', studyRegions(STUDY), 'drawn', print));
  const folder = dataFolder('rtt-atlas');
  if (folder === undefined) progress('regions: no traces of round-trip times here, left out');
  else {
    progress('regions: the same over real traces of round-trip times');
    const traces = (await readTraces(folder)).map(({ values }) => values);
    rows.push(...barRows('region_traces', studyRegions({ ...STUDY, traces }), 'real traces', print));
  }
  progress(`regions: ${VARIANTS.length} kinds of faults`);
  print(variantTable());
  progress('regions: time to detect by effect, interval and agents');
  print(timeTable());
  return rows;
}

/** The bars of the detector, each with the quorum of two agents beside it. */
function barRows(prefix: string, scores: readonly RegionScore[], what: string, print: Progress): Row[] {
  print(scoreTable(`+15% at 4 or 5 of 5 agents, ${what}, seeds ${SEEDS[0]}–${SEEDS.at(-1)}`, scores));
  const own = scores.find(({ name }) => name === DETECTOR) as RegionScore;
  const quorum = scores.find(({ name }) => name === '3 of 5 runs at 2 agents') as RegionScore;
  const one = (
    metric: string,
    of: (score: RegionScore) => number,
    unit: string,
    goal: ReturnType<typeof atMost>,
  ) => row(`${prefix}_${metric}`, of(own), unit, { peer: { name: quorum.name, value: of(quorum) }, goal });
  return [
    one('recall', ({ recall }) => recall, '1', atLeast(0.98)),
    one('delay', ({ delay }) => delay, 'probes', atMost(5)),
    one('false_alarms', ({ perRegionDay }) => perRegionDay, '/region-day', atMost(0.01)),
    one('alarms_of_one_agent', ({ perOneAgentFault }) => perOneAgentFault, '/fault', atMost(0.01)),
  ];
}

function scoreTable(title: string, scores: readonly RegionScore[]): string {
  return formatTable(
    [
      title,
      'recall',
      'median delay',
      'false alarms a region-day',
      'alarms a one-agent fault',
      'faults',
      'region-days',
    ],
    scores.map((score) => [
      score.name,
      score.recall.toFixed(3),
      Number.isNaN(score.delay) ? undefined : score.delay.toFixed(1),
      score.perRegionDay.toFixed(4),
      score.perOneAgentFault.toFixed(3),
      score.faults,
      Math.round(score.regionDays),
    ]),
  );
}

/** `recall at delay, false alarms a region-day` of the detector and each rule. */
function variantTable(): string {
  const lines = VARIANTS.map(({ name, of }) => ({ name, scores: studyRegions({ ...SMALL, ...of }) }));
  const text = ({ delay, perRegionDay, recall }: RegionScore) =>
    `${recall.toFixed(2)} at ${Number.isNaN(delay) ? 'none' : delay.toFixed(1)}, ${perRegionDay.toFixed(2)} false`;
  return formatTable(
    [
      `recall at median delay in probes, seeds ${SMALL.seeds.join(' and ')}; +15%, step, 4 or 5 of 5 agents where not said`,
      ...(lines[0]?.scores.map(({ name }) => name) ?? []),
    ],
    lines.map(({ name, scores }) => [name, ...scores.map(text)]),
  );
}

/** Median seconds from the fault to the incident of those found, where at least half are. One check an agent, and every effect of note counts. */
function timeTable(): string {
  const seconds = (value: number, everyS: number, agentsPerRegion: number): string => {
    const study = {
      ...SMALL,
      seeds: [31],
      rounds: 450,
      value,
      everyMs: everyS * 1000,
      agentsPerRegion,
      share: 1,
    };
    const own = studyRegions(study).find(({ name }) => name === DETECTOR) as RegionScore;
    if (own.recall < 0.5) return 'not found';
    const share = own.recall < 1 ? `, ${Math.round(own.recall * 100)}% found` : '';
    return `${Math.round(own.delay * everyS)}${share}`;
  };
  return formatTable(
    ['s from the fault to its incident, one check an agent', ...INTERVALS_S.map((s) => `every ${s} s`)],
    EFFECTS.flatMap((value) =>
      AGENTS.map((agents) => [
        `+${value * 100}% at ${agents} of ${agents}`,
        ...INTERVALS_S.map((s) => seconds(value, s, agents)),
      ]),
    ),
  );
}
