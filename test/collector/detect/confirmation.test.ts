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

  /** Of the region: who saw it first, then siblings, each with its network. */
  it.each([
    ['its own network does, another does not', 'r:A', ['r:A', 'w:B'], 'network'],
    ['two of its own network do, two others do not', 'r:A', ['r:A', 'w:B', 'w:C'], 'network'],
    ['another network does too', 'r:A', ['r:A', 'r:B'], 'region'],
    ['its own network does not', 'r:A', ['w:A', 'w:B'], 'agent'],
    ['its own network does not, another does', 'r:A', ['w:A', 'r:B'], 'region'],
    ['nobody on another network could say', 'r:A', ['r:A', '-:B'], 'region'],
    ['nobody else on its own network could say', 'r:A', ['-:A', 'w:B'], 'agent'],
    ['its network is not known', 'r:', ['r:', 'w:B'], 'region'],
    ['the network of another is not known', 'r:A', ['r:A', 'w:'], 'region'],
    ['half of its own network does', 'r:A', ['w:A', 'w:B'], 'agent'],
    ['it does not see it itself any more', 'w:A', ['r:A', 'w:B'], 'mixed'],
  ] as const)('of networks, where %s: %s with %j is %s', (_, same, siblings, verdict) => {
    const answer = (text: string, role: (typeof CONFIRM_ROLES)[number]) => {
      const [letter, network = ''] = text.split(':');
      return { role, network, raised: letter === '-' ? null : letter === 'r' };
    };
    const answers = [
      answer(same, 'same'),
      ...siblings.map((text) => answer(text, 'sibling')),
      answer('w:A', 'neighbour'),
    ];
    expect(concludeFrom(answers)).toBe(verdict);
  });

  it('has every verdict in one of these tables, but that of telling places apart', () => {
    const seen = [...CASES.map(([, , , verdict]) => verdict), 'network', 'told'];
    expect(new Set(seen)).toEqual(new Set(CONFIRM_VERDICTS));
  });
});
