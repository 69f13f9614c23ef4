/** The real command and real processes: a collector that asks, people with tokens, an agent with a key; and nobody tells a secret. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { newToken, TOKEN_PATTERN } from '../../../collector/access/token-text.ts';
import { type AuthorityFolder, makeAuthorityFolder } from '../../support/certificates.ts';
import { type Finished, type Started, start } from '../../support/outrider.ts';

const SLOW = 120_000;
let folder: string;
let authority: AuthorityFolder;
let collector: Started;
let url: string;
let bootstrapFile: string;
const agents: Started[] = [];
/** Of everything that the test has made. */
const secrets = new Set<string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-access-'));
  authority = makeAuthorityFolder();
  const { certFile, keyFile } = authority.issue('collector');
  collector = start(
    [
      'collector',
      'start',
      '--auth',
      '--port',
      '0',
      '--data-dir',
      join(folder, 'collector'),
      '--tls-cert',
      certFile,
      '--tls-key',
      keyFile,
    ],
    { OUTRIDER_LOG: 'trace' },
  );
  url = (await collector.says(/collector ready: (\S+)/))[1] ?? '';
  const made = await run(['tokens', 'bootstrap', '--data-dir', join(folder, 'collector')]);
  bootstrapFile = made.stdout.trim();
  secrets.add(readFileSync(bootstrapFile, 'utf8').trim());
  await vi.waitFor(async () => expect((await admin('tokens', 'whoami')).code).toBe(EXIT.ok), {
    timeout: 60_000,
    interval: 500,
  });
}, SLOW);
afterEach(() => {
  for (const agent of agents.splice(0)) agent.process.kill('SIGKILL');
});
afterAll(async () => {
  collector?.process.kill('SIGTERM');
  await collector?.finished;
  authority?.remove();
  rmSync(folder, { recursive: true, force: true });
}, SLOW);

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Finished> =>
  start(args, { OUTRIDER_TOKEN: '', OUTRIDER_COLLECTOR: url ?? '', OUTRIDER_CA: authority.caFile, ...env })
    .finished;
const admin = (...args: string[]): Promise<Finished> => run([...args, '--token-file', bootstrapFile]);

async function tokenOf(
  role: string,
  ...more: string[]
): Promise<{ readonly id: string; readonly token: string }> {
  const { stdout } = await admin('tokens', 'add', `test-${role}`, '--role', role, '-o', 'json', ...more);
  const made = JSON.parse(stdout) as { id: string; token: string };
  secrets.add(made.token);
  return made;
}

/** What `ps` shows to everybody: the arguments of all processes. */
const arguments_ = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

const expectNoSecret = (...texts: readonly string[]): void => {
  for (const text of texts) {
    expect(text).not.toMatch(TOKEN_PATTERN);
    for (const secret of secrets) expect(text.includes(secret)).toBe(false);
  }
};

function startAgent(id: string, more: readonly string[], env: Record<string, string> = {}): Started {
  const agent = start(
    [
      'agent',
      'start',
      '--id',
      id,
      '--region',
      'eu-west',
      '--collector',
      url,
      '--data-dir',
      join(folder, id),
      '--ca',
      authority.caFile,
      ...more,
    ],
    { OUTRIDER_LOG: 'trace', OUTRIDER_ENROL_TOKEN: '', ...env },
  );
  agents.push(agent);
  return agent;
}

describe('a collector', () => {
  it('listens on loopback alone when nothing is said', () => {
    const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
    // Local address and state of each socket; 0A is LISTEN (proc_pid_net(5)).
    const listening = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A /gm)]
        .filter(([, , local]) => local === port)
        .map(([, address]) => address),
    );
    expect(listening).toEqual(['0100007F']);
  });

  it(
    'refuses to listen elsewhere without access control, without TLS and without both, with 64, and says what lacks',
    async () => {
      const { certFile, keyFile } = authority.issue('open');
      const tls = ['--tls-cert', certFile, '--tls-key', keyFile];
      const cases: readonly (readonly [readonly string[], string])[] = [
        [[], 'there is no access control and no TLS'],
        [['--auth'], 'there is no TLS'],
        [tls, 'there is no access control'],
      ];
      for (const [args, lacks] of cases) {
        const dataDir = join(folder, 'refused');
        const to = ['--listen', '0.0.0.0', '--port', '0', '--data-dir', dataDir];
        const { code, stderr, stdout } = await run(['collector', 'start', ...to, ...args]);
        expect([code, stderr, stdout]).toEqual([EXIT.usage, expect.stringContaining(lacks), '']);
        expect(existsSync(dataDir)).toBe(false);
      }
    },
    SLOW,
  );
});

