/**
 * The same labelled traces as other series would have them: in another unit, rounded, with probes lost, as throughput, over busy hours.
 * The settings are the frozen ones, which have seen none of these.
 */
import { formatTable } from '../../cli/support/output.ts';
import { SeriesChanges } from '../../collector/detect/series-changes.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { SERIES_DAY } from '../../collector/detect/synthetic-series.ts';
import { type Progress, type Row, row } from './benchmark.ts';
import { type ChangeScore, outcomeOf, scoreOf } from './support/change-score.ts';
import type { Trace } from './support/labelled-data.ts';

interface Kind {
  readonly name: string;
  readonly better?: 'higher';
  /** A value of the trace as it is in this kind; undefined for a probe that failed. */
  of(value: number, random: Random, at: number): number | undefined;
}

const KINDS: readonly Kind[] = [
  { name: 'seconds', of: (ms) => ms / 1000 },
  { name: 'microseconds', of: (ms) => ms * 1000 },
  { name: 'whole_ms', of: Math.round },
  { name: 'steps_of_10_ms', of: (ms) => 10 * Math.ceil(ms / 10) },
  { name: 'lost_5_percent', of: (ms, random) => (random.chance(0.05) ? undefined : ms) },
  { name: 'lost_20_percent', of: (ms, random) => (random.chance(0.2) ? undefined : ms) },
  { name: 'throughput', better: 'higher', of: (ms) => 1e9 / ms },
  {
    name: 'busy_hours_5_percent',
    of: (ms, _, at) => ms * (1 + 0.05 * Math.sin((2 * Math.PI * at) / SERIES_DAY)),
  },
];

export function kindRows(traces: readonly Trace[], progress: Progress, print: Progress): Row[] {
  progress(`series: the traces as ${KINDS.length} other kinds of series`);
  const scores = KINDS.map((kind) => ({ name: kind.name, score: scoreAs(kind, traces) }));
  print(
    formatTable(
      ['the traces as', 'change F1', 'alarm F1', 'precision', 'recall', 'false/day', 'delay'],
      scores.map(({ name, score }) => [
        name.replaceAll('_', ' '),
        ...[score.changeF1, score.alarmF1, score.precision, score.recall, score.falsePerDay].map((one) =>
          one.toFixed(3),
        ),
        score.medianDelay,
      ]),
    ),
  );
  return scores.map(({ name, score }) => row(`series_as_${name}_alarm_f1`, score.alarmF1, '1'));
}

function scoreAs({ better, of }: Kind, traces: readonly Trace[]): ChangeScore {
  const outcomes = traces.map(({ labels, values }, i) => {
    const random = new Random(i + 1);
    const as = values.map((value, at) => (value === undefined ? undefined : of(value, random, at)));
    return outcomeOf({ labels, values: as }, () => {
      const series = new SeriesChanges(better ? { better } : {});
      return (value) => series.take(value);
    });
  });
  return scoreOf(outcomes, SERIES_DAY);
}
