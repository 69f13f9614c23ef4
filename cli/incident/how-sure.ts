/** How far an incident can be believed, in words: who agrees, how far past its threshold the alarm is, what second looks found. */
import type { EvidenceJson } from './incident-json.ts';

const STANDS: Readonly<Record<string, string>> = {
  supports: 'asked again, agents saw it again',
  differs: 'asked again, agents saw it in another extent',
  contradicts: 'asked again, agents did not see it',
  outvoted: 'asked again, some did not see it, and runs since then do',
  unsure: 'asked again, agents could not say',
};

/** Larger multiples say no more. */
const TIMES_MAX = 1000;

/** Empty of evidence that says nothing of it. */
export function howSure({ confirmed, evidence, place, second_look, threshold }: EvidenceJson): string {
  const reasons = [
    confirmed === undefined
      ? ''
      : confirmed
        ? 'three agents or more agree'
        : 'fewer than three agents bear it out',
    evidence && threshold ? `the alarm has ${multiple(evidence / threshold)} the evidence that it needs` : '',
    second_look ? (STANDS[second_look.stand] ?? second_look.stand) : '',
    second_look?.text ?? '',
    place ? `the place holds ${Math.round(place.share * 100)} % of all that is bad` : '',
  ].filter((text) => text !== '');
  if (reasons.length === 0) return '';
  const level =
    second_look?.stand === 'contradicts'
      ? 'doubtful: '
      : confirmed === undefined
        ? ''
        : confirmed && second_look?.stand !== 'differs'
          ? 'sure: '
          : 'fairly sure: ';
  return `${level}${[...new Set(reasons)].join('; ')}`;
}

const multiple = (ratio: number): string =>
  ratio > TIMES_MAX ? `more than ${TIMES_MAX} times` : `${Number(ratio.toPrecision(2))} times`;