describe('people with tokens', () => {
  it(
    'may do what their role says, by a variable or a file, and exit 77 tells where they may not',
    async () => {
      const viewer = await tokenOf('viewer');
      const env = { OUTRIDER_TOKEN: viewer.token };
      expect((await run(['agents', 'list'], env)).code).toBe(EXIT.ok);
      const denied = await run(['silences', 'add', '--match', 'region=x', '--for', '1h'], env);
      expect([denied.code, denied.stderr]).toEqual([EXIT.auth, expect.stringContaining('needs operator')]);
      const file = join(folder, 'viewer-token');
      writeFileSync(file, `${viewer.token}\n`, { mode: 0o600 });
      const who = await run(['tokens', 'whoami', '--token-file', file]);
      expect([who.code, who.stdout]).toEqual([EXIT.ok, expect.stringContaining('test-viewer: viewer until')]);
      const audit = await admin('audit', 'list', '-o', 'json');
      expect(audit.stdout).toContain('"status": 403');
      expectNoSecret(denied.stderr, who.stdout, who.stderr, audit.stdout);
    },
    SLOW,
  );

  it(
    'exit with 77 without a token, and with one that is expired, revoked, forged or mistyped, which is not repeated',
    async () => {
      const [revoked, expiring] = [await tokenOf('viewer'), await tokenOf('viewer', '--expires', '1s')];
      expect((await admin('tokens', 'revoke', revoked.id, '--yes')).code).toBe(EXIT.ok);
      const forged = newToken('admin');
      secrets.add(forged);
      const cases: readonly (readonly [string, RegExp])[] = [
        ['', /wants to know who asks/],
        [revoked.token, /was revoked/],
        [expiring.token, /has expired/],
        [forged, /not known/],
        [`${forged.slice(0, 20)}x${forged.slice(21)}`, /mistyped/],
        [forged.slice(0, 30), /is no token/],
      ];
      for (const [token, why] of cases) {
        const { code, stderr, stdout } = await run(['agents', 'list'], { OUTRIDER_TOKEN: token });
        expect([code, stderr, stdout]).toEqual([EXIT.auth, expect.stringMatching(why), '']);
        expectNoSecret(stderr);
        if (token !== '') expect(stderr.includes(token)).toBe(false);
      }
    },
    SLOW,
  );

  it(
    'send no token in the clear beyond this machine, nor to where a collector redirects',
    async () => {
      const env = { OUTRIDER_TOKEN: newToken('viewer') };
      const { code, stderr } = await run(['agents', 'list', '--collector', 'http://192.0.2.1:7077'], env);
      expect([code, stderr]).toEqual([
        EXIT.auth,
        expect.stringContaining('is not sent to http://192.0.2.1:7077 in the clear'),
      ]);
    },
    SLOW,
  );

  it(
    'do not reach a collector whose certificate they do not trust',
    async () => {
      const { code, stderr } = await run(['agents', 'list'], {
        OUTRIDER_CA: '',
        OUTRIDER_TOKEN: newToken('viewer'),
      });
      expect([code, stderr]).toEqual([EXIT.unreachable, expect.stringMatching(/certificate/)]);
      expect((await run(['agents', 'list'], { OUTRIDER_CA: '/nowhere' })).code).toBe(EXIT.badConfig);
    },
    SLOW,
  );
});

