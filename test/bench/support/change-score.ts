/** How good a rule is at finding labelled changes: each label counts once, each alarm once, and nothing is adjusted. */

import type { Trace } from './labelled-data.ts';
import { median } from './stats.ts';

/** An alarm, and where it says that the change began; both are samples from 0. */
export interface Found {
  readonly index: number;
  readonly onset: number;
}

/** A rule that is fed one series, sample after sample; undefined is a probe that failed. */
export type Rule = () => (value: number | undefined) => Found | undefined;

/** An alarm is right when raised so many samples after a label, an onset when it is so close to one. */
const ALARM_WITHIN = 15;
const ONSET_WITHIN = 2;

export interface ChangeScore {
  readonly labels: number;
  readonly alarms: number;
  readonly changeF1: number;
  readonly alarmF1: number;
  /** Samples from the label to the alarm that is right. */
  readonly medianDelay: number;
  readonly falsePerDay: number;
  readonly precision: number;
  readonly recall: number;
}

/** What a rule found in one trace. */
interface Outcome {
  readonly samples: number;
  readonly labels: number;
  readonly alarms: number;
  readonly onsetsRight: number;
  readonly delays: readonly number[];
}

export function outcomeOf({ labels, values }: Omit<Trace, 'name'>, rule: Rule): Outcome {
  const take = rule();
  const found = values.flatMap((value) => take(value) ?? []);
  const sorted = (of: readonly number[]) => of.toSorted((a, b) => a - b);
  const alarms = sorted(found.map(({ index }) => index));
  const onsets = sorted(found.map(({ onset }) => onset));
  return {
    samples: values.length,
    labels: labels.length,
    alarms: found.length,
    onsetsRight: matches(labels, onsets, -ONSET_WITHIN, ONSET_WITHIN).length,
    delays: matches(labels, alarms, 0, ALARM_WITHIN).map(([label, alarm]) => alarm - label),
  };
}

/** Pairs of a label and what lies within [from, to] of it, each used once; both rise. Windows of one length: the first that fits is best. */
export function matches(
  labels: readonly number[],
  found: readonly number[],
  from: number,
  to: number,
): (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  let next = 0;
  for (const label of labels) {
    while ((found[next] ?? Number.POSITIVE_INFINITY) < label + from) next += 1;
    const one = found[next];
    if (one === undefined || one > label + to) continue;
    pairs.push([label, one]);
    next += 1;
  }
  return pairs;
}

/** Over all traces together, not the mean of each. */
export function scoreOf(outcomes: readonly Outcome[], samplesPerDay: number): ChangeScore {
  const sum = (pick: (one: Outcome) => number): number =>
    outcomes.reduce((total, one) => total + pick(one), 0);
  const labels = sum((one) => one.labels);
  const alarms = sum((one) => one.alarms);
  const right = sum((one) => one.delays.length);
  const f1 = (hits: number): number => (2 * hits) / Math.max(1, labels + alarms);
  return {
    labels,
    alarms,
    changeF1: f1(sum((one) => one.onsetsRight)),
    alarmF1: f1(right),
    medianDelay: median(outcomes.flatMap((one) => one.delays)),
    falsePerDay: (alarms - right) / (sum((one) => one.samples) / samplesPerDay),
    precision: right / Math.max(1, alarms),
    recall: right / Math.max(1, labels),
  };
}
