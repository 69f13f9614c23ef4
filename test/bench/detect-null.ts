/**
 * Noise without a change: the mean number of samples between false alarms of one series, which is to be at least the threshold, and what
 * the remedy for noise that remembers is worth. And drifts, which the quick detector must leave to the slow one.
 */
import { formatTable } from '../../cli/support/output.ts';
import { ChangeBank } from '../../collector/detect/change-bank.ts';
import {
  CHANGE_DEFAULTS,
  type ChangeSettings,
  SERIES_MIN_EFFECT,
} from '../../collector/detect/change-settings.ts';
import { HourOfWeek } from '../../collector/detect/hour-of-week.ts';
import {
  driftOptions,
  SeriesChanges,
  type SeriesChangesOptions,
} from '../../collector/detect/series-changes.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { NULL_NOISES, type NullNoise, SERIES_DAY } from '../../collector/detect/synthetic-series.ts';
import { atLeast, type Progress, type Row, row } from './benchmark.ts';
import { PEERS } from './support/series-rules.ts';
import { median } from './support/stats.ts';

const SEED = 20;
const SAMPLES = 1_000_000;
const THRESHOLDS = [1000, 10_000];
const NOISES = Object.keys(NULL_NOISES) as NullNoise[];
/** Said, and no goal: nine tenths of each sample are the one before. */
const WITHOUT_GOAL: readonly NullNoise[] = ['ar1_90'];

/** Without a minimum effect and without patience: what the bets alone are worth. */
const BARE: ChangeSettings = { ...CHANGE_DEFAULTS, holdSamples: 1, effectMinSpreads: 0 };
/** As bare, and betting against one rate a level, whatever the vote before was. */
const ONE_RATE: ChangeSettings = {
  ...BARE,
  rateWeight: 1e12,
  levels: CHANGE_DEFAULTS.levels.map((level) => ({ ...level, rateAfter: level.rate })),
};

interface Runs {
  readonly samples: number;
  readonly alarms: number;
  /** Mean samples between alarms; of none at all, that it is more than were played. */
  readonly length: number;
}

const runsOf = (samples: number, alarms: number): Runs => ({
  samples,
  alarms,
  length: samples / Math.max(1, alarms),
});

function play(noise: NullNoise, samples: number, alarmsAt: (value: number) => boolean): Runs {
  const next = NULL_NOISES[noise](new Random(SEED));
  let alarms = 0;
  for (let i = 0; i < samples; i += 1) if (alarmsAt(next())) alarms += 1;
  return runsOf(samples, alarms);
}

function runs(noise: NullNoise, settings: ChangeSettings, effect = SERIES_MIN_EFFECT): Runs {
  const bank = new ChangeBank(settings, 1);
  const slot = bank.add(effect);
  return play(noise, SAMPLES, (value) => bank.step(slot, value) !== undefined);
}

export function nullRows(progress: Progress, print: Progress): Row[] {
  const rows: Row[] = [];
  const table: (readonly (string | number)[])[] = [];
  for (const noise of NOISES) {
    progress(`null: ${noise}, ${SAMPLES} samples a setting`);
    const asFrozen = runs(noise, CHANGE_DEFAULTS);
    rows.push(row(`run_length_${noise}`, asFrozen.length, 'samples', peerRuns(noise, 'robust CUSUM')));
    const said = [asFrozen.length];
    for (const threshold of THRESHOLDS) {
      const { length } = runs(noise, { ...CHANGE_DEFAULTS, threshold });
      const goal = WITHOUT_GOAL.includes(noise) ? {} : { goal: atLeast(threshold) };
      rows.push(row(`run_length_${noise}_at_${threshold}`, length, 'samples', goal));
      said.push(length);
    }
    const bare = runs(noise, { ...BARE, threshold: 1000 }, NO_EFFECT);
    const oneRate = runs(noise, { ...ONE_RATE, threshold: 1000 }, NO_EFFECT);
    rows.push(
      row(`run_length_${noise}_bare_at_1000`, bare.length, 'samples', {
        peer: { name: 'one rate, no remedy', value: oneRate.length },
      }),
    );
    const drift = driftRuns(noise);
    rows.push(row(`run_length_${noise}_drift`, drift.length, 'samples'));
    const others = PEERS.map(({ name }) => peerRuns(noise, name).peer.value);
    table.push([noise, ...[...said, bare.length, oneRate.length, drift.length, ...others].map(Math.round)]);
  }
  print(
    formatTable(
      [
        ...[`mean run length, ${SAMPLES} samples, seed ${SEED}`, `at ${CHANGE_DEFAULTS.threshold} (frozen)`],
        ...[...THRESHOLDS.map((one) => `at ${one}`), 'bare at 1000', 'bare, one rate', 'drift'],
        ...PEERS.map(({ name, settings }) => `${name} ${settings[0]}`),
      ],
      table,
    ),
  );
  return [...rows, ...seasonRows(), ...driftRows()];
}

