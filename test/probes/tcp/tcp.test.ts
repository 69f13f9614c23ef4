import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { STARTTLS_LIMITS } from '../../../probes/net/starttls.ts';
import { probeOf } from '../../../probes/registry.ts';
import { TCP_LIMITS } from '../../../probes/tcp/params.ts';
import { tcpProbe } from '../../../probes/tcp/tcp.ts';
import { makeAuthority, makeCertificate } from '../net/certificates.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { type ScriptedServer, startScriptedServer } from '../net/scripted-server.ts';
import { failureOf, runProbe } from './support.ts';

const authority = makeAuthority('Test authority');
const certificate = makeCertificate({ names: ['127.0.0.1', 'mail.test'], authority });
const network = loopbackNetwork({ trustedCa: authority.cert });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function scripted(script: (socket: Socket) => void): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return server;
}

/** Says `greeting`, then answers each line with what `answers` has for it; `TLS` in an answer starts TLS after it. */
function lineServer(greeting: string, answers: Readonly<Record<string, string>>) {
  return scripted((socket) => {
    if (greeting !== '') socket.write(greeting);
    const onData = (data: Buffer) => {
      const answer = answers[data.toString('latin1').trim()];
      if (answer === undefined) return;
      if (!answer.startsWith('TLS ')) return void socket.write(answer);
      socket.removeAllListeners('data');
      socket.write(answer.slice(4));
      secureSide(socket);
    };
    socket.on('data', onData);
  });
}

/** The server side of a handshake on a plain socket, which then echoes. */
function secureSide(socket: Socket): void {
  const secure = new TLSSocket(socket, { isServer: true, ...certificate });
  secure.on('error', () => undefined).on('data', (data) => secure.write(`secret ${data}`));
}

const tcpUrl = ({ port }: { port: number }) => `tcp://127.0.0.1:${port}`;

describe('the probe', () => {
  it('is registered', () => {
    expect(probeOf('tcp')).toBe(tcpProbe);
  });

  it('connects and is done, where there is no dialogue', async () => {
    const server = await scripted(() => undefined);
    const result = await runProbe(tcpProbe, tcpUrl(server));
    expect(result).toMatchObject({ outcome: 'ok', attributes: { server_ip: '127.0.0.1' } });
    expect(result.metrics).toMatchObject({
      connect_ms: expect.any(Number),
      tcp_total_ms: expect.any(Number),
    });
    expect(result.metrics.dialogue_ms).toBeUndefined();
    await server.allClosed();
    expect(server.connectionCount()).toBe(1);
  });

  it('takes the port of a web target, and another where it is told', async () => {
    const server = await scripted(() => undefined);
    expect(await runProbe(tcpProbe, `http://127.0.0.1:${server.port}/a`)).toMatchObject({ outcome: 'ok' });
    expect(await runProbe(tcpProbe, 'https://127.0.0.1/', { port: server.port })).toMatchObject({
      outcome: 'ok',
    });
  });

  it('says who refused', async () => {
    const server = await startScriptedServer(() => undefined);
    await server.close();
    const failure = failureOf(await runProbe(tcpProbe, tcpUrl(server)));
    expect(failure).toMatchObject({ layer: 'connect', code: 'refused', blame: 'target' });
  });
});

describe('a target that is not for it', () => {
  it.each([
    ['tcp://10.0.0.1:25', 'forbidden_target'],
    ['tcp://0x7f.1:25', 'forbidden_target'],
    ['tcp://2130706433:25', 'forbidden_target'],
    ['tcp://[::ffff:169.254.169.254]:80', 'forbidden_target'],
    ['tcp://user:secret@example.com:25', 'forbidden_target'],
    ['file:///etc/passwd', 'bad_params'],
    ['gopher://127.0.0.1:70/', 'forbidden_target'],
    ['tcp://127.0.0.1', 'bad_params'],
    ['nonsense', 'bad_params'],
  ])('%s is refused with %s', async (url, code) => {
    const closed = loopbackNetwork({ policy: { allow: [], deny: [] } });
    expect(failureOf(await runProbe(tcpProbe, url, {}, { network: closed }))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code,
    });
  });
});

