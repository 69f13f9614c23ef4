/**
 * Single series: how well labelled changes are found, on traces that people have labelled where they are at hand and on synthetic ones
 * that anybody can make, beside the usual rules on the same streams. Settings are tuned on one half and reported on the other, both ways
 * round; and what is frozen in the project is reported on all.
 */
import { formatTable } from '../../cli/support/output.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { labelledSeries, SERIES_DAY } from '../../collector/detect/synthetic-series.ts';
import { atLeast, atMost, type Goal, type Progress, type Row, row } from './benchmark.ts';
import { kindRows } from './detect-series-kinds.ts';
import { type ChangeScore, outcomeOf, type Rule, scoreOf } from './support/change-score.ts';
import { dataFolder, readTraces, type Trace } from './support/labelled-data.ts';
import { DETECTOR, type Method, PEERS } from './support/series-rules.ts';

/** False alarms a day that a setting may have on the half on which it is tuned; fewer than the bar, for what it has not seen. */
const TUNED_FALSE_MAX = 0.17;
/** The same for the delay, in probes. */
const TUNED_DELAY_MAX = 5;
/** Random halves, each tuned and reported both ways round, for how far the figures depend on which traces they are of. */
const SPLITS = 50;
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const SYNTHETIC_SAMPLES = 8000;

export async function seriesRows(progress: Progress, print: Progress): Promise<Row[]> {
  const folder = dataFolder('rtt-atlas');
  const rows: Row[] = [];
  if (folder) {
    const traces = await readTraces(folder);
    rows.push(...traceRows('series', traces, GOALS, progress, print));
    rows.push(...spreadRows(traces, progress, print));
    rows.push(...kindRows(traces, progress, print));
  } else progress('series: no labelled traces here (shared/data/rtt-atlas), so only synthetic ones');
  rows.push(...traceRows('synthetic_series', syntheticTraces(), {}, progress, print));
  return rows;
}

const syntheticTraces = (): Trace[] =>
  SEEDS.map((seed) => {
    const { changes, values } = labelledSeries({ seed, samples: SYNTHETIC_SAMPLES });
    return {
      name: `seed ${seed}`,
      labels: changes,
      values: values.map((value) => (value > 0 ? value : undefined)),
    };
  });

type Figure = 'change_f1' | 'alarm_f1' | 'false_alarms' | 'median_delay';

const GOALS: Readonly<Partial<Record<Figure, Goal>>> = {
  change_f1: atLeast(0.56),
  alarm_f1: atLeast(0.62),
  false_alarms: atMost(0.2),
  median_delay: atMost(7),
};

const FIGURES: Readonly<Record<Figure, { unit: string; of(score: ChangeScore): number }>> = {
  change_f1: { unit: '1', of: (score) => score.changeF1 },
  alarm_f1: { unit: '1', of: (score) => score.alarmF1 },
  false_alarms: { unit: '/series-day', of: (score) => score.falsePerDay },
  median_delay: { unit: 'probes', of: (score) => score.medianDelay },
};

interface Judged {
  readonly name: string;
  readonly on: string;
  readonly settings: string;
  readonly score: ChangeScore;
}

function traceRows(
  prefix: string,
  traces: readonly Trace[],
  goals: Readonly<Partial<Record<Figure, Goal>>>,
  progress: Progress,
  print: Progress,
): Row[] {
  const halves = [traces.filter((_, i) => i % 2 === 0), traces.filter((_, i) => i % 2 === 1)] as const;
  const all: Judged[] = [];
  for (const method of [DETECTOR, ...PEERS]) {
    progress(`${prefix}: ${method.name}, ${method.settings.length} settings on ${traces.length} traces`);
    all.push(...crossTuned(method, halves));
  }
  const frozen = scoreOf(outcomesOf(DETECTOR.rule(0), traces), SERIES_DAY);
  all.push({ name: DETECTOR.name, on: 'all', settings: 'frozen', score: frozen });
  print(tableOf(prefix, all));
  const pooled = (name: string) =>
    all.find((one) => one.name === name && one.on === 'held out')?.score as ChangeScore;
  return Object.entries(FIGURES).flatMap(([figure, { of, unit }]) => {
    const goal = goals[figure as Figure];
    const withGoal = goal ? { goal } : {};
    const cusum = { name: 'robust CUSUM, tuned alike', value: of(pooled('robust CUSUM')) };
    const five = { name: '3 of 5, tuned alike', value: of(pooled('3 of 5')) };
    return [
      row(`${prefix}_${figure}_held_out`, of(pooled(DETECTOR.name)), unit, { ...withGoal, peer: cusum }),
      row(`${prefix}_${figure}`, of(frozen), unit, { ...withGoal, peer: five }),
    ];
  });
}

