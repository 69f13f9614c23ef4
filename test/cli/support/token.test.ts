import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { checkWay, tokenFrom } from '../../../cli/support/token.ts';
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
  it('comes from the file that is named, else from a variable, else there is none', () => {
    const [one, other] = [newToken('viewer'), newToken('viewer')];
    const file = fileOf(`${one}\n`);
    expect(tokenFrom({ env: { OUTRIDER_TOKEN: other }, file })).toBe(one);
    expect(tokenFrom({ env: { OUTRIDER_TOKEN: other, OUTRIDER_TOKEN_FILE: file } })).toBe(one);
    expect(tokenFrom({ env: { OUTRIDER_TOKEN: ` ${other}\n` } })).toBe(other);
    expect(tokenFrom({ env: { OUTRIDER_TOKEN: '' } })).toBeUndefined();
    expect(tokenFrom({ env: {} })).toBeUndefined();
  });

  it('that is none is not sent, and not repeated', () => {
    const secret = newToken('admin').slice(0, -3);
    for (const error of [
      errorOf(() => tokenFrom({ env: { OUTRIDER_TOKEN: secret } })),
      errorOf(() => tokenFrom({ env: {}, file: fileOf(secret) })),
      errorOf(() => tokenFrom({ env: {}, file: fileOf('') })),
      errorOf(() => tokenFrom({ env: {}, file: join(folder, 'nowhere') })),
    ]) {
      expect(error.exit).toBe(EXIT.auth);
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
