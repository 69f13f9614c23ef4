import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { probeOf } from '../../../probes/registry.ts';
import { WEBSOCKET_LIMITS } from '../../../probes/websocket/params.ts';
import { websocketProbe } from '../../../probes/websocket/websocket.ts';
import { makeAuthority, makeCertificate, type ServerCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { startScriptedServer } from '../net/scripted-server.ts';
import { failureOf, runProbe } from '../tcp/support.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Served {
  readonly url: string;
  readonly port: number;
  readonly sockets: WebSocketServer;
}

async function serve(
  onSocket: (socket: WebSocket) => void,
  options: {
    readonly certificate?: ServerCertificate;
    readonly plain?: RequestListener;
    readonly autoPong?: boolean;
    readonly handleProtocols?: (protocols: Set<string>) => string | false;
  } = {},
): Promise<Served> {
  const { certificate, plain, ...rest } = options;
  const server: Server = certificate ? createTlsServer(certificate, plain) : createServer(plain);
  const sockets = new WebSocketServer({ ...(plain ? { noServer: true } : { server }), ...rest });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  closers.push(() => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { url: `${certificate ? 'wss' : 'ws'}://127.0.0.1:${port}/live?a=1`, port, sockets };
}

const echo = (socket: WebSocket) => socket.on('message', (data) => socket.send(`heard ${data}`));

describe('the probe', () => {
  it('is registered', () => {
    expect(probeOf('websocket')).toBe(websocketProbe);
  });

  it('times the upgrade, the answer and the pong', async () => {
    const { url, sockets } = await serve(echo);
    const requests: { url?: string | undefined; agent?: string | undefined }[] = [];
    sockets.on('connection', (_socket, { url: path, headers }) =>
      requests.push({ url: path, agent: headers['user-agent'] }),
    );
    const result = await runProbe(websocketProbe, url, { send: 'hello', expect: '^heard hello$' });
    expect(result.outcome).toBe('ok');
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'upgrade', 'message', 'ping']);
    expect(Object.keys(result.metrics).sort()).toEqual([
      'connect_ms',
      'ws_message_ms',
      'ws_ping_ms',
      'ws_upgrade_ms',
    ]);
    expect(requests).toEqual([{ url: '/live?a=1', agent: expect.stringMatching(/^Outrider\//) }]);
  });

  it('says goodbye, with the code of a normal end', async () => {
    const codes: number[] = [];
    const { url } = await serve((socket) => socket.on('close', (code) => codes.push(code)));
    await runProbe(websocketProbe, url);
    await expect.poll(() => codes).toEqual([1000]);
  });

  it('is content with the upgrade where nothing else is asked for', async () => {
    const { url } = await serve(() => undefined);
    const { outcome, metrics } = await runProbe(websocketProbe, url, { ping: false });
    expect(outcome).toBe('ok');
    expect(Object.keys(metrics).sort()).toEqual(['connect_ms', 'ws_upgrade_ms']);
  });

  it('takes web targets, and goes over TLS where they do', async () => {
    const authority = makeAuthority('Test authority');
    const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
    const { url } = await serve(echo, { certificate });
    const network = loopbackNetwork({ trustedCa: authority.cert });
    const result = await runProbe(websocketProbe, url.replace(/^wss/, 'https'), {}, { network });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { tls_version: 'TLSv1.3' } });
    expect(failureOf(await runProbe(websocketProbe, url))).toMatchObject({
      layer: 'tls',
      code: 'cert_untrusted',
    });
  });

  it('hears what a server says before it is asked', async () => {
    const { url } = await serve((socket) => socket.send('welcome'));
    expect(await runProbe(websocketProbe, url, { expect: 'welcome' })).toMatchObject({ outcome: 'ok' });
  });

  it('passes over what it does not wait for', async () => {
    const { url } = await serve((socket) => {
      for (const word of ['one', 'two', 'three']) socket.send(word);
    });
    expect(await runProbe(websocketProbe, url, { expect: '^three$' })).toMatchObject({ outcome: 'ok' });
  });

  it('offers subprotocols and says which was chosen', async () => {
    const { url } = await serve(() => undefined, { handleProtocols: () => 'chat.v2' });
    const result = await runProbe(websocketProbe, url, { protocols: ['chat.v2', 'chat.v1'] });
    expect(result.attributes.ws_protocol).toBe('chat.v2');
  });

  it('sends credentials of the agent, and shows them to nobody', async () => {
    const seen: (string | undefined)[] = [];
    const { url, sockets } = await serve(() => undefined);
    sockets.on('connection', (_socket, { headers }) => seen.push(headers.authorization));
    const secret = (name: string) => (name === 'live' ? 'top-secret' : undefined);
    const result = await runProbe(websocketProbe, url, { credentials: 'live' }, { secret });
    expect(result.outcome).toBe('ok');
    expect(seen).toEqual(['Bearer top-secret']);
    expect(JSON.stringify(result)).not.toContain('top-secret');
    const missing = failureOf(await runProbe(websocketProbe, url, { credentials: 'other' }, { secret }));
    expect(missing).toMatchObject({ blame: 'agent', code: 'bad_params' });
  });
});

describe('a service that fails', () => {
  it.each([
    [404, 'status'],
    [503, 'status'],
    [401, 'denied'],
    [302, 'status'],
  ])('with status %i has the code %s', async (status, code) => {
    const server = await startScriptedServer((socket) => {
      socket.once('data', () =>
        socket.write(`HTTP/1.1 ${status} No\r\nLocation: /\r\nContent-Length: 0\r\n\r\n`),
      );
    });
    closers.push(() => server.close());
    const failure = failureOf(await runProbe(websocketProbe, `ws://127.0.0.1:${server.port}/`));
    expect(failure).toMatchObject({ layer: 'http', blame: 'target', code });
    expect(failure?.message).toContain(String(status));
    await server.allClosed();
  });

  it.each<[string, (socket: Socket) => void, string, string]>([
    ['garbage', (socket) => socket.write('nonsense\r\n\r\n'), 'bad_response', 'http'],
    [
      'a wrong key',
      (socket) =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
        ),
      'bad_response',
      'http',
    ],
    ['a reset', (socket) => socket.resetAndDestroy(), 'reset', 'http'],
    ['silence', () => undefined, 'timeout', 'http'],
  ])('to upgrade with %s', async (_name, script, code, layer) => {
    const server = await startScriptedServer((socket) => {
      socket.once('data', () => script(socket));
    });
    closers.push(() => server.close());
    const result = await runProbe(websocketProbe, `ws://127.0.0.1:${server.port}/`, {}, { timeoutMs: 600 });
    expect(failureOf(result)).toMatchObject({ layer, code });
    expect(result.metrics.ws_upgrade_ms).toBeUndefined();
    await server.allClosed();
  });

  it.each<[string, (socket: WebSocket) => void, string]>([
    ['silence', () => undefined, 'timeout'],
    ['a goodbye', (socket) => socket.close(1011), 'reset'],
    [
      'a message that is too large',
      (socket) => socket.send('x'.repeat(WEBSOCKET_LIMITS.messageBytes.value + 1)),
      'too_large',
    ],
    [
      'other messages without end',
      (socket) => {
        for (let at = 0; at < WEBSOCKET_LIMITS.messages.value; at++) socket.send('tick');
      },
      'unexpected',
    ],
  ])('to answer with %s', async (_name, script, code) => {
    const { url } = await serve(script);
    const result = await runProbe(websocketProbe, url, { send: 'hi', expect: 'hello' }, { timeoutMs: 1500 });
    expect(failureOf(result)).toMatchObject({ layer: 'content', code });
    expect(result.metrics.ws_upgrade_ms).toEqual(expect.any(Number));
    expect(result.metrics.ws_message_ms).toBeUndefined();
  });

  it('stops a pattern that would keep the agent busy for ever', async () => {
    const { url } = await serve((socket) => socket.send(`${'a'.repeat(60)}b`));
    const failure = failureOf(await runProbe(websocketProbe, url, { expect: '^(?:a|aa)+$' }));
    expect(failure).toMatchObject({ layer: 'agent', blame: 'agent', code: 'bad_params' });
  });

  it('to answer a ping', async () => {
    const { url } = await serve(() => undefined, { autoPong: false });
    const result = await runProbe(websocketProbe, url, {}, { timeoutMs: 600 });
    expect(failureOf(result)).toMatchObject({ layer: 'content', code: 'timeout', blame: 'unknown' });
  });

  it('to say goodbye is cut off', async () => {
    let closed = false;
    const server = await startScriptedServer((socket) => {
      socket.on('close', () => {
        closed = true;
      });
      socket.once('data', (data) => {
        const key = /Sec-WebSocket-Key: (.+)\r/i.exec(data.toString())?.[1] ?? '';
        void accept(key).then((text) => socket.write(text));
      });
    });
    closers.push(() => server.close());
    const result = await runProbe(websocketProbe, `ws://127.0.0.1:${server.port}/`, { ping: false });
    expect(result.outcome).toBe('ok');
    expect(closed).toBe(false);
    await expect.poll(() => closed, { timeout: WEBSOCKET_LIMITS.closeMs.value + 5000 }).toBe(true);
  });
});

async function accept(key: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash}\r\n\r\n`;
}

describe('what is forbidden', () => {
  it.each([
    'ws://127.0.0.1/',
    'wss://10.0.0.1/',
    'ws://[::ffff:127.0.0.1]/',
    'http://0x7f.1/',
    'ws://u:p@example.com/',
  ])('%s is refused', async (url) => {
    const network = loopbackNetwork({ policy: { allow: [], deny: [] } });
    expect(failureOf(await runProbe(websocketProbe, url, {}, { network }))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'forbidden_target',
    });
  });

  it.each([
    [
      'too many headers',
      {
        headers: Object.fromEntries(
          Array.from({ length: WEBSOCKET_LIMITS.headers.value + 1 }, (_, at) => [`x-${at}`, 'a']),
        ),
      },
    ],
    ['a header of the connection', { headers: { Upgrade: 'h2c' } }],
    ['a message that is too long', { send: 'x'.repeat(WEBSOCKET_LIMITS.messageBytes.value + 1) }],
    ['a pattern that is none', { expect: '(' }],
  ])('%s are refused', (_name, params) => {
    expect(websocketProbe.params.safeParse(params).success).toBe(false);
  });
});
