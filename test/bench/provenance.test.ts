import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checkedOutCommit, thisMachine } from './provenance.ts';

describe('where figures come from', () => {
  it('is unknown outside of a checkout', () => {
    expect(checkedOutCommit(tmpdir())).toBe('unknown');
  });

  it('is a machine of which everything is known', () => {
    const machine = thisMachine();
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(machine.memory_gb).toBeGreaterThanOrEqual(1);
    expect(machine.cpu).not.toBe('');
  });
});
