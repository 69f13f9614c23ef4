/** What is usually between a command and its collector: another program, TLS, certificates, tokens, clocks, versions; each made for real. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Check } from '../../../cli/doctor/check.ts';
import { examine, exitOf } from '../../../cli/doctor/examine.ts';
import { DOCTOR_LIMITS } from '../../../cli/doctor/limits.ts';
import { Scene } from '../../../cli/doctor/scene.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { makeAuthority, makeCertificate } from '../../probes/net/certificates.ts';
import { outrider, type Started, start } from '../../support/outrider.ts';
import { doctor, look, NOBODY } from './look.ts';

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'outrider-doctor-'));
const authority = makeAuthority('outrider doctor test');
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, authority.cert]));
afterAll(() => {
  setDefaultCACertificates(trusted);
  rmSync(folder, { recursive: true, force: true });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serving(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>,
): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const isHealthy = (_request: unknown, response: import('node:http').ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
};

/** Something that says it is well, over TLS with this certificate. */
async function overTls(certificate: Parameters<typeof makeCertificate>[0]): Promise<string> {
  return `https://127.0.0.1:${await serving(createTlsServer(makeCertificate(certificate), isHealthy))}`;
}

describe('the doctor, on the way to the collector', () => {
  it('finds that nobody is there', async () => {
    expect(await look('collector', { collector: NOBODY })).toMatchObject({
      state: 'problem',
      finding: 'Nobody answers at http://127.0.0.1:2 (ECONNREFUSED).',
      hint: expect.stringContaining('collector start'),
    });
  });

  it('finds a name that has no address', async () => {
    expect(await look('collector', { collector: 'http://outrider.invalid:7077' })).toMatchObject({
      state: 'problem',
      finding: 'The name outrider.invalid has no address.',
    });
  });

  it('finds another program on the port', async () => {
    const port = await serving(
      createServer((_request, response) => void response.writeHead(404, { server: 'nginx' }).end('not here')),
    );
    expect(await look('collector', { collector: `http://127.0.0.1:${port}` })).toMatchObject({
      state: 'problem',
      finding: `Another program answers at http://127.0.0.1:${port} (404 to /healthz, server nginx).`,
      hint: expect.stringContaining(`ss -ltnp 'sport = :${port}'`),
    });
  });

  it('finds a port that takes connections and never answers, and does not wait for it', async () => {
    const port = await serving(createServer(() => undefined));
    expect(await look('collector', { collector: `http://127.0.0.1:${port}` })).toMatchObject({
      state: 'problem',
    });
  });

  it('finds http where https is spoken, and the other way round', async () => {
    const tls = await overTls({ names: ['127.0.0.1'], authority });
    expect(await look('collector', { collector: tls.replace('https', 'http') })).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/speaks https, and was asked in http\.$/),
      hint: `--collector ${tls}`,
    });
    const plain = `http://127.0.0.1:${await serving(createServer(isHealthy))}`;
    expect(await look('collector', { collector: plain.replace('http', 'https') })).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/speaks http, and was asked in https\.$/),
      hint: expect.stringContaining(`--collector ${plain}`),
    });
    expect(await look('collector', { collector: plain })).toMatchObject({ state: 'ok' });
    expect(await look('collector', { collector: tls })).toMatchObject({ state: 'ok' });
  });

  it.each([
    ['expired', { fromDays: -9, untilDays: -1 }, /is expired \(CERT_HAS_EXPIRED\)/, /tls-cert/],
    ['for another name', { names: ['other.test'] }, /is for another name/, /name/],
    ['of nobody’s authority', { authority: makeAuthority('nobody') }, /does not trust/, /OUTRIDER_CA/],
    ['signed by itself', { authority: undefined }, /does not trust/, /OUTRIDER_CA/],
  ])('finds a certificate that is %s', async (_what, more, finding, hint) => {
    const { authority: signer, ...rest } = { authority, ...more } as { authority?: typeof authority };
    const collector = await overTls({ names: ['127.0.0.1'], ...(signer && { authority: signer }), ...rest });
    expect(await look('collector', { collector })).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(finding),
      hint: expect.stringMatching(hint),
    });
  });

  it('finds a certificate that will soon be expired', async () => {
    const soon = await overTls({ names: ['127.0.0.1'], authority, untilDays: 3 });
    expect(await look('certificate', { collector: soon })).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(/ends \d{4}-\d\d-\d\d, in /),
    });
    const nowMs = () => Date.now() + 4 * DAY_MS;
    expect(await look('certificate', { collector: soon, nowMs })).toMatchObject({ state: 'problem' });
    const later = await overTls({
      names: ['127.0.0.1'],
      authority,
      untilDays: DOCTOR_LIMITS.certificateDays.value + 2,
    });
    expect(await look('certificate', { collector: later })).toMatchObject({ state: 'ok' });
  });

  it('finds a clock of this machine that is wrong', async () => {
    const collector = `http://127.0.0.1:${await serving(createServer(isHealthy))}`;
    const off = (ms: number) => look('clock-offset', { collector, nowMs: () => Date.now() + ms });
    expect(await off(0)).toMatchObject({ state: 'ok' });
    expect(await off(-90_000)).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(/is 1 min (29|30|31) s behind/),
    });
    expect(await off(DOCTOR_LIMITS.clockMs.value + 1000)).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('ahead of'),
      hint: expect.stringContaining('set-ntp'),
    });
  });
});

