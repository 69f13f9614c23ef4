import { readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { runOfRequest, waitOfRequest } from './jittery-request.ts';
import { JitteryServer } from './jittery-server.ts';

describe('requests of the benchmark of accuracy', () => {
  it('tell their run by the address, or by the session in their header', () => {
    expect(runOfRequest('/a?run=r7&x=1', undefined)).toBe('r7');
    expect(runOfRequest('/a', 'cid="t",sid="abc-1",v=2')).toBe('abc-1');
    expect(runOfRequest('/a', undefined)).toBeUndefined();
  });

  it('say how long their answer is to wait, within bounds', () => {
    expect(waitOfRequest('/a?wait=250')).toBe(250);
    expect(waitOfRequest('/a')).toBe(0);
    expect(waitOfRequest('/a?wait=1e9')).toBe(10_000);
    expect(waitOfRequest('/a?wait=soon')).toBe(0);
  });
});

describe('the server of the benchmark of accuracy', () => {
  it('answers, says who asked over which port, once, and writes down its secrets', async () => {
    const keyLogFile = join(tmpdir(), `outrider-jittery-${process.pid}.keys`);
    const server = await JitteryServer.start({ names: 2, keyLogFile });
    try {
      const port = await new Promise<number>((resolve, reject) => {
        get(`${server.url('http1')}/?run=one`, (response) => {
          const { localPort = 0 } = response.socket;
          response.resume().once('end', () => resolve(localPort));
        }).once('error', reject);
      });
      const session = connect(server.url('http2'));
      await new Promise<void>((resolve, reject) => {
        session.request({ ':path': '/?run=two' }).on('error', reject).resume().once('end', resolve).end();
      });
      session.close();
      await new Promise<void>((resolve, reject) => {
        const options = {
          port: server.ports.https2,
          host: '127.0.0.1',
          ca: server.cert,
          ALPNProtocols: ['h2'],
        };
        const socket = connectTls(options, () => {
          socket.destroy();
          resolve();
        }).once('error', reject);
      });
      const asked = await server.asked();
      expect(asked.map(({ run }) => run)).toEqual(['one', 'two']);
      expect(asked[0]?.port).toBe(port);
      expect(await server.asked()).toEqual([]);
      expect(readFileSync(keyLogFile, 'utf8')).toContain('CLIENT_HANDSHAKE_TRAFFIC_SECRET');
    } finally {
      await server.close();
      rmSync(keyLogFile, { force: true });
    }
  });
});
