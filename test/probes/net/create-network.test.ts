import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect as connectTcp, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork } from '../../../probes/net/create-network.ts';
import { NetworkOptionsError } from '../../../probes/net/errors.ts';
import type { Connected, Endpoint, Network, NotConnected } from '../../../probes/net/network.ts';
import { makeAuthority, makeCertificate } from './certificates.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { loopbackNetwork, PATIENCE_MS } from './run-context.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const authority = makeAuthority('Test authority');
const closers: (() => unknown)[] = [];
let names: NameServer;
let rebindings = 0;

beforeAll(async () => {
  names = await startNameServer({
    'video.test': { a: ['127.0.0.1'] },
    'second.test': { a: ['127.0.0.1', '127.0.0.2'] },
    'private.test': { a: ['10.0.0.1'] },
    'mixed.test': { a: ['127.0.0.1', '169.254.169.254'] },
    'six.test': { aaaa: ['fd00:ec2::254'] },
    'mapped.test': { aaaa: ['::ffff:a9fe:a9fe'] },
    'slow.test': { a: ['127.0.0.1'], delayMs: 250 },
    'silent.test': { silent: true },
    'rebind.test': () => ({ a: [rebindings++ === 0 ? '127.0.0.1' : '10.0.0.1'] }),
  });
});

afterAll(() => names.close());

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function connect(network: Network, endpoint: Partial<Endpoint>, timeoutMs = PATIENCE_MS) {
  const whole = { protocol: 'http:', hostname: '127.0.0.1', port: 80, ...endpoint } as const;
  const connection = await network.connect(whole, AbortSignal.timeout(timeoutMs));
  if (connection.ok) closers.push(() => connection.socket.destroy());
  return connection;
}

async function listener(script: (socket: Socket) => void = () => undefined): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return server;
}

function ours(options: Parameters<typeof loopbackNetwork>[0] = {}): Network {
  return loopbackNetwork({ nameServers: [names.address], ...options });
}

describe('connecting', () => {
  it('to an address needs no lookup', async () => {
    const { port } = await listener();
    const connected = await connect(ours(), { port });
    expect(connected).toMatchObject({ ok: true, remoteAddress: '127.0.0.1' });
    expect(connected.dnsMs).toBeUndefined();
    expect((connected as Connected).tlsMs).toBeUndefined();
    expect(connected.connectMs).toBeGreaterThan(0);
  });

  it('to a name dials its first address, and a slow name server moves only dnsMs', async () => {
    const { port } = await listener();
    expect(await connect(ours(), { hostname: 'second.test', port })).toMatchObject({
      ok: true,
      remoteAddress: '127.0.0.1',
    });
    const slow = await connect(ours(), { hostname: 'slow.test', port });
    expect(slow).toMatchObject({ ok: true, remoteAddress: '127.0.0.1' });
    expect(slow.dnsMs).toBeGreaterThan(240);
    expect(slow.connectMs).toBeLessThan(slow.dnsMs as number);
  });

  it('to localhost works without any name server', async () => {
    const { port } = await listener();
    expect(
      await connect(ours({ nameServers: ['127.0.0.1:1'] }), { hostname: 'localhost', port }),
    ).toMatchObject({ ok: true });
  });

  it('takes a fresh connection each time', async () => {
    const server = await listener();
    const network = ours();
    for (let count = 0; count < 3; count++) await connect(network, { port: server.port });
    await expect.poll(() => server.connectionCount()).toBe(3);
  });
});

describe('failures of connecting', () => {
  it('refused is blamed on the target', async () => {
    const server = await startScriptedServer(() => undefined);
    await server.close();
    const failed = await connect(ours(), { port: server.port });
    expect(failed).toMatchObject({
      ok: false,
      failure: { layer: 'connect', code: 'refused', blame: 'target' },
    });
    expect((failed as NotConnected).failure.message).toContain(`127.0.0.1:${server.port}`);
  });

  it('a silent name server ends at the deadline, in the layer dns', async () => {
    expect(await connect(ours(), { hostname: 'silent.test' }, 150)).toMatchObject({
      ok: false,
      failure: { layer: 'dns', code: 'timeout', blame: 'network' },
    });
  });

  it('a deadline that has passed ends in the layer connect, and leaves nothing open', async () => {
    const server = await listener();
    const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port: server.port } as const;
    expect(await ours().connect(endpoint, AbortSignal.abort())).toMatchObject({
      ok: false,
      failure: { layer: 'connect', code: 'timeout', blame: 'network' },
    });
    await server.allClosed();
  });

  it.each(['', 'a b', 'a/b', '1.2.3.4.5', 'x'.repeat(300)])('%j is no host', async (hostname) => {
    const failed = await connect(ours(), { hostname });
    expect(failed).toMatchObject({ ok: false });
    expect(['forbidden_target', 'not_found']).toContain((failed as NotConnected).failure.code);
  });
});

