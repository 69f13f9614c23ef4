/** A row of the roll of collectors: whole and plausible, any field replaced. */
import type { MemberRow } from '../../../collector/members/roll.ts';

export function memberRow(more: Partial<MemberRow> = {}): MemberRow {
  return {
    incarnation: 'c1-1',
    name: 'c1',
    url: 'http://127.0.0.1:7077',
    version: '0.1.0',
    state: 'active',
    beat: 1,
    startedMs: 1_700_000_000_000,
    settledBlock: 0,
    settledMs: 1_700_000_000_000,
    agents: 0,
    auth: 'off',
    ...more,
  };
}
