import { describe, expect, it } from 'vitest';
import { type BlameFault, FAULTS, SCENES } from './blame-faults.ts';
import {
  blameRows,
  confusionMatrix,
  faultTable,
  givenBlame,
  type StoredRow,
  verdictOf,
} from './blame-score.ts';

const WELL: StoredRow = {
  ...{ probe: 'a', outcome: 'ok', layer: '', blame: '', code: '', message: '', missed_reason: '' },
  ...{ disturbed: 0, rule: '', control: '', disturbed_by: '' },
};
const REFUSED: StoredRow = { ...WELL, outcome: 'fail', layer: 'connect', code: 'refused', blame: 'target' };
const MISSED: StoredRow = { ...WELL, outcome: 'missed', missed_reason: 'agent_down' };

const fault = (right: BlameFault['right']): BlameFault => ({
  ...{ name: 'a', scene: 'calm', url: 'http://a.test/' },
  right,
});
const refused = fault({ blame: 'target', layer: 'connect', codes: ['refused'] });

describe('the faults', () => {
  it('are at least 20, each by a name of its own, in every scene', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    expect(new Set(FAULTS.map(({ scene }) => scene))).toEqual(new Set(SCENES));
  });
});

describe('givenBlame', () => {
  it('takes what the agent did not do, and what it disturbed, for its own', () => {
    expect(givenBlame(REFUSED)).toBe('target');
    expect(givenBlame(MISSED)).toBe('agent');
    expect(givenBlame(WELL)).toBe('none');
    expect(givenBlame({ ...WELL, disturbed: 1 })).toBe('agent');
  });
});

describe('verdictOf', () => {
  const marks = (of: BlameFault, stored: StoredRow) => {
    const { isBlameRight, isDisturbedRight, isLayerRight } = verdictOf(of, stored);
    return [isBlameRight, isLayerRight, isDisturbedRight];
  };

  it('holds blame, layer and code against the table, each by itself', () => {
    expect(marks(refused, REFUSED)).toEqual([true, true, true]);
    expect(marks(refused, { ...REFUSED, blame: 'network' })).toEqual([false, true, true]);
    expect(marks(refused, { ...REFUSED, layer: 'tls' })).toEqual([true, false, true]);
    expect(marks(refused, { ...REFUSED, code: 'reset' })).toEqual([true, false, true]);
    expect(marks(refused, WELL)[0]).toBe(false);
  });

  it('wants every run that the agent harmed itself marked as such, or not made at all', () => {
    const frozen = fault({ blame: 'agent', isDisturbed: true });
    expect(marks(frozen, { ...WELL, disturbed: 1 })).toEqual([true, true, true]);
    expect(marks(frozen, MISSED)).toEqual([true, true, true]);
    expect(marks(frozen, { ...REFUSED, blame: 'agent' })).toEqual([true, true, false]);
    expect(marks(frozen, WELL)).toEqual([false, true, false]);
  });

  it('wants the reason for a slot that has no run', () => {
    const killed = fault({ blame: 'agent', missed: 'agent_down' });
    expect(marks(killed, MISSED)).toEqual([true, true, true]);
    expect(marks(killed, { ...MISSED, missed_reason: 'lost' })).toEqual([true, false, true]);
  });

  it('takes a run that was well for that, though the machine was busy', () => {
    expect(marks(fault({ blame: 'none' }), { ...WELL, disturbed: 1 })).toEqual([true, true, true]);
    expect(marks(fault({ blame: 'none' }), REFUSED)[0]).toBe(false);
  });
});

describe('what is printed', () => {
  const verdicts = [REFUSED, { ...REFUSED, blame: 'network', rule: 'others_too' }].map((stored) =>
    verdictOf(refused, stored),
  );

  it('has a line for each expected blame, and a line for each answer with what is wrong in it', () => {
    expect(confusionMatrix(verdicts)).toMatch(/^target +1 +1 +0 +0 +0$/m);
    expect(faultTable(verdicts)).toMatch(/^a +target +connect refused network \(others_too\) +1 +blame$/m);
  });

  it('counts what is right, and says when a fault came out too seldom', () => {
    const rows = blameRows([refused], verdicts, 5);
    expect(rows.find(({ metric }) => metric === 'blame_right')).toMatchObject({ value: 1, holds: false });
    expect(rows.find(({ metric }) => metric === 'layer_right')).toMatchObject({ value: 2, holds: true });
    expect(rows.find(({ metric }) => metric === 'blame_runs_fewest')).toMatchObject({ holds: false });
  });
});
