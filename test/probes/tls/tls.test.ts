import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { probeOf } from '../../../probes/registry.ts';
import { TLS_LIMITS } from '../../../probes/tls/params.ts';
import { tlsProbe } from '../../../probes/tls/tls.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { startScriptedServer } from '../net/scripted-server.ts';
import { failureOf, runProbe } from '../tcp/support.ts';
import { stapledResponse } from './stapled-response.ts';

const HOST = '127.0.0.1';
const authority = makeAuthority('Test authority');
const good = makeCertificate({ names: [HOST, 'www.test'], authority, untilDays: 20 });
const network = loopbackNetwork({ trustedCa: authority.cert });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(options: TlsOptions = good, prepare?: (server: Server) => void): Promise<string> {
  const server = createServer(options, (socket) => socket.on('error', () => undefined));
  prepare?.(server);
  server.on('tlsClientError', () => undefined).listen(0, HOST);
  await once(server, 'listening');
  closers.push(() => server.close());
  return `tls://${HOST}:${(server.address() as AddressInfo).port}`;
}

const run = (url: string, params: Record<string, unknown> = {}, timeoutMs?: number) =>
  runProbe(tlsProbe, url, params, { network, ...(timeoutMs === undefined ? {} : { timeoutMs }) });

const DAY_S = 86_400;

describe('the probe', () => {
  it('is registered', () => {
    expect(probeOf('tls')).toBe(tlsProbe);
  });

  it('tells the handshake and the certificate', async () => {
    const result = await run(await serve());
    expect(result.outcome).toBe('ok');
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'tls']);
    expect(result.metrics).toMatchObject({
      connect_ms: expect.any(Number),
      tls_ms: expect.any(Number),
      tls_total_ms: expect.any(Number),
      tls_chain_count: 2,
    });
    expect(result.metrics.tls_expiry_s).toBeGreaterThan(19 * DAY_S);
    expect(result.metrics.tls_expiry_s).toBeLessThanOrEqual(20 * DAY_S);
    expect(result.attributes).toMatchObject({
      server_ip: HOST,
      tls_version: 'TLSv1.3',
      tls_cipher: expect.stringMatching(/^TLS_/),
      cert_subject: `CN=${HOST}`,
      cert_issuer: 'CN=Test authority',
      cert_names: `IP Address:${HOST}, DNS:www.test`,
      cert_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      cert_not_after: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      ocsp: 'none',
    });
  });

  it('agrees on a protocol where it offers some', async () => {
    const url = await serve({ ...good, ALPNProtocols: ['h2', 'http/1.1'] });
    expect((await run(url, { alpn: ['h2'] })).attributes.alpn).toBe('h2');
    expect((await run(url)).attributes.alpn).toBeUndefined();
  });

  it('asks by another name than it dials', async () => {
    const asked: string[] = [];
    const url = await serve({
      ...good,
      SNICallback: (name, done) => {
        asked.push(name);
        done(null);
      },
    });
    expect(await run(url, { serverName: 'www.test' })).toMatchObject({ outcome: 'ok' });
    expect(asked).toEqual(['www.test']);
  });
});

describe('a certificate that clients turn away', () => {
  it.each<[string, Parameters<typeof makeCertificate>[0], string]>([
    ['expired', { names: [HOST], authority, fromDays: -9, untilDays: -1 }, 'cert_expired'],
    ['not valid yet', { names: [HOST], authority, fromDays: 1, untilDays: 9 }, 'cert_expired'],
    ['for another name', { names: ['other.test'], authority }, 'cert_name'],
    ['signed by itself', { names: [HOST] }, 'cert_self_signed'],
    ['of a stranger', { names: [HOST], authority: makeAuthority('Nobody') }, 'cert_untrusted'],
  ])('since it is %s has a code of its own, and is shown', async (_name, certificate, code) => {
    const result = await run(await serve(makeCertificate(certificate)));
    expect(failureOf(result)).toMatchObject({ layer: 'tls', blame: 'target', code });
    expect(result.metrics).toMatchObject({ tls_ms: expect.any(Number), tls_expiry_s: expect.any(Number) });
    expect(result.attributes.cert_subject).toMatch(/^CN=/);
    const isOver = code === 'cert_expired' && (certificate.untilDays ?? 1) < 0;
    expect((result.metrics.tls_expiry_s ?? 0) < 0).toBe(isOver);
  });

  it('since it expires too soon is one only where the probe says so', async () => {
    const url = await serve();
    expect(await run(url, { minValidDays: 19 })).toMatchObject({ outcome: 'ok' });
    const failure = failureOf(await run(url, { minValidDays: 21 }));
    expect(failure).toMatchObject({ layer: 'tls', blame: 'target', code: 'cert_expiring' });
    expect(failure?.message).toContain('20.0 days');
  });

  it('is told in few words, however many names it has', async () => {
    const names = [HOST, ...Array.from({ length: 50 }, (_, at) => `host-${at}.example.test`)];
    const { attributes } = await run(await serve(makeCertificate({ names, authority })));
    expect(attributes.cert_names).toHaveLength(TLS_LIMITS.attributeChars.value);
  });
});

