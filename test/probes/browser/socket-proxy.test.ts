import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROWSER_LIMITS, DEFAULT_BROWSER_LIMITS } from '../../../probes/browser/limits.ts';
import { type SocketProxy, startSocketProxy } from '../../../probes/browser/socket-proxy.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { type ScriptedServer, startScriptedServer } from '../net/scripted-server.ts';

let peer: ScriptedServer;
let proxy: SocketProxy;

beforeEach(async () => {
  peer = await startScriptedServer((socket) => socket.on('data', (data) => socket.write(`echo ${data}`)));
  const policy = { allow: ['127.0.0.1/32'], deny: [] };
  const network = loopbackNetwork({ policy, connectTo: { 'open.test:80': `127.0.0.1:${peer.port}` } });
  proxy = await startSocketProxy(network, { ...DEFAULT_BROWSER_LIMITS, proxiedSockets: 2, admissionMs: 500 });
});

afterEach(async () => {
  await proxy.close();
  await peer.close();
});

const GREETING = Buffer.from([5, 1, 0]);

function toName(host: string, port: number): Buffer {
  const tail = Buffer.from([port >> 8, port & 0xff]);
  return Buffer.concat([Buffer.from([5, 1, 0, 3, host.length]), Buffer.from(host), tail]);
}

/** What the proxy says to these bytes, one part after the other, each after an answer. */
async function talk(...parts: readonly Buffer[]): Promise<string> {
  const socket: Socket = connect(proxy.port, '127.0.0.1');
  let said = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    said += data.toString('hex');
  });
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  }
  socket.destroy();
  return said;
}

describe('the proxy of web sockets', () => {
  it('refuses every form of what the policy forbids, and calls nobody', async () => {
    const { port } = peer;
    const tail = [port >> 8, port & 0xff];
    const goals = [
      toName('127.0.0.2', port),
      toName('0x7f.2', port),
      toName('2130706434', port),
      toName('[::ffff:127.0.0.2]', port),
      Buffer.from([5, 1, 0, 1, 127, 0, 0, 2, ...tail]),
      Buffer.from([5, 1, 0, 4, ...Array.from({ length: 15 }, () => 0), 1, ...tail]),
    ];
    for (const goal of goals) expect(await talk(GREETING, goal)).toMatch(/^050005(02)/);
    expect(peer.connectionCount()).toBe(0);
  });

  it('passes bytes both ways to what is permitted, by the mapping of the agent', async () => {
    const said = await talk(GREETING, toName('open.test', 80), Buffer.from('a'));
    expect(said).toBe(`050005000001000000000000${Buffer.from('echo a').toString('hex')}`);
  });

  it.each([
    ['another protocol', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], ''],
    ['a method that it has not', [Buffer.from([5, 1, 2])], '05ff'],
    [
      'a command that it has not',
      [GREETING, Buffer.from([5, 2, 0, 1, 1, 2, 3, 4, 0, 80])],
      '050005070001000000000000',
    ],
  ])('turns away %s', async (_what, parts, said) => {
    expect(await talk(...parts)).toBe(said);
  });

  it('hangs up on who does not say what it wants', async () => {
    expect(await talk(GREETING, Buffer.from([5]))).toBe('0500');
  });

  it('closes what is more than the limit', async () => {
    expect(BROWSER_LIMITS.proxiedSockets.value).toBeGreaterThan(2);
    const held = [connect(proxy.port, '127.0.0.1'), connect(proxy.port, '127.0.0.1')];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    expect(await talk(GREETING)).toBe('');
    for (const socket of held) socket.destroy();
  });
});
