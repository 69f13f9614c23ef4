/**
 * Whether the place is right: real incidents with labels where they are at hand, settings tuned on one half and reported on the other; a
 * grid of 21,600 leaves with one to three causes; and whose part of the way it is, on nested fleets. Beside what others do with the same
 * leaves.
 *
 * The halves are fair to the numbers in the settings only: the rules that the numbers belong to were written with all of the real cases
 * in view. What is frozen was tuned on all of them, and its figure is called `in_sample`. Synthetic seeds are others than those tuned on.
 */
import { formatTable } from '../../cli/support/output.ts';
import { FAULT_PLACES, placeFaults } from '../../collector/detect/leaves/fault-place.ts';
import type { LeafSet } from '../../collector/detect/leaves/leaf-table.ts';
import { type Localisation, localiseLeaves } from '../../collector/detect/leaves/localise-leaves.ts';
import { LEAF_SETTINGS, type LeafSettings } from '../../collector/detect/leaves/settings.ts';
import { syntheticFleetLeaves } from '../../collector/detect/synthetic-fleet-leaves.ts';
import { type LeafGridOptions, syntheticLeafGrid } from '../../collector/detect/synthetic-leaves.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { dataFolder } from './support/labelled-data.ts';
import { type LabelledCase, readCases } from './support/labelled-leaves.ts';
import { adtributor, largestShare } from './support/leaf-peers.ts';
import { f1Of, type SetScore, sameSets, scoreSets } from './support/leaf-score.ts';
import { median } from './support/stats.ts';

const GRID_CASES = 30;
/** The same with causes that rise by little: what is found of them is told, and no goal. */
const WEAK_CASES = 12;
const WEAK_RISE = [1.7, 3] as const;
const FLEETS_A_PLACE = 40;
/** Ways to halve the real cases. */
const SPLITS = 20;
const SEED = 1;
/** Of the first grid, and of the first fleet. */
const FIRST_SEED = 50_000;

/** What is tried on each half. */
const TUNED: { readonly [K in keyof LeafSettings]?: readonly LeafSettings[K][] } = {
  priorWeight: [50, 100],
  promoteShare: [0.06, 0.08, 0.12],
  nextExcess: [0.1, 0.15, 0.2],
  demoteRest: [0.2, 0.3],
  choiceCost: [0.5, 1],
};

export async function localiseRows(progress: Progress, print: Progress): Promise<Row[]> {
  const folder = dataFolder('cdn-stall');
  const rows: Row[] = [];
  if (folder) rows.push(...realRows(await readCases(folder), progress, print));
  else progress('localise: no labelled incidents here (shared/data/cdn-stall), so only synthetic ones');
  rows.push(...gridRows(progress, print), ...placeRows(progress, print));
  return rows;
}

const answerOf = ({ explanations }: Localisation): readonly LeafSet[] => explanations[0]?.cause ?? [];

const SCAN_ONLY: LeafSettings = {
  ...LEAF_SETTINGS,
  promoteShare: Number.POSITIVE_INFINITY,
  demoteShare: Number.POSITIVE_INFINITY,
};

const METHODS: Readonly<Record<string, (of: LabelledCase) => readonly LeafSet[]>> = {
  outrider: ({ table }) => answerOf(localiseLeaves(table)),
  'scan alone': ({ table }) => answerOf(localiseLeaves(table, SCAN_ONLY)),
  Adtributor: ({ table }) => adtributor(table),
  'largest share': ({ table }) => largestShare(table).slice(0, 1),
};

/** Scores of every method on the same cases, printed; best peer first in what is given back. */
function compare(title: string, cases: readonly LabelledCase[], print: Progress): Map<string, number> {
  const rows = Object.entries(METHODS).map(([name, find]) => {
    const scores = cases.map((one) => scoreSets(find(one), one.causes));
    const right = sumOf(scores, 'right');
    return {
      name,
      f1: f1Of(scores),
      precision: right / Math.max(1, sumOf(scores, 'found')),
      recall: right / Math.max(1, sumOf(scores, 'labelled')),
    };
  });
  const cells = rows.map(({ f1, name, precision, recall }) => [
    name,
    ...[f1, precision, recall].map((value) => value.toFixed(3)),
  ]);
  print(`${title}: exact sets, ${cases.length} cases`);
  print(`${formatTable(['method', 'F1', 'precision', 'recall'], cells)}\n`);
  return new Map(rows.map(({ f1, name }) => [name, f1]));
}

const sumOf = (scores: readonly SetScore[], of: keyof SetScore): number =>
  scores.reduce((sum, one) => sum + one[of], 0);

const peerIn = (f1: ReadonlyMap<string, number>, name: string) => ({
  peer: { name, value: f1.get(name) ?? Number.NaN },
});

function realRows(cases: readonly LabelledCase[], progress: Progress, print: Progress): Row[] {
  progress(`localise: ${cases.length} labelled incidents, settings tuned on halves of them`);
  const f1 = compare('real incidents, frozen settings, in sample', cases, print);
  const splits = crossValidated(cases);
  const unseen = splits.map((judged) => f1Of(judged.map(({ score }) => score)));
  const setsInFive = splits.map(
    (judged) =>
      sumOf(
        judged.map(({ anywhere }) => anywhere),
        'right',
      ) /
      sumOf(
        judged.map(({ anywhere }) => anywhere),
        'labelled',
      ),
  );
  const inFive = splits.map((judged) => judged.filter((one) => one.inFive).length / judged.length);
  return [
    row('localise_f1_two_fold', mean(unseen), '1', { goal: atLeast(0.72), ...peerIn(f1, 'Adtributor') }),
    row('localise_f1_two_fold_worst_split', Math.min(...unseen), '1'),
    row('localise_acc_at_5_two_fold', mean(inFive), '1', { goal: atLeast(0.9) }),
    row('localise_sets_in_5_two_fold', mean(setsInFive), '1'),
    row('localise_f1_in_sample', f1.get('outrider') ?? 0, '1', peerIn(f1, 'scan alone')),
    row('localise_case', cpuMs(() => cases.map(({ table }) => localiseLeaves(table))) / cases.length, 'ms'),
  ];
}

