import { describe, expect, it } from 'vitest';
import { howSure } from '../../../cli/incident/how-sure.ts';
import type { EvidenceJson } from '../../../cli/incident/incident-json.ts';

const look = (stand: NonNullable<EvidenceJson['second_look']>['stand'], text: string) => ({
  second_look: { stand, text, verdict: 'gone', severity_without: 'critical' } as const,
});

describe('how far an incident can be believed', () => {
  it.each([
    [{}, /^$/],
    [{ confirmed: true, evidence: 20, threshold: 10 }, /^sure: three agents or more agree; .* 2 times the/],
    [{ confirmed: true, evidence: 1e9, threshold: 10 }, /more than 1000 times the evidence/],
    [{ confirmed: false }, /^fairly sure: fewer than three/],
    [{ confirmed: true, ...look('differs', '') }, /^fairly sure: .* another extent/],
    [{ confirmed: true, ...look('contradicts', 'gone') }, /^doubtful: .*; gone$/],
    [{ place: { share: 0.914, alternatives: [] } }, /^the place holds 91 % of all that is bad$/],
  ])('%j is said as %s', (evidence, words) => {
    expect(howSure(evidence)).toMatch(words);
  });
});
