import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentConfigError } from '../../agent/config.ts';
import { authoritiesOf } from '../../agent/dial.ts';
import { makeAuthority } from '../probes/net/certificates.ts';
import { temporaryFolder } from './fixtures.ts';

describe('the authorities that collectors are trusted by', () => {
  it('are read at each call, and the last that could be stay', () => {
    const file = join(temporaryFolder(), 'ca.pem');
    const [first, second] = [makeAuthority('first').cert, makeAuthority('second').cert];
    writeFileSync(file, first);
    const authorities = authoritiesOf(file);
    expect(authorities()).toBe(first);
    writeFileSync(file, second);
    expect(authorities()).toBe(second);
    rmSync(file);
    expect(authorities()).toBe(second);
  });

  it('are the usual ones where no file is named', () => {
    expect(authoritiesOf(undefined)()).toBeUndefined();
  });

  it('that are not there, or none, keep an agent from starting', () => {
    const file = join(temporaryFolder(), 'ca.pem');
    expect(() => authoritiesOf(file)).toThrow(AgentConfigError);
    writeFileSync(file, 'no certificate');
    expect(() => authoritiesOf(file)).toThrow(/no certificate in/);
  });
});