describe('a dialogue', () => {
  it('sends and expects, step by step, and may say again what it heard', async () => {
    const server = await lineServer('220 ready id=7\r\n', { 'HELLO 7': 'OK welcome\r\n', QUIT: 'BYE\r\n' });
    const result = await runProbe(tcpProbe, tcpUrl(server), {
      dialogue: [
        { expect: '^220 .*id=(\\d+)' },
        { send: `HELLO \${1}\r\n`, expect: '^OK' },
        { sendHex: '515549540d0a', expect: '^BYE$' },
      ],
    });
    expect(result.outcome).toBe('ok');
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'dialogue']);
    expect(result.metrics.dialogue_ms).toBeLessThanOrEqual(result.metrics.tcp_total_ms ?? 0);
  });

  it('does not hear the same answer twice', async () => {
    const server = await lineServer('OK\r\n', {});
    const params = { dialogue: [{ expect: 'OK' }, { expect: 'OK' }] };
    const result = await runProbe(tcpProbe, tcpUrl(server), params, { timeoutMs: 300 });
    expect(failureOf(result)?.message).toContain('step 2');
  });

  it('puts an answer together that comes in pieces', async () => {
    const server = await scripted((socket) => {
      socket.write('he');
      setTimeout(() => socket.write('llo\r\n'), 50);
    });
    expect(await runProbe(tcpProbe, tcpUrl(server), { dialogue: [{ expect: '^hello' }] })).toMatchObject({
      outcome: 'ok',
    });
  });

  it.each<[string, (socket: Socket) => void, string, string]>([
    ['another answer', (socket) => socket.write('554 go away\r\n'), 'unexpected', 'target'],
    ['another answer and a goodbye', (socket) => socket.end('554 go away\r\n'), 'unexpected', 'target'],
    ['silence', () => undefined, 'timeout', 'unknown'],
    ['a goodbye', (socket) => socket.end(), 'reset', 'target'],
    ['a reset', (socket) => setTimeout(() => socket.resetAndDestroy(), 50), 'reset', 'network'],
    [
      'more than it is willing to hear',
      (socket) => socket.write('x'.repeat(TCP_LIMITS.replyBytes.value + 1)),
      'too_large',
      'target',
    ],
  ])('that meets %s fails in content', async (_name, script, code, blame) => {
    const server = await scripted(script);
    const params = { dialogue: [{ expect: '^220 ' }] };
    const result = await runProbe(tcpProbe, tcpUrl(server), params, { timeoutMs: 500 });
    expect(failureOf(result)).toMatchObject({ layer: 'content', code, blame });
    expect(result.metrics.connect_ms).toEqual(expect.any(Number));
    expect(result.metrics.tcp_total_ms).toBeUndefined();
    await server.allClosed();
  });

  it('stops a pattern that would keep the agent busy for ever, and blames the agent', async () => {
    const server = await scripted((socket) => socket.write(`${'a'.repeat(60)}b\r\n`));
    const startMs = performance.now();
    const result = await runProbe(tcpProbe, tcpUrl(server), { dialogue: [{ expect: '^(?:a|aa)+$' }] });
    expect(failureOf(result)).toMatchObject({ layer: 'agent', blame: 'agent', code: 'bad_params' });
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  it('goes over IPv6 too', async () => {
    const server = createServer((socket) => socket.end('ready\r\n')).listen(0, '::1');
    const isThere = await new Promise((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!isThere) return;
    closers.push(() => server.close());
    const { port } = server.address() as { port: number };
    const result = await runProbe(tcpProbe, `tcp://[::1]:${port}`, { dialogue: [{ expect: 'ready' }] });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { server_ip: '::1' } });
  });

  it('shows what came, without its control characters', async () => {
    const server = await scripted((socket) => socket.end('\u001b[31mno\r\n'));
    const result = await runProbe(tcpProbe, tcpUrl(server), { dialogue: [{ expect: 'yes' }] });
    expect(failureOf(result)?.message).toContain('·[31mno');
  });
});

describe('parameters', () => {
  const steps = (count: number) => ({ dialogue: Array.from({ length: count }, () => ({ send: 'x' })) });

  it.each([
    ['too many steps', steps(TCP_LIMITS.steps.value + 1)],
    ['a line that is too long', { dialogue: [{ send: 'x'.repeat(TCP_LIMITS.sendChars.value + 1) }] }],
    ['a pattern that is too long', { dialogue: [{ expect: 'x'.repeat(TCP_LIMITS.patternChars.value + 1) }] }],
    ['a pattern that is none', { dialogue: [{ expect: '(' }] }],
    ['a pattern that can take for ever', { dialogue: [{ expect: '^(a+)+$' }] }],
    ['a step that does nothing', { dialogue: [{}] }],
    ['half a byte', { dialogue: [{ sendHex: 'abc' }] }],
    ['a protocol without STARTTLS', { starttls: 'gopher' }],
    ['port 0', { port: 0 }],
    ['what is unknown', { dialog: [] }],
  ])('%s are refused', (_name, params) => {
    expect(tcpProbe.params.safeParse(params).success).toBe(false);
  });
});

