import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadClips } from '../../sandbox/clips.ts';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';

let origin: RunningOrigin;
let clip: Buffer;

beforeAll(async () => {
  origin = await runningOrigin({ limits: { warmPaths: 3 } });
  clip = (await loadClips()).get('/v/clip.mp4')?.bytes ?? Buffer.alloc(0);
});

afterAll(() => origin.close());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  exchange(origin.url + path, { method, headers });

describe('clips', () => {
  it('come whole, with what a CDN and a page need to know', async () => {
    const answer = await get('/v/clip.mp4');
    expect(answer.status).toBe(200);
    expect(answer.body.equals(clip)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(clip.length),
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=3600',
      'access-control-allow-origin': '*',
      'timing-allow-origin': '*',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
    expect(answer.headers['access-control-expose-headers']).toMatch(
      /Content-Range.*X-Cache.*X-Pop.*Upload-Offset/,
    );
  });

  it.each([
    ['/v/clip-moov-end.mp4', 'video/mp4'],
    ['/v/clip-hevc.mp4', 'video/mp4'],
    ['/hls/fmp4/master.m3u8', 'application/vnd.apple.mpegurl'],
    ['/hls/fmp4/640p/segment-0.m4s', 'video/iso.segment'],
    ['/hls/ts/640p/segment-0.ts', 'video/mp2t'],
    ['/dash/number.mpd', 'application/dash+xml'],
    ['/dash/0-1.m4s', 'video/iso.segment'],
  ])('at %s are %s', async (path, type) => {
    const answer = await get(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
  });

  it('come without a body for HEAD, with the same head', async () => {
    const [head, whole] = [await get('/v/clip.mp4', {}, 'HEAD'), await get('/v/clip.mp4')];
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
    expect(head.headers.etag).toBe(whole.headers.etag);
  });

  it('come in any part that is asked for', async () => {
    const edge = fc.nat(clip.length + 1000);
    await fc.assert(
      fc.asyncProperty(edge, edge, async (one, other) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const answer = await get('/v/clip.mp4', { range: `bytes=${first}-${last}` });
        if (first >= clip.length) {
          expect([answer.status, answer.headers['content-range']]).toEqual([416, `bytes */${clip.length}`]);
          return;
        }
        const end = Math.min(last, clip.length - 1);
        expect([answer.status, answer.headers['content-range']]).toEqual([
          206,
          `bytes ${first}-${end}/${clip.length}`,
        ]);
        expect(answer.body.equals(clip.subarray(first, end + 1))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('ignore ranges of HEAD, of another version, and where a server without ranges is asked for', async () => {
    const range = 'bytes=0-9';
    const { etag = '' } = (await get('/v/clip.mp4')).headers;
    expect((await get('/v/clip.mp4', { range }, 'HEAD')).status).toBe(200);
    expect((await get('/v/clip.mp4', { range, 'if-range': '"other"' })).status).toBe(200);
    expect((await get('/v/clip.mp4', { range, 'if-range': etag })).status).toBe(206);
    const without = await get('/v/clip.mp4?norange=1', { range });
    expect([without.status, without.headers['accept-ranges']]).toEqual([200, 'none']);
  });

  it('are not sent again to who has them', async () => {
    const { etag = '' } = (await get('/v/clip.mp4')).headers;
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const answer = await get('/v/clip.mp4', { 'if-none-match': known });
      expect([answer.status, answer.body.length], known).toEqual([304, 0]);
    }
    expect((await get('/v/clip.mp4', { 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('are a MISS for the first fetch of a region and a HIT after it, until forgotten', async () => {
    const cacheOf = async (path: string, pop: string) =>
      (await get(path, { 'x-pop': pop })).headers['x-cache'];
    expect(await cacheOf('/v/clip.mp4', 'eu-west')).toBe('MISS');
    expect(await cacheOf('/v/clip.mp4', 'eu-west')).toBe('HIT');
    expect(await cacheOf('/v/clip.mp4', 'us-east')).toBe('MISS');
    for (const path of ['/v/clip-hevc.mp4', '/v/clip-moov-end.mp4', '/hls/ts/master.m3u8'])
      await cacheOf(path, 'eu-west');
    expect(await cacheOf('/v/clip.mp4', 'eu-west')).toBe('MISS');
  });
});

describe('injected behaviour', () => {
  it('delays the head by what is asked', async () => {
    const fastest = async (delayMs: number) => {
      const answers = [];
      for (let run = 0; run < 5; run += 1) answers.push(await get(`/v/clip.mp4?delay_ms=${delayMs}`));
      return Math.min(...answers.map(({ headMs }) => headMs));
    };
    const [none, some, more] = [await fastest(0), await fastest(40), await fastest(240)];
    expect((more - some) / 200).toBeGreaterThan(0.85);
    expect((more - some) / 200).toBeLessThan(1.15);
    expect(some - none).toBeGreaterThan(35);
  });

  it('stalls in mid-body and then sends the rest, of parts as well', async () => {
    const query = '?pause_at=1000&pause_ms=150';
    for (const headers of [{}, { range: 'bytes=500-4000' }]) {
      const answer = await get(`/v/clip.mp4${query}`, headers);
      expect(answer.totalMs - answer.headMs).toBeGreaterThan(140);
      const expected = answer.status === 206 ? clip.subarray(500, 4001) : clip;
      expect(answer.body.equals(expected)).toBe(true);
    }
  });

  it('does not stall a body that ends before', async () => {
    const answer = await get('/v/clip.mp4?pause_at=5000&pause_ms=20000', { range: 'bytes=0-99' });
    expect(answer.body).toHaveLength(100);
  });

  it('answers with the status that is asked for', async () => {
    expect((await get('/v/clip.mp4?status=503')).status).toBe(503);
    expect((await get('/status/x?status=429')).status).toBe(429);
  });

  it('is handed down from a playlist to its children', async () => {
    const master = await get('/hls/fmp4/master.m3u8?delay_ms=1&norange=1&token=x');
    const [child] = master.body
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(child).toBe('640p/index.m3u8?delay_ms=1&norange=1');
    const media = await get(`/hls/fmp4/${child}`);
    expect(media.body.toString('utf8')).toContain('URI="init_0.mp4?delay_ms=1&norange=1"');
    expect(media.body.toString('utf8')).toContain('segment-0.m4s?delay_ms=1&norange=1');
    expect(media.headers['content-length']).toBe(String(media.body.length));
  });

  it('is refused when it cannot be meant', async () => {
    const answer = await get('/v/clip.mp4?delay_ms=soon');
    expect(answer.status).toBe(400);
    expect(json(answer)).toMatchObject({
      error: { code: 'bad_parameter', message: expect.stringContaining('delay_ms') },
    });
  });
});

describe('the rest', () => {
  it('lists what there is', async () => {
    const answer = json(await get('/'));
    expect(answer.clips).toContain('/hls/ts/master.m3u8');
    expect(answer.routes).toHaveLength(12);
  });

  it.each([
    '/nothing',
    '/v/',
    '/v/../../package.json',
    '/v/%2e%2e/%2e%2e/package.json',
    '/v/..%2f..%2fpackage.json',
    '/hls/fmp4/../../../sandbox/index.ts',
    '/v/__proto__',
    '/play/..%2f..%2fetc%2fpasswd',
    '/status/..%2f..',
    '/play/0123456789abcdef0123456789abcdef.json',
    '//v/clip.mp4',
  ])('finds nothing at %s', async (path) => {
    // By a socket: an HTTP client would tidy the path up.
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect(origin.port, '127.0.0.1', () => {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      });
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
      socket.on('error', reject);
    });
    expect(status).toBe('HTTP/1.1 404 Not Found');
  });

  it('says which methods a path has', async () => {
    const answer = await get('/v/clip.mp4', {}, 'DELETE');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await get('/files/x')).status).toBe(405);
  });

  it('lets pages of any origin ask for ranges', async () => {
    const answer = await get(
      '/v/clip.mp4',
      { 'access-control-request-headers': 'range', 'access-control-request-private-network': 'true' },
      'OPTIONS',
    );
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': expect.stringContaining('Range'),
      'access-control-allow-private-network': 'true',
    });
  });

  it('refuses targets that are no URL', async () => {
    const answer = await get('/v/clip.mp4', { host: 'a b' });
    expect(answer.status).toBe(400);
  });
});
