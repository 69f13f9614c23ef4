import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StagedServer } from './staged-server.ts';

let server: StagedServer;

beforeAll(async () => {
  server = await StagedServer.start();
});
afterAll(async () => {
  await server.close();
});

interface Steps {
  readonly connectMs: number;
  readonly tlsMs: number;
  readonly ttfbMs: number;
  readonly status: number | undefined;
}

/** One request over a connection of its own. */
function fetchSteps(path: string): Promise<Steps> {
  return new Promise((resolve, reject) => {
    const fromMs = performance.now();
    let [connectedMs, securedMs] = [0, 0];
    const outgoing = request(server.url + path, { ca: server.certificate.cert, agent: false });
    outgoing.on('socket', (socket) => {
      socket.once('connect', () => {
        connectedMs = performance.now();
      });
      (socket as TLSSocket).once('secureConnect', () => {
        securedMs = performance.now();
      });
    });
    outgoing.on('response', (response) => {
      const ttfbMs = performance.now() - securedMs;
      response.resume().on('end', () =>
        resolve({
          connectMs: connectedMs - fromMs,
          tlsMs: securedMs - connectedMs,
          ttfbMs,
          status: response.statusCode,
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the staged server', () => {
  it('serves the clips under a certificate of its own', async () => {
    expect((await fetchSteps('/v/clip.mp4')).status).toBe(200);
    expect(server.certificate.cert).toContain('BEGIN CERTIFICATE');
  });

  it('delays one handshake and no request', async () => {
    await server.delay('tls', 600);
    const [first, second] = [await fetchSteps('/v/clip.mp4'), await fetchSteps('/v/clip.mp4')];
    expect(first.tlsMs).toBeGreaterThan(599);
    expect(first.ttfbMs).toBeLessThan(590);
    expect(second.tlsMs).toBeLessThan(590);
    expect(await server.delayed()).toBeGreaterThan(599);
  });

  it.each([
    ['headers', '/v/clip.mp4', '/dash/number.mpd'],
    ['headers', '/hls/fmp4/master.m3u8', '/hls/fmp4/640p/index.m3u8'],
    ['manifest', '/hls/fmp4/640p/index.m3u8', '/hls/fmp4/master.m3u8'],
    ['manifest', '/dash/timeline.mpd', '/dash/0-1.m4s'],
    ['init', '/hls/fmp4/640p/init_0.mp4', '/hls/fmp4/640p/segment-0.m4s'],
    ['init', '/dash/0-init.mp4', '/dash/2-init.mp4'],
    ['segment', '/dash/1-1.m4s', '/dash/1-2.m4s'],
    ['segment', '/hls/ts/640p/segment-0.ts', '/hls/ts/640p/segment-1.ts'],
  ] as const)('delays the stage %s of %s once, and nothing of %s', async (stage, path, other) => {
    await server.delay(stage, 600);
    expect((await fetchSteps(other)).ttfbMs).toBeLessThan(590);
    expect(await server.delayed()).toBeUndefined();
    const [first, second] = [await fetchSteps(path), await fetchSteps(path)];
    expect(first.ttfbMs).toBeGreaterThan(599);
    expect(first.tlsMs).toBeLessThan(590);
    expect(second.ttfbMs).toBeLessThan(590);
    expect(await server.delayed()).toBeGreaterThan(599);
  });

  it.skipIf(!existsSync('/proc/net/tcp'))(
    'leaves a connection of another process waiting for a second, and is itself again after it',
    async () => {
      const { port } = new URL(server.url);
      const script = `const t = performance.now();
        require('net').connect(${port}, '127.0.0.1', function () { console.log(performance.now() - t); this.destroy(); })`;
      const run = promisify(execFile);
      const { stdout } = await server.holdAccept(() => run(process.execPath, ['-e', script]), 10_000);
      expect(Number(stdout)).toBeGreaterThan(900);
      expect((await fetchSteps('/v/clip.mp4')).connectMs).toBeLessThan(500);
    },
  );
});
