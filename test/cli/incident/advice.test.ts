import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../../cli/incident/advice.ts';
import { INCIDENTS } from './incidents.ts';

describe('what to do first', () => {
  it.each([
    ['open', /^Nobody has it: acknowledge it\. Look at what serves it there/],
    ['acknowledged', /^mara has it\. /],
    ['with a suspect', /Undo or rule out deploy edge-7 \(2 min before its start\)\.$/],
    ['doubtful', /Wait for the next runs before you wake anybody/],
    ['resolved', /^It is over\. Write it up/],
    ['merged', /^It is part of inc-7-global: see to that one\.$/],
    ['silence', /whether eu-west-1 can still reach the collector/],
    ['of all agents', /look at the collector and its own network first/],
    ['budget', /No single fault explains it/],
    ['agent', /Users are not known to be affected: .*outrider agents why eu-west-1/],
    ['network', /ask its operator/],
  ])('of an incident that is %s is one sentence: %s', (name, words) => {
    const incident = INCIDENTS[name];
    expect(incident && adviceOf(incident)).toMatch(words);
  });
});
