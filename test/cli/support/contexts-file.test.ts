import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import {
  CONTEXTS_FILE_LIMITS,
  changeContexts,
  checkName,
  contextsPath,
  readContexts,
  writeContexts,
} from '../../../cli/support/contexts-file.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { newToken } from '../../../collector/access/token-text.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-contexts-'));
  path = contextsPath({ XDG_CONFIG_HOME: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const errorOf = (work: () => unknown): CliError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a CliError');
};
const broken = (text: string): CliError => {
  writeContexts(path, { version: 1, contexts: {} });
  writeFileSync(path, text);
  return errorOf(() => readContexts(path));
};
const one = { collector: 'https://prod.example' };

describe('the file of contexts', () => {
  it('is there for its owner alone, in a directory of the same kind, and replaced as a whole', () => {
    expect(readContexts(path)).toEqual({ version: 1, contexts: {} });
    const contexts = { version: 1, current: 'prod', contexts: { prod: one } } as const;
    writeContexts(path, contexts);
    expect(readContexts(path)).toEqual(contexts);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(['contexts.yaml']);
  });

  it.each([0o644, 0o660, 0o602])('is not used with mode %o: it says whom to trust', (mode) => {
    writeContexts(path, { version: 1, contexts: { prod: one } });
    chmodSync(path, mode);
    const error = errorOf(() => readContexts(path));
    expect([error.exit, error.hint]).toEqual([EXIT.badConfig, `chmod 600 ${path}`]);
  });

  it.each([
    ['version: 2\n', '1:10: version: is not 1'],
    ['version: 1\ncurent: prod\n', '2:1: unknown key "curent"; did you mean current?'],
    [
      'version: 1\ncontexts:\n  prod:\n    collector: prod.example\n',
      '4:16: contexts.prod.collector: is no http or https URL',
    ],
    [
      'version: 1\ncontexts:\n  prod:\n    collector: https://x\n    tokenfile: /x\n',
      '5:5: unknown key "tokenfile" in contexts.prod; did you mean token_file?',
    ],
    ['version: 1\ncontexts:\n  "a b":\n    collector: https://x\n', 'contexts.a b'],
    ['version: 1\ncontexts: {\n', ':3:1:'],
  ])('with a mistake names its line and column: %j', (text, expected) => {
    const error = broken(text);
    expect([error.exit, error.why]).toEqual([EXIT.badConfig, expect.stringContaining(expected)]);
  });

  it('with a mistake repeats no token that stands there', () => {
    const secret = newToken('admin');
    for (const text of [
      `version: 1\ncontexts:\n  prod:\n    collector: https://x\n    token: ${secret}\n    token_file: /x\n`,
      `version: 1\ncontexts:\n  prod:\n    collector: ${secret}\n`,
      `version: 1\ncontexts:\n  prod: ${secret}\n`,
      `version: 1\ntoken: ${secret}\n  x: [`,
      `${secret}: *nobody\n`,
      `version: 1\n${secret}: prod\n`,
      `version: 1\ncontexts:\n  ${secret}:\n    collector: x\n`,
      secret,
    ]) {
      const { exit, hint, message, stack, why } = broken(text);
      expect(exit).toBe(EXIT.badConfig);
      expect([message, why, hint, stack].join('\n')).not.toContain(secret.slice(5, 30));
    }
  });

  it('is neither read nor written past its size', () => {
    const { value } = CONTEXTS_FILE_LIMITS.bytes;
    expect(broken(`# ${'x'.repeat(value)}`).why).toContain(`more than ${value}`);
    writeContexts(path, { version: 1, contexts: { prod: one } });
    const before = readFileSync(path, 'utf8');
    const long = { collector: 'https://x', ca: `/${'x'.repeat(value)}` };
    expect(errorOf(() => writeContexts(path, { version: 1, contexts: { long } })).exit).toBe(EXIT.badConfig);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('is left as it was, and free for the next command, when a change is refused', () => {
    writeContexts(path, { version: 1, contexts: { prod: one } });
    expect(() =>
      changeContexts(path, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(readdirSync(dirname(path))).toEqual(['contexts.yaml']);
    changeContexts(path, (contexts) => ({ ...contexts, current: 'prod' }));
    expect(readContexts(path)).toEqual({ version: 1, current: 'prod', contexts: { prod: one } });
  });

  it('that a killed command holds is not changed: 75, and what is in the way', () => {
    writeContexts(path, { version: 1, contexts: {} });
    writeFileSync(`${path}.next`, '');
    const startMs = performance.now();
    const { exit, hint } = errorOf(() => writeContexts(path, { version: 1, contexts: { prod: one } }));
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(CONTEXTS_FILE_LIMITS.waitMs.value - 10);
    expect([exit, hint]).toEqual([EXIT.conflict, expect.stringContaining(`rm ${path}.next`)]);
    expect(readContexts(path).contexts).toEqual({});
  }, 20_000);

  it('that cannot be read or written is told with what helps', () => {
    writeFileSync(join(folder, 'outrider'), 'a file');
    expect(readContexts(path).contexts).toEqual({});
    const error = errorOf(() => writeContexts(path, { version: 1, contexts: {} }));
    expect([error.exit, error.hint]).toEqual([EXIT.badConfig, expect.stringContaining('XDG_CONFIG_HOME')]);
  });
});

it.each(['', 'a b', '-x', '.x', 'x'.repeat(64), 'a/b', '__proto__'])('%j can be no name', (name) => {
  expect(errorOf(() => checkName(name)).exit).toBe(EXIT.usage);
});
