/**
 * Every kind of secret that a fleet is given, each a word of its own, sent to a server that repeats whatever it hears; then everything
 * that people can see is searched for them. Each place is also searched for a word that has to be there: a search that sees nothing
 * would find nothing.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../collector/access/permissions.ts';
import { TOKEN_PATTERN } from '../../collector/access/token-text.ts';
import { openStore } from '../../collector/store/open-store.ts';
import { type Finished, type Started, start } from '../support/outrider.ts';

/** What nobody may see. */
const CANARY = {
  bearer: 'canary-bearer-9f27c1d4',
  password: 'canary-password-b1e08a73',
  header: 'canary-header-5ad3f0c2',
  otlp: 'canary-otlp-77c05e19',
  receiver: 'canary-receiver-e4902bd8',
  webhook: 'canary-webhook-40c7d3aa',
};
/** What the server says beside them, for everybody to see. */
const VISIBLE = 'visible-3c61e2';

let scratch: string;
let server: Server;
let echo: string;
let collector: Started;
let agent: Started;
let url: string;
let bootstrap: string;
let cookie = '';
/** Canaries and tokens, in every form in which they could stand somewhere. */
const secrets = new Set<string>();
/** The places, with a word that each has. */
const places: [name: string, text: string, word: string][] = [];
/** What the server heard. */
let heard = '';

function hide(...texts: readonly string[]): void {
  for (const text of texts)
    for (const form of [
      text,
      encodeURIComponent(text),
      Buffer.from(text).toString('base64').replace(/=+$/, ''),
      Buffer.from(text).toString('base64url'),
      Buffer.from(text).toString('hex'),
    ])
      secrets.add(form);
}