/** One case with one of the settings: the sets of the answer, which is the first explanation; and what the first five have. */
interface Judged {
  readonly score: SetScore;
  /** Whatever explanation a labelled set stands in. */
  readonly anywhere: SetScore;
  /** Whether one of them is just what was labelled. */
  readonly inFive: boolean;
}

function judge({ causes, table }: LabelledCase, settings: LeafSettings): Judged {
  const found = localiseLeaves(table, settings);
  const five = found.explanations.slice(0, 5).map(({ cause }) => cause);
  const inFive = five.some((cause) => sameSets(cause, causes));
  return { score: scoreSets(answerOf(found), causes), anywhere: scoreSets(five.flat(), causes), inFive };
}

const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;

/** For each way to halve the cases, each case by the settings with the best F1 on the half that it is not in. */
function crossValidated(cases: readonly LabelledCase[]): Judged[][] {
  const tried = combinations().map((settings) => cases.map((one) => judge(one, settings)));
  const random = new Random(SEED);
  return Array.from({ length: SPLITS }, () => {
    const order = cases.map((_, i) => ({ i, at: random.next() })).sort((a, b) => a.at - b.at);
    const half = order.length >> 1;
    const halves = [order.slice(0, half), order.slice(half)].map((part) => part.map(({ i }) => i));
    const pick = (judged: readonly Judged[], of: readonly number[]) => of.map((i) => judged[i] as Judged);
    return halves.flatMap((tunedOn, which) => {
      const f1 = tried.map((judged) => f1Of(pick(judged, tunedOn).map(({ score }) => score)));
      const best = tried[f1.indexOf(Math.max(...f1))] as readonly Judged[];
      return pick(best, halves[1 - which] as number[]);
    });
  });
}

/** Every combination of what is tuned. */
function combinations(): LeafSettings[] {
  return Object.entries(TUNED).reduce<LeafSettings[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [LEAF_SETTINGS],
  );
}

/** Milliseconds of the processor: what others do on the machine at the moment is not ours. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { system, user } = process.threadCpuUsage(before);
  return (system + user) / 1000;
}

function grids(count: number, options: Pick<LeafGridOptions, 'rise'> = {}): LabelledCase[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = FIRST_SEED + i;
    const { causes, table } = syntheticLeafGrid({ seed, causes: 1 + (i % 3), ...options });
    return { name: `seed ${seed}`, table, causes };
  });
}

function gridRows(progress: Progress, print: Progress): Row[] {
  progress(`localise: ${GRID_CASES} grids of 21,600 leaves with one to three causes`);
  const cases = grids(GRID_CASES);
  const weak = grids(WEAK_CASES, { rise: WEAK_RISE });
  const f1 = compare(`21,600 leaves, seeds from ${FIRST_SEED}`, cases, print);
  const weakF1 = compare(`the same, rates that rise ${WEAK_RISE.join(' to ')} times`, weak, print);
  const times = cases.map(({ table }) => cpuMs(() => localiseLeaves(table)));
  return [
    row('leaf_grid_f1', f1.get('outrider') ?? 0, '1', { goal: atLeast(0.95), ...peerIn(f1, 'Adtributor') }),
    row('leaf_grid_f1_weak', weakF1.get('outrider') ?? 0, '1', peerIn(weakF1, 'Adtributor')),
    row('leaf_grid_time', median(times), 'ms', { goal: atMost(60) }),
    row('leaf_grid_time_most', Math.max(...times), 'ms'),
  ];
}

/** Kinds of faults that fleets are given, and how large they are. */
const PLACES = FAULT_PLACES.filter((place) => place !== 'OURSELVES');
const SIZES = [0.9, 0.6, 0.4] as const;

function placeRows(progress: Progress, print: Progress): Row[] {
  progress(`localise: ${FLEETS_A_PLACE} nested fleets for each place of a fault and each of three sizes`);
  const rows = SIZES.map((share) => {
    let right = 0;
    const cells = PLACES.map((place) => {
      const said = Array.from({ length: FLEETS_A_PLACE }, (_, i) => {
        const { table } = syntheticFleetLeaves({ seed: FIRST_SEED + i, place, share });
        return placeFaults(table)[0]?.place ?? 'none';
      });
      right += said.filter((one) => one === place).length;
      return [
        place,
        ...[...PLACES, 'none'].map((column) => said.filter((one) => one === column).length || ''),
      ];
    });
    print(`a fault by which ${100 * share} % of the runs are bad, down; what is said, across`);
    print(`${formatTable(['fault', ...PLACES, 'none'], cells)}\n`);
    const percent = Math.round(100 * share);
    return row(`place_right_${percent}_percent_bad`, right / (PLACES.length * FLEETS_A_PLACE), '1');
  });
  const quiet = Array.from({ length: 5 * FLEETS_A_PLACE }, (_, i) =>
    placeFaults(syntheticFleetLeaves({ seed: FIRST_SEED + i, place: 'GLOBAL', share: 0 }).table),
  );
  const named = quiet.filter((faults) => faults.length > 0).length;
  return [...rows, row('place_named_without_a_fault', named / quiet.length, '1')];
}