describe('the doctor, of a collector that runs', () => {
  let open: Started;
  let url = '';
  /** An address of this machine that others reach. */
  const outside = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  beforeAll(async () => {
    open = start([
      'collector',
      'start',
      '--port',
      '0',
      '--data-dir',
      join(folder, 'open'),
      '--insecure-listen',
      '0.0.0.0',
    ]);
    const said = (await open.says(/collector ready: (\S+)/))[1] ?? '';
    url = `http://127.0.0.1:${new URL(said).port}`;
  }, 60_000);
  afterAll(async () => {
    open.process.kill('SIGTERM');
    await open.finished;
  }, 60_000);

  it('is well, but for what a new one lacks: agents, probes, and somebody to be told', async () => {
    const { findings } = await doctor(['--collector', url]);
    const lacking = [...findings.values()].filter(
      ({ area, state }) =>
        ['collector', 'fleet', 'probes'].includes(area) && !['ok', 'skipped'].includes(state),
    );
    expect(lacking.map(({ check, state }) => [check, state])).toEqual([
      ['agents', 'warning'],
      ['probes', 'warning'],
      ['told', 'warning'],
    ]);
    expect(findings.get('told')?.finding).toBe('Nobody is told of incidents: the collector has no receiver.');
    expect(findings.get('ready')).toMatchObject({ state: 'ok' });
    expect(findings.get('versions')).toMatchObject({ state: 'ok' });
  });

  it('finds that a data directory is held, where no collector answers', async () => {
    const dataDir = join(folder, 'open');
    expect(await look('data-dir', { dataDir })).toMatchObject({
      state: 'problem',
      finding: expect.stringMatching(
        /^Process \d+ holds .*no collector answers at http:\/\/127\.0\.0\.1:2\.$/,
      ),
    });
    expect(await look('data-dir', { dataDir, collector: url })).toMatchObject({ state: 'ok' });
  });

  it.skipIf(outside === undefined)('finds that others may do anything at it', async () => {
    const collector = `http://${outside}:${new URL(url).port}`;
    expect(await look('exposed', { collector })).toMatchObject({
      state: 'warning',
      finding: `Whoever reaches ${outside} may do anything: it asks nobody for a token.`,
      hint: expect.stringContaining('--auth'),
    });
    expect(await look('exposed', { collector: url })).toMatchObject({ state: 'ok' });
  });

  it('finds a file of routes that cannot be used any more', async () => {
    const routes = join(folder, 'routes.yaml');
    const text = `version: 1\nreceivers: [{ name: a, type: alertmanager, url: '${NOBODY}/' }]\nroutes: [{ name: all, receivers: [a] }]\n`;
    writeFileSync(routes, text);
    expect(await look('routes-file', { routes })).toMatchObject({ state: 'ok' });
    writeFileSync(routes, text.replace('[a]', '[b]'));
    expect(await look('routes-file', { routes })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('routes.yaml:3'),
    });
    writeFileSync(routes, text.replace('name: all', 'name: all, match: { region: eu-west }'));
    expect(await look('routes-file', { routes })).toMatchObject({
      state: 'warning',
      why: expect.stringContaining('Nobody'),
    });
  });

  it('finds a collector that is not of this version', async () => {
    const port = await serving(
      createServer((request, response) => {
        const path = request.url ?? '';
        const data = path.startsWith('/api/v1/collectors')
          ? [{ name: 'c1', version: '0.1.7', state: 'active' }]
          : [];
        const body = path === '/healthz' ? { status: 'ok' } : { data, pagination: { limit: 1, next: null } };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      }),
    );
    expect(await look('versions', { collector: `http://127.0.0.1:${port}` })).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(/^c1 is 0\.1\.7, this command \d/),
      hint: expect.stringContaining('collectors first'),
    });
  });

  it('finds a collector that is not ready', async () => {
    const port = await serving(
      createServer((request, response) => {
        const isReady = request.url === '/readyz';
        response
          .writeHead(isReady ? 503 : 200, { 'content-type': 'application/json' })
          .end(
            isReady
              ? '{"status":"not ready","reasons":["The store does not answer: gone."]}'
              : '{"status":"ok"}',
          );
      }),
    );
    expect(await look('ready', { collector: `http://127.0.0.1:${port}` })).toMatchObject({
      state: 'problem',
      finding: 'It is not ready: The store does not answer: gone.',
    });
  });
});

