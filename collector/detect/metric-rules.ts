/** What the detector must know of a metric: which way is bad, and how much worse is worth an alarm. */
import {
  isMetricName,
  type MetricDefinition,
  metricDefinition,
  type Unit,
  unitOf,
} from '../../probes/metrics.ts';

/** Without `minEffect` it is never judged. */
export type MetricRule = Pick<MetricDefinition, 'better' | 'minEffect'>;

/** The rule of a metric by its name; undefined for one that is not looked at. */
export type MetricRules = (name: string) => MetricRule | undefined;

export type MinEffect = NonNullable<MetricDefinition['minEffect']>;

/** The rules of our own probes: the dictionary. */
export const dictionaryRules: MetricRules = (name) =>
  isMetricName(name) ? metricDefinition(name) : undefined;

const MORE_IS_BETTER =
  /bps$|throughput|goodput|bandwidth|bitrate|speed|fps|score|success|availab|uptime|hit_ratio/;
const SAYS_NOTHING = /bytes$|_count$|size|port$|status|version/;

/** Below these a change of any size is noise of the clock; half of what the unit of the name can show otherwise. */
const SMALLEST: Readonly<Record<Unit, number>> = {
  ms: 1,
  s: 0.001,
  ratio: 0.005,
  bytes: 1,
  bps: 1,
  count: 0,
  px: 1,
};

/** Metrics of anybody, where nobody has said what is worth an alarm: everything that has a bad direction is judged. */
const OPEN_EFFECT_RATIO = 0.05;

/**
 * Rules for results of unknown origin: our own names by the dictionary, others by what their name says. `minEffect` holds for all
 * of them; else 1 ms (or as little of another unit) and 5%, whichever is more.
 */
export function openRules(minEffect?: Partial<MinEffect>): MetricRules {
  const known = new Map<string, MetricRule>();
  return (name) => {
    const found = known.get(name);
    if (found) return found;
    const rule: MetricRule = {
      better: isMetricName(name) ? metricDefinition(name).better : betterByName(name),
      minEffect: {
        abs: minEffect?.abs ?? SMALLEST[unitOf(name)],
        rel: minEffect?.rel ?? OPEN_EFFECT_RATIO,
      },
    };
    known.set(name, rule);
    return rule;
  };
}

function betterByName(name: string): MetricRule['better'] {
  if (MORE_IS_BETTER.test(name)) return 'higher';
  return SAYS_NOTHING.test(name) ? 'neither' : 'lower';
}