describe('the address policy', () => {
  it.each(['private.test', 'mixed.test', 'six.test', 'mapped.test'])(
    'is applied to every address that %s resolves to',
    async (hostname) => {
      const failed = await connect(ours(), { hostname });
      expect(failed).toMatchObject({
        ok: false,
        failure: { layer: 'agent', blame: 'agent', code: 'forbidden_target' },
      });
      expect((failed as NotConnected).failure.message).toContain(hostname);
      expect(failed.connectMs).toBeUndefined();
    },
  );

  it('is not fooled by a name that changes its address: one lookup, and the checked address is dialled', async () => {
    rebindings = 0;
    const { port } = await listener();
    const asked = names.questions.length;
    expect(await connect(ours(), { hostname: 'rebind.test', port })).toMatchObject({ ok: true });
    expect(names.questions.length).toBe(asked + 1);
    expect(await connect(ours(), { hostname: 'rebind.test', port })).toMatchObject({
      ok: false,
      failure: { code: 'forbidden_target' },
    });
  });

  it('forbids loopback where it is not allowed', async () => {
    const server = await listener();
    const network = ours({ policy: { allow: [], deny: [] } });
    for (const hostname of ['127.0.0.1', 'localhost', 'video.test', '0x7f.1', '::ffff:127.0.0.1']) {
      expect(await connect(network, { hostname, port: server.port })).toMatchObject({
        ok: false,
        failure: { code: 'forbidden_target' },
      });
    }
    expect(server.connectionCount()).toBe(0);
  });

  it('answers for URLs before any connection', () => {
    const network = ours();
    expect(network.forbids(new URL('http://127.0.0.1/'))).toBeUndefined();
    expect(network.forbids(new URL('https://example.com/'))).toBeUndefined();
    for (const url of [
      'http://10.0.0.1/',
      'http://[fe80::1]/',
      'ftp://example.com/',
      'http://a:b@example.com/',
    ]) {
      expect(network.forbids(new URL(url))).toMatchObject({ code: 'forbidden_target', blame: 'agent' });
    }
    const closed = ours({ policy: { allow: [], deny: [] } });
    expect(closed.forbids(new URL('http://localhost:8080/'))).toMatchObject({ code: 'forbidden_target' });
  });
});

describe('connectTo', () => {
  it('dials the other address and skips the lookup', async () => {
    const { port } = await listener();
    const asked = names.questions.length;
    const network = ours({ connectTo: { 'Video.Example:80': `127.0.0.1:${port}` } });
    const connected = await connect(network, { hostname: 'video.example', port: 80 });
    expect(connected).toMatchObject({ ok: true, remoteAddress: '127.0.0.1' });
    expect(connected.dnsMs).toBeUndefined();
    expect(names.questions.length).toBe(asked);
  });

  it('resolves a name that it leads to, and leaves other ports alone', async () => {
    const { port } = await listener();
    const network = ours({ connectTo: { 'video.example:80': `video.test:${port}` } });
    expect((await connect(network, { hostname: 'video.example', port: 80 })).dnsMs).toBeGreaterThan(0);
    expect(await connect(network, { hostname: 'video.example', port: 81 })).toMatchObject({
      ok: false,
      failure: { code: 'not_found' },
    });
  });

  it('puts the policy to the address that is dialled, not to the one that is named', async () => {
    const { port } = await listener();
    const outward = ours({ connectTo: { '10.0.0.1:80': `127.0.0.1:${port}` } });
    expect(outward.forbids(new URL('http://10.0.0.1/'))).toBeUndefined();
    expect(await connect(outward, { hostname: '10.0.0.1' })).toMatchObject({ ok: true });
    const inward = ours({ connectTo: { 'example.com:80': '10.0.0.1:80' } });
    expect(inward.forbids(new URL('http://example.com/'))).toMatchObject({ code: 'forbidden_target' });
    expect(await connect(inward, { hostname: 'example.com' })).toMatchObject({
      ok: false,
      failure: { code: 'forbidden_target' },
    });
  });
});