describe('the doctor, of a collector that asks for tokens', () => {
  let guarded: Started;
  let url = '';
  let bootstrap = '';

  beforeAll(async () => {
    const dataDir = join(folder, 'guarded');
    guarded = start(['collector', 'start', '--auth', '--port', '0', '--data-dir', dataDir]);
    url = (await guarded.says(/collector ready: (\S+)/))[1] ?? '';
    bootstrap = (await outrider('tokens', 'bootstrap', '--data-dir', dataDir)).stdout.trim();
    const asAdmin = () => outrider('tokens', 'whoami', '--collector', url, '--token-file', bootstrap);
    await vi.waitFor(async () => expect((await asAdmin()).code).toBe(0), { timeout: 60_000, interval: 500 });
  }, 90_000);
  afterAll(async () => {
    guarded.process.kill('SIGTERM');
    await guarded.finished;
  }, 60_000);

  const tokenOf = async (role: string, ...more: string[]) => {
    const made = await outrider(
      'tokens',
      'add',
      `d-${role}`,
      '--role',
      role,
      '-o',
      'json',
      '--collector',
      url,
      '--token-file',
      bootstrap,
      ...more,
    );
    return JSON.parse(made.stdout) as { id: string; token: string };
  };
  const shown = async (token: string) =>
    (await doctor(['--collector', url], { OUTRIDER_TOKEN: token })).findings;

  it('finds that the token is missing, made up, or revoked, and passes nothing for well that it could not look at', async () => {
    for (const token of ['', newToken('viewer')]) {
      const findings = await shown(token);
      expect(findings.get('token')).toMatchObject({ state: 'problem', why: expect.stringContaining('77') });
      expect(findings.get('token')?.hint).toMatch(/\S/);
      expect(findings.get('collector')).toMatchObject({ state: 'ok' });
      expect(findings.get('agents')).toMatchObject({ state: 'unknown' });
    }
    const viewer = await tokenOf('viewer');
    expect((await shown(viewer.token)).get('token')).toMatchObject({
      state: 'ok',
      finding: expect.stringContaining('d-viewer, viewer'),
    });
    await outrider('tokens', 'revoke', viewer.id, '--yes', '--collector', url, '--token-file', bootstrap);
    await expect
      .poll(async () => (await shown(viewer.token)).get('token')?.state, { timeout: 20_000, interval: 1000 })
      .toBe('problem');
  }, 90_000);

  it('finds a token that ends soon', async () => {
    const { token } = await tokenOf('operator', '--expires', '1d');
    expect((await shown(token)).get('token')).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(/^The token is that of d-operator, operator, and ends in /),
    });
  }, 60_000);

  it('finds a token that is of no person, but an agent’s invitation', async () => {
    const file = join(folder, 'invitation');
    await outrider('agents', 'invite', '--out', file, '--collector', url, '--token-file', bootstrap);
    const findings = await shown(readFileSync(file, 'utf8').trim());
    expect(findings.get('token')).toMatchObject({ state: 'problem', hint: expect.not.stringMatching(/^$/) });
  }, 60_000);

  it('finds what is no token at all', async () => {
    const { findings } = await doctor(['--collector', url], { OUTRIDER_TOKEN: 'hunter2' });
    expect(findings.get('token')).toMatchObject({
      state: 'problem',
      finding: expect.not.stringContaining('hunter2'),
    });
  });
});

describe('checks side by side', () => {
  const scene = new Scene({ named: { collector: NOBODY }, client: () => new ApiClient(NOBODY) });
  const check = (name: string, work: Check['look']): Check => ({ name, area: 'machine', look: work });
  const ok = { state: 'ok', finding: 'Well.', why: '', hint: '' } as const;

  it('end each by a deadline of its own: one that hangs holds nobody up and is not taken for well', async () => {
    const startMs = performance.now();
    const findings = await examine(
      scene,
      [check('hangs', () => new Promise(() => undefined)), check('well', () => ok)],
      200,
    );
    expect(performance.now() - startMs).toBeLessThan(DOCTOR_LIMITS.checkMs.value);
    expect(DOCTOR_LIMITS.browserMs.value).toBeGreaterThan(DOCTOR_LIMITS.checkMs.value);
    expect(findings).toEqual([
      expect.objectContaining({ check: 'hangs', state: 'unknown', finding: 'It did not end within 0.2 s.' }),
      expect.objectContaining({ check: 'well', state: 'ok' }),
    ]);
    expect(exitOf(findings)).toBe(2);
  });

  it('that break are unknown too, and say how', async () => {
    const broken = check('breaks', () => Promise.reject(new Error('no such thing')));
    const [finding] = await examine(scene, [broken]);
    expect(finding).toMatchObject({ state: 'unknown', finding: 'It could not be looked at: no such thing.' });
  });

  it.each([
    [['ok', 'skipped'], 0],
    [['ok', 'warning'], 2],
    [['ok', 'unknown'], 2],
    [['warning', 'problem'], 1],
  ] as const)('of %j end with %i', async (states, code) => {
    const findings = await examine(
      scene,
      states.map((state) => check(state, () => ({ ...ok, state }))),
    );
    expect(exitOf(findings)).toBe(code);
  });
});
