import { describe, expect, it } from 'vitest';
import {
  CONFIRM_ROLES,
  CONFIRM_VERDICTS,
  type ConfirmVerdict,
  concludeFrom,
} from '../../../collector/detect/confirmation.ts';

/** A letter an answer, by role: `r` raised, `w` well, `-` no say. */
const CASES: readonly (readonly [same: string, siblings: string, neighbours: string, ConfirmVerdict])[] = [
  ['r', 'rr', 'ww', 'region'],
  ['r', 'r-', 'w-', 'region'],
  ['r', 'rr', 'rw', 'region'],
  ['r', 'rr', 'rr', 'wider'],
  ['r', 'rr', 'r-', 'wider'],
  ['r', '', 'r', 'wider'],
  ['r', 'rr', '', 'here'],
  ['r', 'rr', '--', 'here'],
  ['r', '', 'ww', 'here'],
  ['r', '--', 'ww', 'here'],
  ['r', 'ww', 'ww', 'agent'],
  ['r', 'w', '', 'agent'],
  ['r', 'ww', 'rr', 'agent'],
  ['w', 'rw', 'ww', 'mixed'],
  ['w', 'r', 'ww', 'mixed'],
  ['r', 'rw', 'ww', 'region'],
  ['-', 'rr', 'ww', 'region'],
  ['w', 'ww', 'ww', 'gone'],
  ['w', '', '', 'gone'],
  ['-', 'ww', 'rr', 'gone'],
  ['-', '--', 'rr', 'unclear'],
  ['', '', 'ww', 'unclear'],
  ['-', '', '', 'unclear'],
];

describe('what second looks say together', () => {
  it.each(CASES)('same %j, siblings %j, neighbours %j: %s', (same, siblings, neighbours, verdict) => {
    const answers = [same, siblings, neighbours].flatMap((letters, i) =>
      [...letters].map((letter) => ({
        role: CONFIRM_ROLES[i] ?? 'same',
        raised: letter === '-' ? null : letter === 'r',
      })),
    );
    expect(concludeFrom(answers)).toBe(verdict);
  });

  it('has every verdict in that table', () => {
    expect(new Set(CASES.map(([, , , verdict]) => verdict))).toEqual(new Set(CONFIRM_VERDICTS));
  });
});