describe('a peer that does not shake hands', () => {
  it.each<[string, string, number]>([
    ['speaks something else', 'handshake', 5000],
    ['is silent', 'timeout', 400],
    ['hangs up', 'reset', 5000],
  ])('since it %s fails in tls', async (how, code, timeoutMs) => {
    const server = await startScriptedServer((socket) => {
      if (how === 'speaks something else') socket.write('220 mail.test ready\r\n');
      if (how === 'hangs up') socket.destroy();
    });
    closers.push(() => server.close());
    const result = await run(`tls://${HOST}:${server.port}`, {}, timeoutMs);
    expect(failureOf(result)).toMatchObject({ layer: 'tls', code });
    expect(result.metrics.tls_ms).toBeUndefined();
    await server.allClosed();
  });
});

describe('versions', () => {
  const modern = { ...good, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;
  const ancient = { ...good, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const;

  it('are asked for one by one, when asked', async () => {
    expect((await run(await serve(modern))).attributes.tls_versions).toBeUndefined();
    const modernRun = await run(await serve(modern), { versions: true });
    expect(modernRun).toMatchObject({ outcome: 'ok', attributes: { tls_versions: '1.2 1.3' } });
    const ancientRun = await run(await serve(ancient), { versions: true });
    expect(ancientRun.attributes.tls_versions).toBe('1.0 1.1 1.2 1.3');
  });

  it('that are forbidden or missing fail the run', async () => {
    const ok = await run(await serve(modern), { forbidVersions: ['1.0', '1.1'], requireVersions: ['1.3'] });
    expect(ok.outcome).toBe('ok');
    const old = failureOf(await run(await serve(ancient), { forbidVersions: ['1.0'] }));
    expect(old).toMatchObject({ layer: 'tls', blame: 'target', code: 'tls_version' });
    expect(old?.message).toContain('TLS 1.0 is offered and forbidden');
    const url = await serve({ ...good, maxVersion: 'TLSv1.2' });
    expect(failureOf(await run(url, { requireVersions: ['1.3'] }))).toMatchObject({ code: 'tls_version' });
  });
});

describe('resumption', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s is found out by a second connection', async (version) => {
    const url = await serve({ ...good, minVersion: version, maxVersion: version });
    const result = await run(url, { resumption: true });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { resumption: 'yes' } });
    expect(result.metrics.tls_resumed_ms).toBeGreaterThan(0);
  });

  it('is none where the server sends no ticket in time', async () => {
    const { constants } = await import('node:crypto');
    const url = await serve(
      { ...good, secureOptions: constants.SSL_OP_NO_TICKET, sessionTimeout: 1 },
      (server) => {
        server.on('newSession', (_id, _data, done) => done());
        server.on('resumeSession', (_id, done) => done(null, null));
      },
    );
    const startMs = performance.now();
    const { attributes } = await run(url, { resumption: true });
    expect(['no', 'none']).toContain(attributes.resumption);
    expect(performance.now() - startMs).toBeLessThan(TLS_LIMITS.ticketMs.value + 5000);
  });
});

describe('OCSP stapling', () => {
  const HOUR_MS = 3_600_000;
  const stapling = (response: Buffer) =>
    serve(good, (server) => server.on('OCSPRequest', (_certificate, _issuer, done) => done(null, response)));

  it.each([
    ['good', stapledResponse({ status: 'good', nextUpdateMs: Date.now() + HOUR_MS })],
    ['good', stapledResponse({ status: 'good' })],
    ['unknown', stapledResponse({ status: 'unknown' })],
    ['stale', stapledResponse({ status: 'good', nextUpdateMs: Date.now() - HOUR_MS })],
    ['malformed', Buffer.from('nonsense')],
  ])('is reported as %s', async (ocsp, response) => {
    expect(await run(await stapling(response))).toMatchObject({ outcome: 'ok', attributes: { ocsp } });
  });

  it('that says revoked fails the run', async () => {
    const url = await stapling(stapledResponse({ status: 'revoked' }));
    expect(failureOf(await run(url))).toMatchObject({ layer: 'tls', blame: 'target', code: 'cert_revoked' });
  });

  it('can be required', async () => {
    const url = await stapling(stapledResponse({ status: 'good', nextUpdateMs: Date.now() + HOUR_MS }));
    expect(await run(url, { ocsp: 'require' })).toMatchObject({ outcome: 'ok' });
    expect(failureOf(await run(await serve(), { ocsp: 'require' }))).toMatchObject({ code: 'no_stapling' });
  });
});

describe('parameters', () => {
  it.each([
    ['too many protocols', { alpn: Array.from({ length: TLS_LIMITS.alpn.value + 1 }, () => 'h2') }],
    ['a version that is none', { forbidVersions: ['1.4'] }],
    ['a name with a blank', { serverName: 'a b' }],
  ])('with %s are refused', (_name, params) => {
    expect(tlsProbe.params.safeParse(params).success).toBe(false);
  });

  it('take 443 for a web target without a port', async () => {
    const closed = loopbackNetwork({ policy: { allow: [], deny: [] } });
    const result = await runProbe(tlsProbe, 'http://10.0.0.1/', {}, { network: closed });
    expect(failureOf(result)).toMatchObject({ code: 'forbidden_target', blame: 'agent' });
  });
});
