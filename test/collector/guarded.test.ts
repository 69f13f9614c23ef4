/** A collector that asks everybody who they are, over TLS, as agents, programs and browsers meet it. */
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { get as getPlain } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PeerCertificate } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Identity } from '../../agent/identity.ts';
import { writeBootstrapToken } from '../../collector/access/bootstrap.ts';
import { ACCESS_LIMITS } from '../../collector/access/limits.ts';
import { digestOf, TOKEN_PATTERN } from '../../collector/access/token-text.ts';
import { type Collector, type CollectorOptions, startCollector } from '../../collector/collector.ts';
import { openStore } from '../../collector/store/open-store.ts';
import { linkTo } from '../agent/linked.ts';
import { type AuthorityFolder, makeAuthorityFolder } from '../support/certificates.ts';

let authority: AuthorityFolder;
let dataDir: string;
let collector: Collector | undefined;
/** What the collector has said in its log. */
let said: string;
beforeAll(() => {
  authority = makeAuthorityFolder();
});
afterAll(() => authority?.remove());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-guarded-'));
  said = '';
});
afterEach(async () => {
  await collector?.close();
  collector = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

const log = pino(
  { level: 'trace' },
  {
    write: (line: string) => {
      said += line;
    },
  },
);

async function start(more: Partial<CollectorOptions> = {}): Promise<Collector> {
  const options = { port: 0, dataDir, log, version: '0.0.0-test', auth: true };
  collector = await startCollector({ ...options, ...more });
  return collector;
}

/** In two files that can be replaced. */
function tlsFiles(name: string) {
  const files = { certFile: join(dataDir, 'tls.crt'), keyFile: join(dataDir, 'tls.key') };
  replace(files, name);
  return files;
}
function replace(files: { certFile: string; keyFile: string }, name: string): void {
  const made = authority.issue(name);
  copyFileSync(made.keyFile, files.keyFile);
  copyFileSync(made.certFile, files.certFile);
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  readonly certificate: string;
}

/** Over TLS, trusting the authority alone. */
function ask(
  url: string,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly agent?: Agent;
  } = {},
): Promise<Answer> {
  const { agent, body, headers = {}, method = 'GET' } = options;
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, url),
      { method, headers, agent: agent ?? false, ca: ca() },
      (response) => {
        let text = '';
        const { subject } = (
          response.socket as unknown as { getPeerCertificate(): PeerCertificate }
        ).getPeerCertificate();
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            certificate: String(subject.CN),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const ca = (): string => readFileSync(authority.caFile, 'utf8');

const adminOf = async ({ access }: { access: Collector['access'] }) =>
  (await access.create({ name: 'root', role: 'admin', createdBy: 'test', expiresMs: Date.now() + 3_600_000 }))
    .text;
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('a collector with access control and TLS', () => {
  it('takes an agent in by wss, an enrolment token and then its key, bound to the connection', async () => {
    const made = await start({ tls: tlsFiles('one') });
    const invited = await made.access.create({
      name: 'i',
      role: 'agent',
      uses: 1,
      createdBy: 'test',
      expiresMs: Date.now() + 60_000,
    });
    const enrolFile = join(dataDir, 'invite');
    writeFileSync(enrolFile, `${invited.text}\n`);
    const agentDir = join(dataDir, 'agent');
    const linked = (boot: string, file: string | undefined) =>
      linkTo([made.url], {
        dataDir: agentDir,
        boot,
        identity: new Identity({ agent: 'agent-1', boot, dataDir: agentDir, enrolFile: file, env: {} }),
        authorities: ca,
      });
    const first = linked('boot-1', enrolFile);
    first.link.start();
    await vi.waitFor(() => expect(first.link.connected).toBe(true), 10_000);
    await first.link.stop(Date.now(), 'test', 5000);
    first.spool.close();
    const second = linked('boot-2', undefined);
    second.link.start();
    await vi.waitFor(() => expect(second.link.connected).toBe(true), 10_000);
    await second.link.stop(Date.now(), 'test', 5000);
    second.spool.close();
    expect(said).not.toMatch(TOKEN_PATTERN);
  });

  it('is not taken for itself by an agent that does not trust its authority', async () => {
    const made = await start({ tls: tlsFiles('one') });
    const { link, ends, spool } = linkTo([made.url]);
    link.start();
    await vi.waitFor(() => expect(ends[0]?.reason).toMatch(/self-signed|unable to|certificate/), 10_000);
    await link.leave();
    spool.close();
  });

  it('takes a new certificate within seconds, under connections that go on, and keeps the last when the new one is broken', async () => {
    const files = tlsFiles('first');
    const made = await start({ tls: files });
    const token = await adminOf(made);
    const kept = new Agent({ keepAlive: true, maxSockets: 1, ca: ca() });
    const over = (agent?: Agent) =>
      ask(made.url, '/api/v1/whoami', { headers: bearer(token), ...(agent && { agent }) });
    expect(await over(kept)).toMatchObject({ status: 200, certificate: 'first' });
    replace(files, 'second');
    await vi.waitFor(async () => expect((await over()).certificate).toBe('second'), {
      timeout: 5 * ACCESS_LIMITS.rewatchMs.value,
      interval: 100,
    });
    expect(await over(kept)).toMatchObject({ status: 200, certificate: 'first' });
    writeFileSync(files.keyFile, 'broken');
    await vi.waitFor(() => expect(said).toContain('the last one stays'), 5 * ACCESS_LIMITS.rewatchMs.value);
    expect(await over()).toMatchObject({ status: 200, certificate: 'second' });
    replace(files, 'third');
    await vi.waitFor(async () => expect((await over()).certificate).toBe('third'), {
      timeout: 5 * ACCESS_LIMITS.rewatchMs.value,
      interval: 100,
    });
    kept.destroy();
  });

  it('speaks neither plain HTTP nor TLS before 1.2', async () => {
    const { port } = await start({ tls: tlsFiles('one') });
    await expect(
      new Promise((resolve, reject) => getPlain({ port, host: '127.0.0.1' }, resolve).on('error', reject)),
    ).rejects.toThrow();
    const old = connect({ port, host: '127.0.0.1', ca: ca(), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    await expect(
      new Promise((resolve, reject) => old.on('secureConnect', resolve).on('error', reject)),
    ).rejects.toThrow();
  });

  it('does not start with files that are no pair, and says which', async () => {
    const { certFile } = authority.issue('x');
    const { keyFile } = authority.issue('y');
    await expect(start({ tls: { certFile, keyFile } })).rejects.toMatchObject({
      code: 'tls',
      message: expect.stringContaining('x.crt'),
    });
    await expect(start({ tls: { certFile: '/nowhere', keyFile } })).rejects.toMatchObject({ code: 'tls' });
  });

  it('listens beyond loopback only with both, or where somebody insists, and then says so', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'exposed',
      message: expect.stringContaining('TLS'),
    });
    await expect(start({ host: '0.0.0.0', auth: false, tls: tlsFiles('one') })).rejects.toMatchObject({
      code: 'exposed',
      message: expect.stringContaining('access control'),
    });
    const made = await start({ host: '0.0.0.0', tls: tlsFiles('one') });
    expect(said).not.toContain('INSECURE');
    expect(await ask(made.url, '/healthz')).toMatchObject({ status: 200 });
    await made.close();
    await start({ insecureListen: '0.0.0.0' });
    expect(said).toContain('INSECURE: there is no TLS');
  });
});

describe('the dashboard of a collector with access control', () => {
  const page = { accept: 'text/html,application/xhtml+xml' };
  const login = (url: string, token: string, next = '/') =>
    ask(url, '/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, next }).toString(),
    });

  it('leads to a form, takes a token there, and goes on with a cookie that no script reads and no other site sends', async () => {
    const { url, access } = await start({ tls: tlsFiles('one') });
    const token = (
      await access.create({
        name: 'mara',
        role: 'viewer',
        createdBy: 'test',
        expiresMs: Date.now() + 3_600_000,
      })
    ).text;
    const led = await ask(url, '/?region=eu', { headers: page });
    expect([led.status, led.headers.location]).toEqual([303, '/login?next=%2F%3Fregion%3Deu']);
    const form = await ask(url, String(led.headers.location), { headers: page });
    expect(form.text).toContain('type="password"');
    expect(form.text).toContain('value="/?region=eu"');
    expect(form.headers['content-security-policy']).toContain("default-src 'none'");
    const done = await login(url, token, '/?region=eu');
    expect([done.status, done.headers.location]).toEqual([303, '/?region=eu']);
    const [cookie = ''] = done.headers['set-cookie'] as string[];
    expect(cookie).toMatch(
      /^__Host-outrider=ot_s_[\w-]{49}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(token);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    const seen = await ask(url, '/', { headers });
    expect(seen.status).toBe(200);
    for (const { text } of [seen, form, done]) expect(text).not.toMatch(TOKEN_PATTERN);
    expect(await ask(url, '/api/v1/agents', { headers })).toMatchObject({ status: 200 });
    expect(JSON.parse((await ask(url, '/api/v1/whoami', { headers })).text)).toMatchObject({
      name: 'mara',
      kind: 'session',
    });
    // The cookie does no more than the token may, and nothing for a page of another origin, nor as a bearer's token.
    expect(await ask(url, '/api/v1/drain', { method: 'POST', headers })).toMatchObject({ status: 403 });
    for (const more of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as const)
      expect(
        await ask(url, '/logout', {
          method: 'POST',
          headers: { ...headers, ...more } as Record<string, string>,
        }),
      ).toMatchObject({ status: 403 });
    const text = headers.cookie.split('=')[1] ?? '';
    expect(await ask(url, '/api/v1/agents', { headers: bearer(text) })).toMatchObject({ status: 401 });
    expect(await ask(url, '/logout', { method: 'POST', headers })).toMatchObject({ status: 303 });
    expect(await ask(url, '/api/v1/agents', { headers })).toMatchObject({ status: 401 });
    expect(said).not.toMatch(TOKEN_PATTERN);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ])('leads nowhere but to itself: %s', async (next) => {
    const { url, access } = await start({ tls: tlsFiles('one') });
    const form = await ask(url, `/login?next=${encodeURIComponent(next)}`);
    expect(form.text).toContain('name="next" value="/"');
    const done = await login(url, await adminOf({ access }), next);
    expect([done.status, done.headers.location]).toEqual([303, '/']);
  });

  it('opens to no forged token, no agent, and after too many attempts to nobody for a while', async () => {
    const { url, access } = await start({ tls: tlsFiles('one') });
    const agent = await access.create({
      name: 'i',
      role: 'agent',
      createdBy: 'test',
      expiresMs: Date.now() + 60_000,
    });
    expect(await login(url, agent.text)).toMatchObject({ status: 403 });
    const tries = await Promise.all(
      Array.from({ length: ACCESS_LIMITS.failures.value }, () => login(url, 'nonsense')),
    );
    expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([401]));
    const last = await login(url, 'nonsense');
    expect([last.status, Number(last.headers['retry-after'])]).toEqual([
      429,
      ACCESS_LIMITS.failureEveryMs.value / 1000,
    ]);
  });

  it('ends its stream of events within two seconds when the token is revoked', async () => {
    const { url, access } = await start({ tls: tlsFiles('one') });
    const { record, text } = await access.create({
      name: 'mara',
      role: 'viewer',
      createdBy: 'test',
      expiresMs: Date.now() + 3_600_000,
    });
    const ended = ask(url, '/api/v1/stream', { headers: bearer(text) }).then(
      () => 'ended',
      () => 'cut',
    );
    await sleep(500);
    await access.revoke(record.id, 'root');
    expect(await Promise.race([ended, sleep(2 * ACCESS_LIMITS.lookMs.value, 'goes on')])).not.toBe('goes on');
  });
});

