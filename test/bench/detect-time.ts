/** How soon: faults of a region of light probes, as the running fleet of `detect-live` has them, and regions that creep for hours. Seeds are not those of tuning. */
import { formatTable } from '../../cli/support/output.ts';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { creepStudy } from './support/creep-study.ts';
import { median } from './support/stats.ts';
import { type DetectTimes, detectTimes, TURN_MS } from './support/time-to-detect.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => 2 * (i + 1));
const EVERY_S = 5;
const TIMEOUT_S = 5;
const AGENTS = 3;
const SLOWER = 0.3;

const KINDS = [
  { name: 'slower', fault: { kind: 'latency', value: TURN_MS * SLOWER }, goalS: 40 },
  { name: 'failing', fault: { kind: 'error', value: 0.2 }, goalS: 60 },
  { name: 'blackhole', fault: { kind: 'blackhole', value: 1 }, goalS: TIMEOUT_S + 3 * EVERY_S },
] as const;

/** For the table. A first frame counts as slower from the dictionary's minimum effect on: what is less is not found, and is not meant to be. */
const FEW_SEEDS = SEEDS.slice(0, 5);
const FAULTS = [
  ...[0.1, 0.15, 0.25, 0.3].map((by) => ({
    name: `+${by * 100}% first frame`,
    fault: { kind: 'latency', value: TURN_MS * by } as const,
  })),
  ...[0.1, 0.2].map((value) => ({
    name: `${value * 100}% of the runs fail`,
    fault: { kind: 'error', value } as const,
  })),
  { name: 'blackhole', fault: { kind: 'blackhole', value: 1 } as const },
];
const INTERVALS_S = [5, 60];
const AGENTS_EACH = [3, 8];

const CREEP_SEEDS = [11, 12];
const CREEP_HOURS = 6;
const CREEPS = [0.1, 0.15, 0.25];

export function timeRows(progress: Progress, print: Progress): Row[] {
  progress(`time to detect: ${KINDS.length} faults, ${SEEDS.length} simulated fleets each`);
  const rows = KINDS.flatMap(({ fault, goalS, name }) => {
    const times = detectTimes({ seeds: SEEDS, fault, everyMs: EVERY_S * 1000, agentsPerRegion: AGENTS });
    return [
      row(`simulated_${name}_median`, medianOf(times, SEEDS.length), 's', { goal: atMost(goalS) }),
      row(`simulated_${name}_found`, times.seconds.length / SEEDS.length, '1', { goal: atLeast(1) }),
      row(`simulated_${name}_beside`, times.beside, '1', { goal: atMost(0) }),
    ];
  });
  progress('time to detect by effect, interval and agents');
  print(timeTable());
  return [...rows, ...creepRows(progress)];
}

/** Over all faults: one that was not found took for ever. */
function medianOf({ seconds }: DetectTimes, faults: number): number {
  const missed = Array.from({ length: faults - seconds.length }, () => Number.POSITIVE_INFINITY);
  return median([...seconds, ...missed]);
}

function timeTable(): string {
  const cell = (fault: (typeof FAULTS)[number]['fault'], everyS: number, agentsPerRegion: number): string => {
    const times = detectTimes({ seeds: FEW_SEEDS, fault, everyMs: everyS * 1000, agentsPerRegion });
    const seconds = medianOf(times, FEW_SEEDS.length);
    return Number.isFinite(seconds) ? seconds.toFixed(0) : 'not found';
  };
  return formatTable(
    [
      `median s from the fault to its incident over ${FEW_SEEDS.length} fleets of 3 regions, 3 checks an agent`,
      'agents a region',
      ...INTERVALS_S.map((s) => `every ${s} s`),
    ],
    FAULTS.flatMap(({ fault, name }) =>
      AGENTS_EACH.map((agents) => [name, agents, ...INTERVALS_S.map((s) => cell(fault, s, agents))]),
    ),
  );
}

/** Regions that are slower by so much after six hours, and stay so for six more. */
function creepRows(progress: Progress): Row[] {
  progress(`regions that creep for ${CREEP_HOURS} h, ${CREEP_SEEDS.length} seeds`);
  return CREEPS.flatMap((value) => {
    const { falseAlarms, faults, hours, regionDays } = creepStudy(CREEP_SEEDS, value, CREEP_HOURS);
    const name = `creep_${value * 100}_percent`;
    return [
      row(`${name}_found`, hours.length / faults, '1'),
      ...(hours.length > 0 ? [row(`${name}_delay`, median(hours), 'h')] : []),
      row(`${name}_false_alarms`, falseAlarms / regionDays, '/region-day', { goal: atMost(0.01) }),
    ];
  });
}