describe('TLS', () => {
  const hosts = ['video.test', '127.0.0.1'];
  const good = makeCertificate({ names: hosts, authority });

  async function tlsServer(options: TlsOptions): Promise<{ port: number; server: TlsServer }> {
    const server = createTlsServer({ ALPNProtocols: ['h2', 'http/1.1'], ...options });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, server };
  }

  function trusting(): Network {
    return ours({ trustedCa: authority.cert });
  }

  it('shakes hands with SNI, offers HTTP/1.1 only, and tells the version', async () => {
    const { port, server } = await tlsServer(good);
    const session = once(server, 'secureConnection');
    const connected = await connect(trusting(), { protocol: 'https:', hostname: 'video.test', port });
    expect(connected).toMatchObject({ ok: true, tlsVersion: 'TLSv1.3', alpn: 'http/1.1' });
    expect(connected.tlsMs).toBeGreaterThan(0);
    expect(await session).toMatchObject([{ servername: 'video.test' }]);
  });

  it('checks the certificate of an address without SNI', async () => {
    const { port, server } = await tlsServer(good);
    const session = once(server, 'secureConnection');
    expect(await connect(trusting(), { protocol: 'https:', port })).toMatchObject({ ok: true });
    expect(await session).toMatchObject([{ servername: false }]);
  });

  it('keeps the name of the URL with connectTo', async () => {
    const { port } = await tlsServer(good);
    const connectTo = { 'video.test:443': `127.0.0.1:${port}`, 'other.test:443': `127.0.0.1:${port}` };
    const network = ours({ trustedCa: authority.cert, connectTo });
    expect(await connect(network, { protocol: 'https:', hostname: 'video.test', port: 443 })).toMatchObject({
      ok: true,
    });
    expect(await connect(network, { protocol: 'https:', hostname: 'other.test', port: 443 })).toMatchObject({
      ok: false,
      failure: { layer: 'tls', code: 'cert_name' },
    });
  });

  it('is cold every time: no session is resumed', async () => {
    const { port, server } = await tlsServer(good);
    const resumed: boolean[] = [];
    server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
    const network = trusting();
    for (let count = 0; count < 3; count++) {
      const connected = await connect(network, { protocol: 'https:', port });
      expect(connected.ok).toBe(true);
      // Long enough for the tickets of the server to arrive.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(resumed).toEqual([false, false, false]);
  });

  it.each([
    [
      'an expired certificate',
      makeCertificate({ names: hosts, authority, fromDays: -9, untilDays: -1 }),
      'cert_expired',
    ],
    [
      'one that is not valid yet',
      makeCertificate({ names: hosts, authority, fromDays: 1, untilDays: 9 }),
      'cert_expired',
    ],
    ['one for another name', makeCertificate({ names: ['other.test'], authority }), 'cert_name'],
    ['a self-signed one', makeCertificate({ names: hosts }), 'cert_self_signed'],
    [
      'one of a stranger',
      makeCertificate({ names: hosts, authority: makeAuthority('Nobody') }),
      'cert_untrusted',
    ],
  ])('refuses %s', async (_name, certificate, code) => {
    const { port } = await tlsServer(certificate);
    const failed = await connect(trusting(), { protocol: 'https:', hostname: 'video.test', port });
    expect(failed).toMatchObject({ ok: false, failure: { layer: 'tls', blame: 'target', code } });
    expect(failed).toMatchObject({ tlsMs: expect.any(Number), connectMs: expect.any(Number) });
  });

  it('does not trust our authority unless told', async () => {
    const { port } = await tlsServer(good);
    expect(await connect(ours(), { protocol: 'https:', hostname: 'video.test', port })).toMatchObject({
      ok: false,
      failure: { code: 'cert_untrusted' },
    });
  });

  it.each<[string, (socket: Socket) => void, string, string]>([
    ['plain HTTP', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'handshake', 'target'],
    ['a reset', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'reset', 'network'],
    ['a close', (socket) => socket.once('data', () => socket.end()), 'reset', 'network'],
  ])('fails on %s in place of a handshake', async (_name, script, code, blame) => {
    const server = await listener(script);
    const failed = await connect(trusting(), { protocol: 'https:', port: server.port });
    expect(failed).toMatchObject({ ok: false, failure: { layer: 'tls', code, blame } });
    await server.allClosed();
  });

  it('without a version in common fails the handshake', async () => {
    const { port } = await tlsServer({
      ...good,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    expect(await connect(trusting(), { protocol: 'https:', port })).toMatchObject({
      ok: false,
      failure: { layer: 'tls', code: 'handshake', blame: 'target' },
    });
  });

  it('that stalls ends at the deadline, and both sockets are closed', async () => {
    const server = await listener();
    expect(await connect(trusting(), { protocol: 'https:', port: server.port }, 200)).toMatchObject({
      ok: false,
      failure: { layer: 'tls', code: 'timeout', blame: 'unknown' },
    });
    await server.allClosed();
  });

  it('held back for a while moves only tlsMs', async () => {
    const { port } = await tlsServer(good);
    const proxy = await listener((socket) => {
      const upstream = connectTcp(port, '127.0.0.1').on('error', () => undefined);
      socket.on('data', (data) => setTimeout(() => upstream.write(data), 400));
      upstream.pipe(socket);
      socket.on('close', () => upstream.destroy());
    });
    const connected = await connect(trusting(), { protocol: 'https:', port: proxy.port });
    expect(connected).toMatchObject({ ok: true });
    expect(connected.tlsMs).toBeGreaterThan(390);
    expect(connected.connectMs).toBeLessThan(connected.tlsMs as number);
  });
});

describe('options that cannot be carried out', () => {
  const base = { policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] };

  it.each([
    [{ ...base, policy: { allow: ['everything'], deny: [] } }, /policy\.allow/],
    [{ ...base, connectTo: { 'a.test': '127.0.0.1:80' } }, /connectTo.*host:port/],
    [{ ...base, connectTo: { 'a.test:80': 'http://127.0.0.1' } }, /connectTo.*host:port/],
    [{ ...base, nameServers: ['nine nine'] }, /nameServers/],
    [{ ...base, trustedCa: 'not a certificate' }, /trustedCa.*PEM/],
  ])('are refused when the network is made: %j', (options, message) => {
    expect(() => createNetwork(options)).toThrow(message);
    expect(() => createNetwork(options)).toThrow(NetworkOptionsError);
  });
});
