import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealingKey } from '../../../agent/sealing-key.ts';
import { newSealingKey, open, publicKeyText } from '../../../protocol/sealed-secret.ts';
import { temporaryFolder } from '../../agent/fixtures.ts';
import { outrider } from '../../support/outrider.ts';

describe('secrets key', () => {
  it('prints the key of the agent of a data directory, the same each time', async () => {
    const folder = temporaryFolder();
    const first = await outrider('secrets', 'key', '--data-dir', folder);
    const second = await outrider('secrets', 'key', '--data-dir', folder);
    expect(first.code).toBe(0);
    expect(first.stdout.trim()).toBe(publicKeyText(sealingKey(folder)));
    expect(second.stdout).toBe(first.stdout);
  });
});

describe('secrets key, where no agent is', () => {
  it('makes nothing, and ends at once', async () => {
    // The second is one in which a directory can never be made.
    for (const folder of [join(temporaryFolder(), 'typo'), '/proc/nothing']) {
      const { code, stdout, stderr } = await outrider('secrets', 'key', '--data-dir', folder);
      expect([code, stdout]).toEqual([65, '']);
      expect(stderr).toContain(`there is no directory ${folder}`);
      expect(existsSync(folder)).toBe(false);
    }
  });
});

describe('secrets seal', () => {
  it('seals the content of a file to each key, without its last line feed', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'token.txt');
    writeFileSync(file, 'hunter2\n');
    const keys = [newSealingKey(), newSealingKey()];
    const to = keys.flatMap((key) => ['--to', publicKeyText(key)]);
    const { code, stdout } = await outrider('secrets', 'seal', 'api-key', ...to, '--file', file);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    const opened = keys.map((key, index) => open('api-key', lines[index] ?? '', key));
    expect(opened).toEqual(['hunter2', 'hunter2']);
  });

  it('refuses a key that is none, and an empty secret, without showing any', async () => {
    const file = join(temporaryFolder(), 'token.txt');
    writeFileSync(file, 'hunter2');
    const wrong = await outrider('secrets', 'seal', 'a', '--to', 'ssh-ed25519', '--file', file);
    expect(wrong.code).toBe(64);
    expect(wrong.stderr).toMatch(/no key of an agent[\s\S]*secrets key/);
    expect(wrong.stderr + wrong.stdout).not.toContain('hunter2');
    writeFileSync(file, '\n');
    const empty = await outrider(
      'secrets',
      'seal',
      'a',
      '--to',
      publicKeyText(newSealingKey()),
      '--file',
      file,
    );
    expect(empty.code).toBe(64);
    expect(empty.stderr).toContain('this one 0');
  });

  it('refuses a file that is not there', async () => {
    const missing = join(temporaryFolder(), 'none');
    const { code, stderr } = await outrider(
      'secrets',
      'seal',
      'a',
      '--to',
      publicKeyText(newSealingKey()),
      '--file',
      missing,
    );
    expect(code).toBe(64);
    expect(stderr).toContain('cannot be read');
  });
});