describe('a context', () => {
  it(
    'has address, token and authority of a collector, so that a command needs nothing else',
    async () => {
      const env = { OUTRIDER_COLLECTOR: '', OUTRIDER_CA: '', XDG_CONFIG_HOME: join(folder, 'config') };
      const add = ['contexts', 'add', 'lab', '--collector', url, '--ca', authority.caFile, '--use'];
      expect((await run([...add, '--token-file', bootstrapFile], env)).code).toBe(EXIT.ok);
      const who = await run(['tokens', 'whoami'], env);
      expect([who.code, who.stdout, who.stderr]).toEqual([
        EXIT.ok,
        expect.stringContaining('bootstrap: admin until'),
        `${url} of context lab (current)\n`,
      ]);
    },
    SLOW,
  );
});

describe('an agent', () => {
  it(
    'is let in by an invitation in a file, then by its key, which only its user can read; and not with a token that was used',
    async () => {
      const out = join(folder, 'invitation');
      const invited = await admin('agents', 'invite', '--agent', 'ams-1', '--out', out);
      expect([invited.code, invited.stdout]).toEqual([EXIT.ok, '']);
      expect(statSync(out).mode & 0o777).toBe(0o600);
      secrets.add(readFileSync(out, 'utf8').trim());
      const first = startAgent('ams-1', ['--enrol', out]);
      await first.says(/"connected"/);
      expectNoSecret(arguments_(), readFileSync(join(folder, 'ams-1', 'agent.json'), 'utf8'));
      expect((await admin('audit', 'list')).stdout).toMatch(/ invite-ams-1 +agent +ENROL ams-1 +201 /);
      expect(statSync(join(folder, 'ams-1', 'identity-key.pem')).mode & 0o777).toBe(0o600);
      first.process.kill('SIGTERM');
      const stopped = await first.finished;
      const again = startAgent('ams-1', []);
      await again.says(/"connected"/);
      const thief = startAgent('ams-2', ['--enrol', out]);
      const refused = await thief.finished;
      expect([refused.code, refused.stderr]).toEqual([
        EXIT.auth,
        expect.stringContaining('is for another agent'),
      ]);
      rmSync(join(folder, 'ams-1', 'identity-key.pem'));
      again.process.kill('SIGKILL');
      await again.finished;
      const other = await startAgent('ams-1', ['--enrol', out]).finished;
      expect([other.code, other.stderr]).toEqual([
        EXIT.auth,
        expect.stringContaining('enrolled with another key'),
      ]);
      expectNoSecret(stopped.stderr, refused.stderr, other.stderr);
    },
    SLOW,
  );

  it(
    'takes the invitation from a variable too, and goes on probing when it is not let in any more',
    async () => {
      const { stdout } = await admin('agents', 'invite', '-o', 'json');
      const { token } = JSON.parse(stdout) as { token: string };
      secrets.add(token);
      const agent = startAgent('fra-1', [], { OUTRIDER_ENROL_TOKEN: token });
      await agent.says(/"connected"/);
      expect((await admin('agents', 'keys')).stdout).toMatch(/fra-1 +good/);
      expect((await admin('agents', 'revoke', 'fra-1', '--yes')).code).toBe(EXIT.ok);
      await agent.says(/was revoked/);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(agent.process.exitCode).toBeNull();
      agent.process.kill('SIGTERM');
      expectNoSecret((await agent.finished).stderr);
    },
    SLOW,
  );

  it(
    'without an invitation keeps trying, and says what lacks',
    async () => {
      const agent = startAgent('lon-1', []);
      await agent.says(/lon-1 is not enrolled here: outrider agents invite/);
      expect(agent.process.exitCode).toBeNull();
    },
    SLOW,
  );
});

describe('what is secret', () => {
  it(
    'is in no log of the collector, no argument, no page, no metric, and in no file of its data but by its hash',
    async () => {
      const login = await run(['tokens', 'list', '--token-file', bootstrapFile]);
      expectNoSecret(login.stdout, login.stderr, arguments_());
      const files = readdirSync(join(folder, 'collector'), { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, 'collector', name))
        .filter((file) => file !== bootstrapFile && existsSync(file) && statSync(file).isFile());
      expect(files.length).toBeGreaterThan(10);
      for (const file of files) expectNoSecret(readFileSync(file, 'latin1'));
      collector.process.kill('SIGTERM');
      const { stderr, stdout } = await collector.finished;
      expect(stderr).toContain('an agent was enrolled');
      expectNoSecret(stderr, stdout);
    },
    SLOW,
  );
});
