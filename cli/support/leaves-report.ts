/** What the localiser found, as JSON for programs and as a table and sentences for people. */
import { type CounterExample, counterExamples } from '../../collector/detect/leaves/counter-examples.ts';
import { type FaultPlace, placeOf } from '../../collector/detect/leaves/fault-place.ts';
import type { LeafSet, LeafTable } from '../../collector/detect/leaves/leaf-table.ts';
import type { Localisation } from '../../collector/detect/leaves/localise-leaves.ts';
import { LEAF_SETTINGS } from '../../collector/detect/leaves/settings.ts';

/** A set of an answer in detail. */
interface SetJson {
  readonly set: LeafSet;
  /** Whose part of the way it is, where its names (agent, isp, region, country, pop, target, …) say so. */
  readonly place: FaultPlace | null;
  readonly score: number;
  readonly share: number;
  readonly bad: number;
  readonly expected: number;
  readonly total: number;
  /** Sets that the units of now do not tell from this one. */
  readonly alike: readonly LeafSet[];
}

/**
 * One explanation. `cause` is a list of sets, each a conjunction (`{"bitrate":"2000","p2p":"1"}`), in the form in which labelled
 * incidents give theirs.
 *
 * The first explanation is the answer: all causes together, so that `data[0].cause` is what to compare with a label. What follows has
 * `answer: false`: each set of the answer alone where it has several, then what the answer gave way to and the next best sets; the
 * first five are what a look at five candidates gets. Scores never rise from one to the next.
 */
export interface ExplanationJson extends Record<string, unknown> {
  /** From 1. */
  readonly rank: number;
  readonly answer: boolean;
  readonly cause: readonly LeafSet[];
  /** Evidence, nats. */
  readonly score: number;
  /** Of all excess over normal, what the cause explains. */
  readonly share: number;
  readonly bad: number;
  readonly expected: number;
  readonly total: number;
  /** Only of the answer: its sets one by one. */
  readonly sets?: readonly SetJson[];
  /** Only of the answer: parts of it that are well, and what is raised outside of all of it. */
  readonly counter_examples?: readonly CounterExample[];
}

const rounded = (value: number, digits = 4): number => Number(value.toFixed(digits));

/** Nothing where even the best explanation has no evidence for it: then it is as bad as ever. */
export function explanationsJson(table: LeafTable, found: Localisation): ExplanationJson[] {
  if ((found.explanations[0]?.score ?? 0) <= 0) return [];
  return found.explanations.map(({ answer, bad, cause, expected, score, share, units }, i) => ({
    ...{ rank: i + 1, answer, cause, score: rounded(score), share: rounded(share) },
    ...{ bad, expected: rounded(expected), total: units },
    ...(answer && { sets: found.causes.map(setJson), counter_examples: against(table, cause) }),
  }));
}

function setJson(cause: Localisation['causes'][number]): SetJson {
  const { alike, bad, expected, score, set, share, units } = cause;
  return {
    ...{
      set,
      place: placeOf(set) ?? null,
      score: rounded(score),
      share: rounded(share),
      bad,
      expected: rounded(expected),
      total: units,
    },
    alike,
  };
}

const against = (table: LeafTable, cause: readonly LeafSet[]): CounterExample[] =>
  counterExamples(table, cause).map((one) => ({ ...one, expected: rounded(one.expected) }));

export const EXPLANATION_HEADERS = ['rank', 'cause', 'score', 'share', 'bad', 'expected', 'total', 'answer'];

export function explanationRow(one: ExplanationJson): unknown[] {
  const cause = one.cause.map(setText).join('; ');
  const share = `${Math.round(100 * one.share)} %`;
  return [
    ...[one.rank, cause, one.score.toPrecision(4), share],
    ...[one.bad, one.expected.toFixed(1), one.total, one.answer ? 'yes' : 'no'],
  ];
}

/** `bitrate=2000 p2p=1`. */
export const setText = (set: LeafSet): string =>
  Object.entries(set)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

const SENTENCES_OF_A_KIND = 3;

/** What is beside the table: how bad it is in all, what cannot be told apart, what speaks against the answer. */
export function reportSentences(found: Localisation, data: readonly ExplanationJson[]): string[] {
  const { everywhere, whole } = found;
  const ratio = whole.bad / Math.max(whole.expected, 1e-9);
  const sentences = [
    `${whole.bad} bad of ${whole.units}, where ${whole.expected.toFixed(1)} are normal (${ratio.toFixed(2)} times)`,
  ];
  if (data.length === 0) sentences.push('nothing is raised beside the rest');
  else if ((data[0]?.score ?? 0) < LEAF_SETTINGS.faultScoreMin)
    sentences.push('the evidence is no more than leaves without a fault have now and then');
  if (everywhere) sentences.push('nearly all of it is raised alike: a cause that all share');
  const [answer] = data;
  for (const { alike, set } of answer?.sets ?? [])
    for (const other of alike.slice(0, SENTENCES_OF_A_KIND))
      sentences.push(`${setText(set)} cannot be told from ${setText(other)} by what there is now`);
  const of = (kind: CounterExample['kind']): readonly CounterExample[] =>
    (answer?.counter_examples ?? []).filter((one) => one.kind === kind).slice(0, SENTENCES_OF_A_KIND);
  for (const kind of ['well_inside', 'raised_outside'] as const)
    for (const { bad, expected, set } of of(kind))
      sentences.push(
        `${kind.replace('_', ' ')}: ${setText(set)} (${bad} bad, ${expected.toFixed(1)} normal)`,
      );
  return sentences;
}