describe('the first token', () => {
  it('comes from a file on the machine of the collector, is taken within a second or two, and never again once it is revoked', async () => {
    const made = await start();
    const path = await writeBootstrapToken(dataDir);
    const token = readFileSync(path, 'utf8').trim();
    const who = () => fetch(`${made.url}/api/v1/whoami`, { headers: bearer(token) });
    await vi.waitFor(async () => expect((await who()).status).toBe(200), { timeout: 5000, interval: 200 });
    expect(await (await who()).json()).toMatchObject({ name: 'bootstrap', role: 'admin' });
    await expect(writeBootstrapToken(dataDir)).rejects.toMatchObject({ code: 'EEXIST' });
    const audit = await fetch(`${made.url}/api/v1/audit`, { headers: bearer(token) });
    expect(await audit.json()).toMatchObject({
      data: [{ actor: 'bootstrap', role: 'admin', action: 'TAKE token', path, status: 201 }],
    });
    const [record] = await made.access.list();
    await made.access.revoke(record?.id ?? '', 'root');
    await made.close();
    await start();
    await sleep(2 * ACCESS_LIMITS.lookMs.value);
    expect((await fetch(`${collector?.url}/api/v1/whoami`, { headers: bearer(token) })).status).toBe(401);
    expect(said).not.toMatch(TOKEN_PATTERN);
  });

  it('is not taken again either when nobody remembers that it was', async () => {
    const DAY_MS = 86_400_000;
    const path = await writeBootstrapToken(dataDir);
    const writtenS = (Date.now() - 60 * DAY_MS) / 1000;
    utimesSync(path, writtenS, writtenS);
    const token = readFileSync(path, 'utf8').trim();
    // As it was when it had been taken then, and revoked.
    const store = await openStore({ dataDir });
    const expires_at = Date.now() - 46 * DAY_MS;
    const past = { ...digestOf(token), name: 'bootstrap', role: 'admin', kind: 'token', expires_at };
    await store.insertRows('access_tokens', [{ ...past, revoked_by: 'root', version: 2 }]);
    await store.close();
    const { url } = await start();
    await vi.waitFor(() => expect(said).toContain('two weeks ago'), 5000);
    expect((await fetch(`${url}/api/v1/whoami`, { headers: bearer(token) })).status).toBe(401);
  });

  it('is not taken from a file that others may read', async () => {
    await start();
    const path = await writeBootstrapToken(dataDir);
    chmodSync(path, 0o644);
    await vi.waitFor(() => expect(said).toContain('others may read the file'), 5000);
    expect(await collector?.access.list()).toEqual([]);
  });
});