describe('STARTTLS', () => {
  const ldapRequest = '30 1d 02 01 01 77 18 80 16'.replaceAll(' ', '');

  it.each<[string, () => Promise<ScriptedServer>]>([
    [
      'smtp',
      () =>
        lineServer('220-mail.test\r\n220 ready\r\n', {
          'EHLO outrider.invalid': '250-mail.test\r\n250-SIZE\r\n250 STARTTLS\r\n',
          STARTTLS: 'TLS 220 go ahead\r\n',
        }),
    ],
    ['imap', () => lineServer('* OK ready\r\n', { 'a1 STARTTLS': 'TLS * CAPABILITY\r\na1 OK now\r\n' })],
    ['pop3', () => lineServer('+OK ready\r\n', { STLS: 'TLS +OK now\r\n' })],
    ['ftp', () => lineServer('220 ready\r\n', { 'AUTH TLS': 'TLS 234 now\r\n' })],
    [
      'postgres',
      () =>
        scripted((socket) => {
          socket.once('data', (data) => {
            if (data.toString('hex') !== '0000000804d2162f') return socket.end('N');
            socket.removeAllListeners('data');
            socket.write('S');
            secureSide(socket);
          });
        }),
    ],
    [
      'ldap',
      () =>
        scripted((socket) => {
          socket.once('data', (data) => {
            if (!data.toString('hex').startsWith(ldapRequest)) return socket.end();
            socket.removeAllListeners('data');
            socket.write(Buffer.from('300c02010178070a010004000400', 'hex'));
            secureSide(socket);
          });
        }),
    ],
    [
      'raw',
      () =>
        scripted((socket) => {
          socket.removeAllListeners('data');
          secureSide(socket);
        }),
    ],
  ])('of %s leads to a dialogue that is encrypted', async (starttls, start) => {
    const server = await start();
    const params = { starttls, dialogue: [{ send: 'word', expect: '^secret word$' }] };
    const result = await runProbe(tcpProbe, tcpUrl(server), params, { network });
    expect(failureOf(result)).toBeUndefined();
    expect(result.attributes.tls_version).toBe('TLSv1.3');
    expect(result.metrics.tls_ms).toEqual(expect.any(Number));
    const before = starttls === 'raw' ? ['connect'] : ['connect', 'starttls'];
    expect(result.phases.map(({ name }) => name)).toEqual([...before, 'tls', 'dialogue']);
  });

  it('is refused by a server that has none', async () => {
    const server = await lineServer('220 ready\r\n', {
      'EHLO outrider.invalid': '250 mail.test\r\n',
      STARTTLS: '502 what?\r\n',
    });
    const failure = failureOf(await runProbe(tcpProbe, tcpUrl(server), { starttls: 'smtp' }));
    expect(failure).toMatchObject({ layer: 'tls', code: 'unexpected', blame: 'target' });
    expect(failure?.message).toContain('502 what?');
  });

  it('does not believe what came in the clear after the consent', async () => {
    const server = await lineServer('+OK ready\r\n', { STLS: '+OK now\r\n+OK injected\r\n' });
    expect(failureOf(await runProbe(tcpProbe, tcpUrl(server), { starttls: 'pop3' }))).toMatchObject({
      layer: 'tls',
      code: 'bad_response',
    });
  });

  it('gives up on a greeting without end', async () => {
    const server = await lineServer('x'.repeat(STARTTLS_LIMITS.answerBytes.value + 1), {});
    expect(failureOf(await runProbe(tcpProbe, tcpUrl(server), { starttls: 'smtp' }))).toMatchObject({
      code: 'too_large',
    });
  });

  it('fails for the certificate as a client would', async () => {
    const server = createTlsServer(certificate, () => undefined).listen(0, '127.0.0.1');
    closers.push(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const params = { starttls: 'raw', serverName: 'other.test' };
    const result = await runProbe(tcpProbe, tcpUrl({ port }), params, { network });
    expect(failureOf(result)).toMatchObject({ layer: 'tls', code: 'cert_name', blame: 'target' });
  });
});
