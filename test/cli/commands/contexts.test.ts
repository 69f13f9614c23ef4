/** The real command against collectors that note who asked them, and as whom. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { type Finished, start } from '../../support/outrider.ts';

const SLOW = 180_000;
const servers: Server[] = [];
let folder: string;
let file: string;
let tokenFile: string;
let token: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-contexts-'));
  file = join(folder, 'outrider', 'contexts.yaml');
  tokenFile = join(folder, 'token');
  token = newToken('viewer');
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** A collector that answers `status`, and the tokens that it was shown, '' for none. */
async function collector(status = 200): Promise<{ readonly url: string; readonly shown: string[] }> {
  const shown: string[] = [];
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization?.replace('Bearer ', '') ?? '');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        status === 200 ? { data: [], pagination: { limit: 1, next: null } } : { error: { message: 'no' } },
      ),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown };
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const none = { OUTRIDER_COLLECTOR: '', OUTRIDER_CONTEXT: '', OUTRIDER_TOKEN: '', OUTRIDER_TOKEN_FILE: '' };
  return start(args, { ...none, OUTRIDER_CA: '', XDG_CONFIG_HOME: folder, ...env }).finished;
}
const contexts = (...args: string[]): Promise<Finished> => run(['contexts', ...args]);

describe('contexts', () => {
  it(
    'are added, used, listed and removed, in a file that only its owner may read',
    async () => {
      const [prod, lab] = [await collector(), await collector()];
      expect((await contexts('add', 'prod', '--collector', prod.url, '--token-file', tokenFile)).code).toBe(
        0,
      );
      expect((await contexts('add', 'lab', '--collector', lab.url)).code).toBe(0);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const used = await contexts('use', 'prod');
      expect([used.code, used.stderr]).toEqual([0, `prod is current: commands ask ${prod.url}\n`]);
      const { stdout } = await contexts('list', '-o', 'json');
      expect(JSON.parse(stdout).data).toEqual([
        { name: 'prod', current: true, collector: prod.url, token: 'file', token_file: tokenFile, ca: null },
        { name: 'lab', current: false, collector: lab.url, token: 'none', token_file: null, ca: null },
      ]);
      expect((await run(['agents', 'list'])).code).toBe(0);
      expect((await run(['agents', 'list', '--context', 'lab'])).code).toBe(0);
      expect((await run(['agents', 'list'], { OUTRIDER_CONTEXT: 'lab' })).code).toBe(0);
      expect([prod.shown, lab.shown]).toEqual([[token], ['', '']]);
      const removed = await contexts('remove', 'prod', '--yes');
      expect(removed.stderr).toContain('commands that name none ask http://127.0.0.1:7077 now');
      expect((await contexts('list')).stdout).not.toContain('prod');
      expect(existsSync(tokenFile)).toBe(true);
    },
    SLOW,
  );

  it(
    'show their token to no other collector: --collector wins, and says so',
    async () => {
      const [prod, other] = [await collector(), await collector()];
      await contexts('add', 'prod', '--collector', prod.url, '--token-file', tokenFile, '--use');
      const both = await run(['agents', 'list', '--context', 'prod', '--collector', other.url]);
      expect([both.code, both.stderr]).toEqual([
        0,
        expect.stringContaining('--collector is asked, and nothing of the context prod is used'),
      ]);
      await run(['agents', 'list'], { OUTRIDER_COLLECTOR: other.url });
      expect([prod.shown, other.shown]).toEqual([[], ['', '']]);
    },
    SLOW,
  );

  it(
    'that are added at the same moment are all kept',
    async () => {
      const names = ['one', 'two', 'three', 'four'];
      const added = names.map((name) => contexts('add', name, '--collector', `https://${name}.example`));
      expect((await Promise.all(added)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      const { data } = JSON.parse((await contexts('list', '-o', 'json')).stdout) as {
        data: { name: string }[];
      };
      expect(data.map(({ name }) => name).sort()).toEqual(names.sort());
    },
    SLOW,
  );

  it(
    'take a token out of a pipe and print it nowhere',
    async () => {
      const prod = await collector();
      const added = await piped([
        'contexts',
        'add',
        'prod',
        '--collector',
        prod.url,
        '--token-stdin',
        '--use',
      ]);
      expect(added.code).toBe(0);
      expect(readFileSync(file, 'utf8')).toContain(token);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const shown = [added, await contexts('list'), await contexts('list', '-o', 'json')];
      shown.push(await run(['agents', 'list']), await contexts('remove', 'prod', '--yes'));
      for (const { code, stderr, stdout } of shown) {
        expect(code).toBe(0);
        expect(stdout + stderr).not.toContain(token);
      }
      expect(prod.shown).toEqual([token]);
      expect(readFileSync(file, 'utf8')).not.toContain(token);
    },
    SLOW,
  );

  it(
    'are refused with 75 where there is one, 64 where there is none, 65 for a broken file, 77 for a token that is none or would go in the clear',
    async () => {
      expect((await contexts('add', 'prod', '--collector', 'https://prod.example')).code).toBe(0);
      const cases: readonly (readonly [number, RegExp, readonly string[]])[] = [
        [EXIT.conflict, /there is a context prod already/, ['add', 'prod', '--collector', 'https://x']],
        [EXIT.ok, /prod is kept/, ['add', 'prod', '--collector', 'https://x', '--replace']],
        [EXIT.usage, /no http or https|not an http/, ['add', 'lab', '--collector', 'lab']],
        [EXIT.usage, /can be no name/, ['add', 'a b', '--collector', 'https://x']],
        [EXIT.usage, /did you mean prod/, ['use', 'prd']],
        [EXIT.usage, /did you mean prod/, ['remove', 'prd']],
        [
          EXIT.auth,
          /\/dev\/null \(--token-file\) is empty/,
          ['add', 'lab', '--collector', 'https://x', '--token-file', '/dev/null'],
        ],
        [
          EXIT.auth,
          /in the clear/,
          ['add', 'lab', '--collector', 'http://192.0.2.1:7077', '--token-file', tokenFile],
        ],
        [EXIT.badConfig, /--ca/, ['add', 'lab', '--collector', 'https://x', '--ca', tokenFile]],
      ];
      for (const [exit, why, args] of cases) {
        const { code, stderr } = await contexts(...args);
        expect([args, code, stderr]).toEqual([args, exit, expect.stringMatching(why)]);
      }
      writeFileSync(file, 'version: 1\ncontext: {}\n');
      const { code, stderr } = await run(['agents', 'list']);
      expect([code, stderr]).toEqual([EXIT.badConfig, expect.stringContaining('did you mean contexts?')]);
    },
    SLOW,
  );
});

describe('an error', () => {
  it(
    'says which context was asked, who chose it, and with whose token',
    async () => {
      const refusing = await collector(401);
      await contexts('add', 'prod', '--collector', refusing.url, '--token-file', tokenFile, '--use');
      const denied = await run(['agents', 'list']);
      expect([denied.code, denied.stderr]).toEqual([
        EXIT.auth,
        expect.stringContaining(`${refusing.url} of context prod (current) was asked with its token_file`),
      ]);
      const bare = await run(['agents', 'list', '--collector', refusing.url]);
      expect(bare.stderr).toContain('was asked without a token');
      await contexts('add', 'gone', '--collector', 'http://127.0.0.1:1');
      const gone = await run(['agents', 'list'], { OUTRIDER_CONTEXT: 'gone' });
      expect([gone.code, gone.stderr]).toEqual([
        EXIT.unreachable,
        expect.stringContaining('the address is of context gone (OUTRIDER_CONTEXT)'),
      ]);
      expect(denied.stderr + gone.stderr).not.toContain(token);
    },
    SLOW,
  );
});

/** With the token on stdin. */
const piped = (args: readonly string[]): Promise<Finished> =>
  start(args, { XDG_CONFIG_HOME: folder }, undefined, `${token}\n`).finished;
