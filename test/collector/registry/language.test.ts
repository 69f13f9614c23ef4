import { describe, expect, it } from 'vitest';
import { languageSchema } from '../../../collector/registry/language.ts';
import { SPEC_LIMITS } from '../../../probes/spec.ts';

const takes = (more: object): boolean => languageSchema.safeParse({ version: 1, ...more }).success;
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('the language of files', () => {
  it('takes as many regions as SPEC_LIMITS.regions says, and as many groups as SPEC_LIMITS.agentGroups', () => {
    const regions = (count: number) => ({ regions: many(count, (i) => ({ name: `r${i}` })) });
    const groups = (count: number) => ({
      agent_groups: many(count, (i) => ({ name: `g${i}`, agents: 'eu-west' })),
    });
    expect(takes(regions(SPEC_LIMITS.regions.value))).toBe(true);
    expect(takes(regions(SPEC_LIMITS.regions.value + 1))).toBe(false);
    expect(takes(groups(SPEC_LIMITS.agentGroups.value))).toBe(true);
    expect(takes(groups(SPEC_LIMITS.agentGroups.value + 1))).toBe(false);
  });

  it('has no receivers: those are of whoever runs the collector', () => {
    expect(takes({ receivers: [{ name: 'phone', type: 'slack', url: { file: '/etc/passwd' } }] })).toBe(
      false,
    );
  });
});