/** Repeats what it heard: in the body, headers, a cookie, a redirect, and the message of an OTLP answer. */
async function startEcho(): Promise<void> {
  server = createServer((request, response) => {
    const said = request.rawHeaders.join(' ');
    heard += `${said}\n`;
    const own = request.headers.authorization ?? request.headers['x-api-key'] ?? '';
    if (request.url?.startsWith('/v1/')) {
      const errorMessage = `${VISIBLE} ${said}`;
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify({ partialSuccess: { rejectedDataPoints: '1', errorMessage } }));
    }
    response.setHeader('x-echo', String(own));
    response.setHeader('set-cookie', `session=${encodeURIComponent(String(own))}`);
    response.setHeader('server-timing', `echo;desc="${String(own).replaceAll('"', '')}"`);
    if (request.url?.startsWith('/moved'))
      return response
        .writeHead(302, { location: `/end?${VISIBLE}&key=${encodeURIComponent(String(own))}` })
        .end();
    return response.writeHead(500, { 'content-type': 'text/plain' }).end(`${VISIBLE} you said ${said}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  echo = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const ask = (...args: string[]): Promise<Finished> =>
  start(args, { OUTRIDER_TOKEN_FILE: bootstrap, OUTRIDER_COLLECTOR: url, OUTRIDER_LOG: 'trace' }).finished;

const PROBES = () => `version: 1
targets:
  - { name: shop, url: "${echo}/shop" }
  - { name: moved, url: "${echo}/moved" }
probes:
  - { name: by-bearer, type: http, targets: [shop, moved], every: 1s, params: { credentials: shop } }
  - { name: by-password, type: http, targets: [shop, moved], every: 1s, params: { credentials: login, auth: basic } }
  - { name: by-header, type: http, targets: [shop, moved], every: 1s, params: { credentials: key, auth: header, authHeader: X-Api-Key, expect: { status: [500], body: "nothing of the kind" } } }
`;

const ROUTES = () => `version: 1
receivers:
  - { name: hook, type: webhook, url: { file: ${file('hook-url', `${echo}/hook?key=${CANARY.receiver}`)} } }
routes:
  - { name: all, receivers: [hook] }
`;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'outrider-secrets-'));
  await startEcho();
  hide(...Object.values(CANARY), `user:${CANARY.password}`);
  const dataDir = join(scratch, 'collector');
  mkdirSync(dataDir);
  bootstrap = join(dataDir, 'bootstrap-token');
  await start(['tokens', 'bootstrap', '--data-dir', dataDir]).finished;
  hide(readFileSync(bootstrap, 'utf8').trim());
  const args = ['collector', 'start', '--auth', '--port', '0', '--data-dir', dataDir];
  args.push('--otlp', echo, '--otlp-headers', file('otlp', `authorization: Bearer ${CANARY.otlp}\n`));
  args.push('--webhook-secret-file', file('webhook-secret', CANARY.webhook), '--webhook', `${echo}/hook`);
  args.push('--routes', file('routes.yaml', ROUTES()));
  collector = start(args, { OUTRIDER_LOG: 'trace' });
  url = (await collector.says(/collector ready: (\S+)/))[1] ?? '';
  await collector.says(/bootstrap token is an admin/);
  const invitation = join(scratch, 'invitation');
  expect((await ask('agents', 'invite', '--out', invitation)).code).toBe(0);
  hide(readFileSync(invitation, 'utf8').trim());
  const credentials = join(scratch, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'login'), `user:${CANARY.password}\n`);
  writeFileSync(join(credentials, 'key'), CANARY.header);
  agent = start(
    [
      ...['agent', 'start', '--id', 'ams-1', '--region', 'eu-west', '--collector', url],
      ...['--data-dir', join(scratch, 'agent'), '--allow', '127.0.0.0/8', '--enrol', invitation],
    ],
    { OUTRIDER_LOG: 'trace', OUTRIDER_SECRET_SHOP: CANARY.bearer, CREDENTIALS_DIRECTORY: credentials },
  );
  await agent.says(/"connected"/);
  expect((await ask('probes', 'apply', '-f', file('probes.yaml', PROBES()))).code).toBe(0);
}, 120_000);

afterAll(async () => {
  for (const one of [agent, collector]) one?.process.kill('SIGKILL');
  await Promise.all([agent?.finished, collector?.finished]);
  server?.close().closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

describe('what is secret', () => {
  it('is used', async () => {
    const sent = [CANARY.bearer, CANARY.header, CANARY.otlp];
    sent.push(Buffer.from(`user:${CANARY.password}`).toString('base64'));
    await expect
      .poll(() => sent.filter((secret) => !heard.includes(secret)), { timeout: 150_000, interval: 500 })
      .toEqual([]);
    await expect
      .poll(
        async () =>
          (await ask('query', "SELECT count() AS n FROM runs WHERE outcome = 'fail'", '-o', 'csv')).stdout,
        {
          timeout: 60_000,
          interval: 2000,
        },
      )
      .toMatch(/[1-9]\d/);
  }, 240_000);

  it('stands in no argument of a process', () => {
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        } catch {
          return '';
        }
      });
    places.push(['the arguments of all processes', commands.join('\n'), '--otlp-headers']);
    search();
  });

  it('stands in no answer of the API, no page and no metric', async () => {
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url },
      body: new URLSearchParams({ token: readFileSync(bootstrap, 'utf8').trim(), next: '/' }),
      redirect: 'manual',
    });
    cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect([login.status, cookie]).toEqual([303, expect.stringMatching(TOKEN_PATTERN)]);
    hide(cookie.split('=')[1] ?? '');
    const read = async (path: string): Promise<string> => {
      const response = await fetch(url + path, { headers: { cookie, accept: 'text/html, */*' } });
      expect([path, response.status]).toEqual([path, 200]);
      return response.text();
    };
    const { data } = JSON.parse(await read('/api/v1/results?limit=200&since=1h')) as {
      data: { run_id: string; probe: string }[];
    };
    expect(new Set(data.map(({ probe }) => probe))).toEqual(
      new Set(['by-bearer', 'by-header', 'by-password']),
    );
    // What was seen of a run is kept of some of them.
    const runs = data.filter((_, index) => index < 20 || index >= data.length - 20);
    const told = await Promise.all(
      runs.map(({ run_id }) => read(`/api/v1/results/${encodeURIComponent(run_id)}`)),
    );
    places.push(['runs', told.join('\n'), VISIBLE]);
    const paths = Object.keys(PERMISSIONS)
      .filter((route) => route.startsWith('GET ') && !/[:*]|stream|peers/.test(route))
      .map((route) => route.slice(4));
    expect(paths.length).toBeGreaterThan(20);
    for (const path of [
      ...paths,
      '/api/v1/agents/ams-1',
      '/api/v1/agents/ams-1/why',
      '/api/v1/probes/by-bearer',
    ]) {
      const response = await fetch(url + path, { headers: { cookie, accept: 'text/html, */*' } });
      places.push([path, await response.text(), '']);
    }
    const html = places.find(([name]) => name === '/');
    expect(html?.[1]).toContain('<html');
    search();
  }, 60_000);

  it('is said by no command, and by no log', async () => {
    for (const args of [
      ['tokens', 'list', '--all'],
      ['audit', 'list'],
      ['results', 'tail', '--since', '10m', '--for', '1s'],
      ['probes', 'get', 'by-bearer'],
      ['agents', 'get', 'ams-1'],
      ['doctor'],
    ]) {
      const { stderr, stdout } = await ask(...args);
      places.push([args.join(' '), stdout + stderr, '']);
    }
    agent.process.kill('SIGTERM');
    const { stderr, stdout } = await agent.finished;
    places.push(['the log of the agent', stderr + stdout, '"connected"']);
    collector.process.kill('SIGTERM');
    const ended = await collector.finished;
    places.push(['the log of the collector', ended.stderr + ended.stdout, 'an agent was enrolled']);
    expect(ended.stderr).toContain('"audit"');
    search();
  }, 120_000);

  it('stands in no row of the store, and in no file of an agent', async () => {
    const store = await openStore({ dataDir: join(scratch, 'collector') });
    try {
      const tables = await store.query<{ table: string; columns: string[] }>(
        `SELECT table, groupArray(name) AS columns FROM system.columns
WHERE database = currentDatabase() AND type NOT LIKE '%AggregateFunction%'
  AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
GROUP BY table`,
      );
      expect(tables.length).toBeGreaterThan(20);
      const dump = await Promise.all(
        tables.map(({ columns, table }) =>
          store.query(
            `SELECT ${columns.map((name) => `\`${name}\``).join(', ')} FROM \`${table}\` LIMIT 100000`,
          ),
        ),
      );
      places.push(['the rows of the store', JSON.stringify(dump), VISIBLE]);
    } finally {
      await store.close();
    }
    const folder = join(scratch, 'agent');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    const contents = files.map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'));
    places.push(['the files of the agent', contents.join('\n'), 'by-bearer']);
    search();
  }, 60_000);
});

/** Nothing secret in any place so far, and in each the word that it has. */
function search(): void {
  const searched = places.splice(0);
  const found = searched.flatMap(([name, text]) =>
    [...secrets]
      .filter((secret) => text.includes(secret))
      .map(
        (secret) =>
          `${name}: …${text.slice(Math.max(0, text.indexOf(secret) - 60), text.indexOf(secret) + 20)}`,
      ),
  );
  expect(found).toEqual([]);
  expect(
    searched.filter(([, text, word]) => !text.includes(word)).map(([name, , word]) => `${name}: no ${word}`),
  ).toEqual([]);
}
