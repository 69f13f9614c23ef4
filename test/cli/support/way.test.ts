import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { contextsPath, writeContexts } from '../../../cli/support/contexts-file.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { chooseWay, DEFAULT_COLLECTOR } from '../../../cli/support/way.ts';
import { newToken } from '../../../collector/access/token-text.ts';

const token = { flag: newToken('viewer'), env: newToken('viewer'), prod: newToken('viewer') };
let env: { XDG_CONFIG_HOME: string } & Record<string, string>;
let tokenFile: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-way-'));
  env = { XDG_CONFIG_HOME: folder };
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token.flag, { mode: 0o600 });
  writeContexts(contextsPath(env), {
    version: 1,
    current: 'prod',
    contexts: {
      prod: { collector: 'https://prod.example', token: token.prod, ca: '/ca.pem' },
      bare: { collector: 'https://bare.example' },
      filed: { collector: 'https://filed.example', token_file: tokenFile },
    },
  });
});
afterEach(() => rmSync(env.XDG_CONFIG_HOME, { recursive: true, force: true }));

const errorOf = (work: () => unknown): CliError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a CliError');
};

describe('the collector of a command', () => {
  it('is the first that is named: --collector, --context, a variable, the current context, this machine', () => {
    const all = {
      ...env,
      OUTRIDER_COLLECTOR: 'https://variable.example',
      OUTRIDER_CONTEXT: 'bare',
    };
    const collectorOf = (...[flags, variables]: Parameters<typeof chooseWay>): [string, string] => {
      const { collector, origin } = chooseWay(flags, variables);
      return [collector, origin];
    };
    expect(collectorOf({ collector: 'https://flag.example', context: 'bare' }, all)).toEqual([
      'https://flag.example',
      '--collector',
    ]);
    expect(collectorOf({ context: 'filed' }, all)).toEqual([
      'https://filed.example',
      'context filed (--context)',
    ]);
    expect(collectorOf({}, all)).toEqual(['https://variable.example', 'OUTRIDER_COLLECTOR']);
    expect(collectorOf({}, { OUTRIDER_COLLECTOR: 'https://a.example, https://b.example' })).toEqual([
      'https://a.example',
      'OUTRIDER_COLLECTOR',
    ]);
    expect(collectorOf({}, { ...env, OUTRIDER_CONTEXT: 'bare' })).toEqual([
      'https://bare.example',
      'context bare (OUTRIDER_CONTEXT)',
    ]);
    expect(collectorOf({}, { ...env, OUTRIDER_COLLECTOR: '', OUTRIDER_CONTEXT: '' })).toEqual([
      'https://prod.example',
      'context prod (current)',
    ]);
    expect(collectorOf({}, { XDG_CONFIG_HOME: join(env.XDG_CONFIG_HOME, 'empty') })).toEqual([
      DEFAULT_COLLECTOR,
      '',
    ]);
  });

  it('that is named by a word that is no address is a mistake of whoever named it', () => {
    const flag = errorOf(() => chooseWay({ collector: 'prod' }, env));
    expect([flag.exit, flag.message]).toEqual([EXIT.usage, '--collector prod is not an http or https URL']);
    const variable = errorOf(() => chooseWay({}, { ...env, OUTRIDER_COLLECTOR: 'ftp://x' }));
    expect([variable.exit, variable.message]).toEqual([
      EXIT.usage,
      'OUTRIDER_COLLECTOR ftp://x is not an http or https URL',
    ]);
  });

  it('that is named by a context that there is not is a mistake that says which, who named it, and the nearest', () => {
    const flag = errorOf(() => chooseWay({ context: 'prodd' }, env));
    expect([flag.exit, flag.message]).toEqual([EXIT.usage, 'there is no context prodd; did you mean prod?']);
    expect(flag.why).toContain('--context names it');
    const variable = errorOf(() => chooseWay({}, { ...env, OUTRIDER_CONTEXT: '__proto__' }));
    expect([variable.exit, variable.why]).toEqual([
      EXIT.usage,
      expect.stringContaining('OUTRIDER_CONTEXT names it'),
    ]);
  });

  it('needs no contexts where it is named itself, however broken their file is', () => {
    writeFileSync(contextsPath(env), '{');
    expect(chooseWay({ collector: 'https://flag.example' }, env).collector).toBe('https://flag.example');
    expect(chooseWay({}, { ...env, OUTRIDER_COLLECTOR: 'https://x.example' }).collector).toBe(
      'https://x.example',
    );
    expect(errorOf(() => chooseWay({}, env)).exit).toBe(EXIT.badConfig);
  });
});

describe('the token of a command', () => {
  it('is that of --token-file, of a context that is asked for, of a variable, of another context; else there is none', () => {
    const variables = { ...env, OUTRIDER_TOKEN: token.env };
    const tokenOf = (...[flags, given]: Parameters<typeof chooseWay>) => chooseWay(flags, given).token;
    expect(tokenOf({ context: 'prod', tokenFile }, variables)).toEqual({
      text: token.flag,
      origin: '--token-file',
    });
    expect(tokenOf({ context: 'prod' }, variables)).toEqual({
      text: token.prod,
      origin: 'token of context prod (--context)',
    });
    expect(tokenOf({ context: 'bare' }, variables)?.origin).toBe('OUTRIDER_TOKEN');
    expect(tokenOf({}, variables)?.origin).toBe('OUTRIDER_TOKEN');
    expect(tokenOf({}, { ...variables, OUTRIDER_TOKEN_FILE: tokenFile })?.origin).toBe('OUTRIDER_TOKEN_FILE');
    expect(tokenOf({}, { ...env, OUTRIDER_CONTEXT: 'filed' })).toEqual({
      text: token.flag,
      origin: 'token_file of context filed (OUTRIDER_CONTEXT)',
    });
    expect(tokenOf({}, { ...env, OUTRIDER_CONTEXT: 'bare', OUTRIDER_TOKEN: ' ' })).toBeUndefined();
  });

  it('of a context goes to the collector of that context alone, as do its authorities', () => {
    expect(chooseWay({}, env)).toMatchObject({
      token: { text: token.prod },
      authorities: [{ origin: 'ca of context prod (current)', file: '/ca.pem' }],
    });
    const elsewhere = [
      chooseWay({ collector: 'https://evil.example' }, env),
      chooseWay({ collector: 'https://evil.example', context: 'prod' }, env),
      chooseWay({}, { ...env, OUTRIDER_COLLECTOR: 'https://evil.example', OUTRIDER_CONTEXT: 'prod' }),
    ];
    for (const way of elsewhere) expect([way.token, way.authorities]).toEqual([undefined, []]);
    expect(chooseWay({}, { ...env, OUTRIDER_CA: '/other.pem' }).authorities).toHaveLength(2);
  });
});

it('a home without XDG_CONFIG_HOME, or with one that is relative, has its contexts in .config', () => {
  for (const given of [{}, { XDG_CONFIG_HOME: '' }, { XDG_CONFIG_HOME: 'config' }])
    expect(contextsPath({ HOME: '/home/mara', ...given })).toBe('/home/mara/.config/outrider/contexts.yaml');
  mkdirSync(dirname(contextsPath(env)), { recursive: true });
  expect(contextsPath(env)).toBe(join(env.XDG_CONFIG_HOME, 'outrider', 'contexts.yaml'));
});
