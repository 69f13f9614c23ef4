/** Contexts as they are after a mistake by hand: the doctor says so, and looks at the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextsPath, writeContexts } from '../../../cli/support/contexts-file.ts';
import { doctor, look } from './look.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-doctor-contexts-'));
  path = contextsPath({ XDG_CONFIG_HOME: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const found = () => look('contexts', { env: { XDG_CONFIG_HOME: folder } });
const prod = { collector: 'https://prod.example' };

describe('the doctor, of contexts', () => {
  it('says which is current, and that there are none', async () => {
    expect(await found()).toMatchObject({ state: 'ok', finding: 'No collector has a name here.' });
    writeContexts(path, { version: 1, contexts: { prod } });
    expect(await found()).toMatchObject({ state: 'ok', finding: '1 context, none current.' });
    writeContexts(path, { version: 1, current: 'prod', contexts: { prod, lab: { ...prod } } });
    expect(await found()).toMatchObject({
      state: 'ok',
      finding: '2 contexts; prod is current: https://prod.example.',
    });
  });

  it('finds one current that is not there', async () => {
    writeContexts(path, { version: 1, current: 'prd', contexts: { prod } });
    expect(await found()).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/^There is no context prd; did you mean prod\?: /),
    });
  });

  it('finds a broken file, and looks at everything else', async () => {
    writeContexts(path, { version: 1, contexts: { prod } });
    writeFileSync(path, 'version: 1\ncurent: prod\n');
    const { code, findings } = await doctor([], { XDG_CONFIG_HOME: folder, OUTRIDER_COLLECTOR: '' });
    expect(code).toBe(1);
    expect(findings.get('contexts')).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/:2:1: unknown key "curent"; did you mean current\?$/),
      hint: expect.stringContaining('mend the file'),
    });
    expect(findings.get('node')).toMatchObject({ state: 'ok' });
    expect(findings.get('collector')?.finding).toContain('http://127.0.0.1:7077');
  }, 120_000);
});
