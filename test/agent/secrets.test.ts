import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretFrom } from '../../agent/secrets.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outrider-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a secret of the agent', () => {
  it('comes from the environment, its name in upper case', () => {
    const environment = { OUTRIDER_SECRET_EU_BUCKET: 'key:secret' };
    expect(secretFrom(environment, 'eu-bucket')).toBe('key:secret');
    expect(secretFrom(environment, 'EU_bucket')).toBe('key:secret');
  });

  it('comes from the credentials of the service manager otherwise, without the end of the line', () => {
    writeFileSync(join(directory, 'eu-bucket'), 'key:secret\n');
    expect(secretFrom({ CREDENTIALS_DIRECTORY: directory }, 'eu-bucket')).toBe('key:secret');
  });

  it('is that of the environment where both are there', () => {
    writeFileSync(join(directory, 'a'), 'of the file');
    const environment = { OUTRIDER_SECRET_A: 'of the environment', CREDENTIALS_DIRECTORY: directory };
    expect(secretFrom(environment, 'a')).toBe('of the environment');
  });

  it('is the one of now, when a file was replaced', () => {
    const environment = { CREDENTIALS_DIRECTORY: directory };
    writeFileSync(join(directory, 'a'), 'old');
    expect(secretFrom(environment, 'a')).toBe('old');
    writeFileSync(join(directory, 'a'), 'new');
    expect(secretFrom(environment, 'a')).toBe('new');
  });

  it('is absent when nobody set it', () => {
    expect(secretFrom({}, 'a')).toBeUndefined();
    expect(secretFrom({ CREDENTIALS_DIRECTORY: directory }, 'a')).toBeUndefined();
  });

  it('that is there and cannot be read is not taken for absent', () => {
    mkdirSync(join(directory, 'a'));
    expect(() => secretFrom({ CREDENTIALS_DIRECTORY: directory }, 'a')).toThrow(
      /^the secret a cannot be read: EISDIR/,
    );
    expect(secretFrom({ CREDENTIALS_DIRECTORY: join(directory, 'nowhere') }, 'a')).toBeUndefined();
  });

  it.each(['../a', 'a/b', '.', '..', '', '/etc/hostname', 'a\0b', 'x'.repeat(65)])(
    'is never read from outside the directory: %j',
    (name) => {
      writeFileSync(join(directory, 'a'), 'not for probes');
      const inner = join(directory, 'inner');
      mkdirSync(inner);
      expect(secretFrom({ CREDENTIALS_DIRECTORY: inner }, name)).toBeUndefined();
    },
  );
});
