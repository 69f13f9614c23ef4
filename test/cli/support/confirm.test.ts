import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { confirmDestruction, countOf } from '../../../cli/support/confirm.ts';
import { type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { outrider } from '../../support/outrider.ts';
import { CTRL_C, CTRL_D, onTerminal } from '../../support/typed-terminal.ts';

const SLOW = 120_000;
const scratch = mkdtempSync(join(tmpdir(), 'outrider-confirm-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const WHAT = 'the probe front-page: http of origin every 2s, run by 1 agent; its results stay';
let api: RunningApi;
beforeEach(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
});
afterEach(() => api.close());

const args = (...more: string[]) => ['probes', 'delete', 'front-page', '--collector', api.url, ...more];
const isThere = () => api.registry.probe('front-page') !== undefined;

describe('what destroys', () => {
  it('refuses where nobody can be asked, and says what it would destroy (64)', async () => {
    const { code, stderr, stdout } = await outrider(...args());
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('nothing was deleted: there is no terminal to ask on');
    expect(stderr).toContain(WHAT);
    expect(stderr).toContain('Try: add --yes');
    expect(isThere()).toBe(true);
    expect((await outrider(...args('--yes'))).code).toBe(0);
    expect(isThere()).toBe(false);
  }, 120_000);

  it(
    'asks on a terminal, names it, and does it for a yes alone',
    async () => {
      for (const keys of ['n\r', '\r', CTRL_D, 'perhaps\r']) {
        const { code, shown } = await onTerminal(args(), [[/Go on\? \[y\/N\] $/, keys]]);
        expect(shown).toContain(WHAT);
        expect(shown).toContain('nothing was deleted');
        expect(code).toBe(1);
      }
      expect(isThere()).toBe(true);
      expect((await onTerminal(args(), [[/Go on\?/, 'y\r']])).code).toBe(0);
      expect(isThere()).toBe(false);
    },
    SLOW,
  );

  it(
    'is left with 130 by Ctrl-C at the question',
    async () => {
      expect((await onTerminal(args(), [[/Go on\?/, CTRL_C]])).code).toBe(130);
      expect(isThere()).toBe(true);
    },
    SLOW,
  );

  it(
    'counts and names what --prune deletes, and applies nothing of the file before it may',
    async () => {
      const file = join(scratch, 'other.yaml');
      writeFileSync(
        file,
        'version: 1\ntargets: [{ name: other, url: https://example.net/ }]\nprobes: [{ name: new, type: http, targets: [other], every: 1m }]\n',
      );
      const apply = ['probes', 'apply', '-f', file, '--prune', '--collector', api.url];
      const { code, stderr, stdout } = await outrider(...apply);
      expect(code).toBe(64);
      expect(stdout).toContain('+ create probe new');
      expect(stderr).toMatch(
        /to be deleted, 2 in all:\n\s+target origin\n\s+probe front-page|probe front-page\n\s+target origin/,
      );
      expect(isThere()).toBe(true);
      expect(api.registry.probe('new')).toBeUndefined();
      const asked = await onTerminal(apply, [[/Go on\?/, 'yes\r']]);
      expect([asked.code, isThere(), api.registry.probe('new') !== undefined]).toEqual([0, false, true]);
    },
    SLOW,
  );
});

describe('a confirmation', () => {
  it('needs none where nothing goes', async () => {
    await confirmDestruction({ done: 'deleted', what: [] });
  });

  it('names twenty, and counts the rest', async () => {
    const what = Array.from({ length: 23 }, (_, i) => `probe p${i}`);
    await expect(confirmDestruction({ done: 'deleted', what })).rejects.toMatchObject({
      exit: 64,
      why: expect.stringMatching(/^to be deleted, 23 in all:\n(?: {2}probe p\d+\n){20} {2}… and 3 more$/),
    });
  });

  it('counts in words', () => {
    expect([countOf(1, 'agent'), countOf(0, 'agent')]).toEqual(['1 agent', '0 agents']);
  });
});