const NO_EFFECT = { abs: 0, rel: 0 };

function driftRuns(noise: NullNoise): Runs {
  const series = new SeriesChanges(driftOptions());
  return play(noise, SAMPLES, (value) => series.take(value) !== undefined);
}

/** Of a usual rule in its usual setting; a fifth of the samples is plenty for rules that alarm every few hundred. */
function peerRuns(
  noise: NullNoise,
  name: string,
): { readonly peer: { readonly name: string; readonly value: number } } {
  const take = PEERS.find((one) => one.name === name)?.rule(0)();
  return { peer: { name, value: play(noise, SAMPLES / 5, (value) => take?.(value) !== undefined).length } };
}

/** Weeks of a series with deep days, one sample every four minutes, of which the season knows the first. */
const SEASON_WEEKS = 30;
const SEASON_FROM = 4 * 7 * SERIES_DAY;
const SAMPLE_MS = 86_400_000 / SERIES_DAY;

/** What the hours of the week are worth where days are deep: run lengths with them and without, once they are known. */
function seasonRows(): Row[] {
  const length = (season: HourOfWeek | undefined): number => {
    const random = new Random(SEED);
    const series = new SeriesChanges(season ? { season } : {});
    let alarms = 0;
    for (let at = 0; at < SEASON_WEEKS * 7 * SERIES_DAY; at += 1) {
      const busy = 1 + 0.5 * Math.max(0, Math.sin((2 * Math.PI * at) / SERIES_DAY)) ** 4;
      const told = series.take(random.lognormal(100 * busy, 0.05), at * SAMPLE_MS);
      if (told && at >= SEASON_FROM) alarms += 1;
    }
    return runsOf(SEASON_WEEKS * 7 * SERIES_DAY - SEASON_FROM, alarms).length;
  };
  return [
    row('run_length_deep_days_with_season', length(new HourOfWeek()), 'samples', {
      peer: { name: 'without hours of the week', value: length(undefined) },
    }),
  ];
}

/** By how many percent a series is worse each day, and when it is told: the median of the seeds, in samples. */
const PERCENT_PER_DAY = [15, 7, 3];
const DRIFT_SEEDS = 20;
const DRIFT_FROM = 2000;
const DRIFT_SAMPLES = 8000;

function driftRows(): Row[] {
  return PERCENT_PER_DAY.flatMap((percent) => {
    const slow = driftDelays(percent / 100, driftOptions());
    const quick = driftDelays(percent / 100, {});
    const name = `drift_${percent}_percent_a_day`;
    return [
      row(`${name}_found`, slow.length / DRIFT_SEEDS, '1', {
        peer: { name: 'without the slow copy', value: quick.length / DRIFT_SEEDS },
      }),
      ...(slow.length > 0 ? [row(`${name}_delay`, median(slow), 'probes')] : []),
    ];
  });
}

function driftDelays(slopePerDay: number, options: SeriesChangesOptions): number[] {
  return Array.from({ length: DRIFT_SEEDS }, (_, i) => i + 1).flatMap((seed) => {
    const random = new Random(seed);
    const series = new SeriesChanges(options);
    for (let at = 0; at < DRIFT_SAMPLES; at += 1) {
      const worse = (slopePerDay * Math.max(0, at - DRIFT_FROM)) / SERIES_DAY;
      const told = series.take(random.lognormal(100 * (1 + worse), 0.03));
      if (told && at >= DRIFT_FROM && told.direction === 'up') return [at - DRIFT_FROM];
    }
    return [];
  });
}
