import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { checkWay, readToken } from '../../../cli/support/token.ts';
import { newToken } from '../../../collector/access/token-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-token-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (text: string): string => {
  const file = join(folder, 'token');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const errorOf = (work: () => unknown): CliError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a CliError');
};

describe('the token of the command line', () => {
  it('is what a file or a variable has, without blanks around it', () => {
    const token = newToken('viewer');
    expect(readToken({ origin: '--token-file', file: fileOf(`${token}\n`) })).toBe(token);
    expect(readToken({ origin: 'OUTRIDER_TOKEN', text: ` ${token}\n` })).toBe(token);
  });

  it('that is none is not sent, and not repeated; who named it is said', () => {
    const secret = newToken('admin').slice(0, -3);
    const origin = 'token_file of context production (--context)';
    for (const error of [
      errorOf(() => readToken({ origin, text: secret })),
      errorOf(() => readToken({ origin, file: fileOf(secret) })),
      errorOf(() => readToken({ origin, file: fileOf('') })),
      errorOf(() => readToken({ origin, file: join(folder, 'nowhere') })),
    ]) {
      expect(error.exit).toBe(EXIT.auth);
      expect(error.message).toContain(origin);
      expect(`${error.message} ${error.why} ${error.hint} ${error.stack}`).not.toContain(secret.slice(5));
    }
  });

  it.each([
    ['https://collector.example', true],
    ['http://127.0.0.1:7077', true],
    ['http://[::1]:7077', true],
    ['http://localhost:7077', true],
    ['http://collector.example', false],
    ['http://10.0.0.1:7077', false],
    ['http://127.0.0.1.example', false],
  ])('goes to %s: %s', (url, goes) => {
    if (goes) expect(() => checkWay(new URL(url))).not.toThrow();
    else expect(errorOf(() => checkWay(new URL(url))).exit).toBe(EXIT.auth);
  });
});