const outcomesOf = (rule: Rule, traces: readonly Trace[]) => traces.map((trace) => outcomeOf(trace, rule));
type Outcomes = ReturnType<typeof outcomesOf>;

/** Tunes on each half, and reports on the other, and on both others together. */
function crossTuned(method: Method, halves: readonly (readonly Trace[])[]): Judged[] {
  const bySetting = method.settings.map((_, at) => halves.map((half) => outcomesOf(method.rule(at), half)));
  const chosen = halves.map((_, half) => bestOf(bySetting.map((outcomes) => outcomes[half] ?? [])));
  const reported = halves.map((_, half) => bySetting[chosen[1 - half] as number]?.[half] ?? []);
  const settings = chosen.map((at) => method.settings[at] as string);
  return [
    ...halves.map((_, half) => ({
      name: method.name,
      on: half === 0 ? 'even traces' : 'odd traces',
      settings: settings[1 - half] as string,
      score: scoreOf(reported[half] ?? [], SERIES_DAY),
    })),
    { name: method.name, on: 'held out', settings: 'both', score: scoreOf(reported.flat(), SERIES_DAY) },
  ];
}

/** The setting that is worth most on what it found, by setting. */
function bestOf(bySetting: readonly Outcomes[]): number {
  const worth = bySetting.map((outcomes) => {
    const { alarmF1, changeF1, falsePerDay, medianDelay } = scoreOf(outcomes, SERIES_DAY);
    const [falseOver, delayOver] = [falsePerDay - TUNED_FALSE_MAX, medianDelay - TUNED_DELAY_MAX];
    return changeF1 + alarmF1 - 4 * Math.max(0, falseOver) - 0.05 * Math.max(0, delayOver);
  });
  return worth.indexOf(Math.max(...worth));
}

/** The detector held out over many random halves of the traces. */
function spreadRows(traces: readonly Trace[], progress: Progress, print: Progress): Row[] {
  progress(
    `series: ${SPLITS} random halves of ${traces.length} traces, tuned on one and reported on the other`,
  );
  const bySetting = DETECTOR.settings.map((_, at) => outcomesOf(DETECTOR.rule(at), traces));
  const random = new Random(1);
  const scores: ChangeScore[] = [];
  for (let split = 0; split < SPLITS; split += 1) {
    const order = traces.map((_, i) => ({ i, at: random.next() })).sort((a, b) => a.at - b.at);
    const middle = order.length >> 1;
    for (const isTuned of [(k: number) => k < middle, (k: number) => k >= middle]) {
      const half = (tuned: boolean) => order.filter((_, k) => isTuned(k) === tuned).map(({ i }) => i);
      const of = (outcomes: Outcomes, tuned: boolean) =>
        half(tuned).map((i) => outcomes[i] as Outcomes[number]);
      const best = bySetting[bestOf(bySetting.map((outcomes) => of(outcomes, true)))] as Outcomes;
      scores.push(scoreOf(of(best, false), SERIES_DAY));
    }
  }
  const quantiles = Object.entries(FIGURES).map(([figure, { of, unit }]) => {
    const sorted = scores.map(of).sort((a, b) => a - b);
    const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))] as number;
    return { figure, unit, low: at(0.05), middle: at(0.5), high: at(0.95) };
  });
  print(
    formatTable(
      [`held out, ${SPLITS} random halves`, '5 %', 'median', '95 %'],
      quantiles.map(({ figure, low, middle, high }) => [
        figure,
        ...[low, middle, high].map((one) => one.toFixed(3)),
      ]),
    ),
  );
  return quantiles.map(({ figure, middle, unit }) => row(`series_${figure}_random_halves`, middle, unit));
}

function tableOf(prefix: string, all: readonly Judged[]): string {
  const head = [
    ...[
      prefix,
      'reported on',
      'change F1',
      'alarm F1',
      'precision',
      'recall',
      'false/day',
      'delay',
      'alarms',
    ],
    ...['labels', 'settings, tuned on the other half'],
  ];
  return formatTable(
    head,
    all.map(({ name, on, score, settings }) => [
      name,
      on,
      score.changeF1.toFixed(3),
      score.alarmF1.toFixed(3),
      score.precision.toFixed(2),
      score.recall.toFixed(2),
      score.falsePerDay.toFixed(3),
      score.medianDelay,
      score.alarms,
      score.labels,
      settings,
    ]),
  );
}
