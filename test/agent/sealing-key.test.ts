import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SEALING_KEY_FILE, sealingKey } from '../../agent/sealing-key.ts';
import { publicKeyText } from '../../protocol/sealed-secret.ts';
import { temporaryFolder } from './fixtures.ts';

describe('the sealing key', () => {
  it('is made once, for the owner of the process alone to read', () => {
    const folder = join(temporaryFolder(), 'not-there-yet');
    const first = publicKeyText(sealingKey(folder));
    const file = join(folder, SEALING_KEY_FILE);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(publicKeyText(sealingKey(folder))).toBe(first);
    expect(readFileSync(file, 'utf8')).toContain('PRIVATE KEY');
  });

  it('is another one for each agent', () => {
    expect(publicKeyText(sealingKey(temporaryFolder()))).not.toBe(
      publicKeyText(sealingKey(temporaryFolder())),
    );
  });

  it('that is broken is not replaced: what was sealed to it would be lost', () => {
    const folder = temporaryFolder();
    const file = join(folder, SEALING_KEY_FILE);
    writeFileSync(file, 'broken');
    expect(() => sealingKey(folder)).toThrow();
    expect(readFileSync(file, 'utf8')).toBe('broken');
  });
});
