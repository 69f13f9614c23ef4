import { afterEach, describe, expect, it } from 'vitest';
import { HttpSession } from '../../../probes/net/session.ts';
import { MediaError } from '../../../probes/playback/media-error.ts';
import {
  bodyFailure,
  type FetchPlan,
  MediaFetcher,
  mediaFailure,
  placed,
} from '../../../probes/playback/media-fetcher.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { clock, loopbackNetwork, runContext } from '../net/run-context.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';

const MEDIA: FetchPlan = { name: 'media', layer: 'http', maxBodyBytes: 100_000 };
const SEGMENT: FetchPlan = { ...MEDIA, name: 'segment', layer: 'segment' };

let server: MediaServer;
let session: HttpSession;
afterEach(async () => {
  session.close();
  await server.close();
});

async function fetcherOf(files: Record<string, Served>) {
  server = await startMediaServer(files);
  const { signal, userAgent } = runContext();
  session = new HttpSession({
    network: loopbackNetwork(),
    clock,
    signal,
    userAgent,
    timeline: new Timeline(clock),
  });
  const seen: string[] = [];
  const fetcher = new MediaFetcher(session, {
    onConnected: () => void seen.push('connected'),
    onResponse: ({ status }) => void seen.push(String(status)),
  });
  const open = (path: string, plan: FetchPlan) => fetcher.open(new URL(path, server.url), plan);
  return { fetcher, seen, open };
}

describe('MediaFetcher', () => {
  it('asks for a range only when the plan has one, bounded or not', async () => {
    const { open } = await fetcherOf({ '/a': { body: 'abcdef' } });
    const texts: string[] = [];
    for (const range of [undefined, { from: 2 }, { from: 1, to: 3 }]) {
      const fetched = await open('/a', range ? { ...MEDIA, range } : MEDIA);
      if (!fetched.ok) throw new Error(fetched.failure.message);
      texts.push((await fetched.response.body.collect()).bytes.toString());
    }
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=2-', 'bytes=1-3']);
    expect(texts).toEqual(['abcdef', 'cdef', 'bcd']);
  });

  it('refuses a part that nobody asked for', async () => {
    const { open } = await fetcherOf({ '/a': { body: 'x', status: 206 } });
    expect(await open('/a', SEGMENT)).toMatchObject({
      ok: false,
      failure: { layer: 'segment', code: 'status' },
    });
  });

  it('tells of every connection and of the last response, not of redirects', async () => {
    const { fetcher, seen, open } = await fetcherOf({
      '/a': { body: '', status: 301, headers: { location: '/b' } },
      '/b': { body: 'x', status: 503 },
    });
    await open('/a', MEDIA);
    expect(seen).toEqual(['connected', 'connected', '503']);
    expect(fetcher.requestCount).toBe(2);
  });

  it('leaves the long body of a redirect unread, at the cost of its connection', async () => {
    const { open } = await fetcherOf({
      '/a': { body: Buffer.alloc(90_000), status: 302, headers: { location: '/b' } },
      '/b': { body: 'x' },
    });
    expect((await open('/a', MEDIA)).ok).toBe(true);
    expect(session.connectionCount).toBe(2);
  });

  it('does not name the query of a URL, which may hold a secret', async () => {
    const { open } = await fetcherOf({});
    const fetched = await open('/gone.mp4?signature=secret', MEDIA);
    expect(fetched.ok).toBe(false);
    expect(JSON.stringify(fetched)).toContain('/gone.mp4');
    expect(JSON.stringify(fetched)).not.toContain('secret');
  });
});

describe('the place of a failure', () => {
  const failure = (
    layer: 'http' | 'connect' | 'agent',
    code: 'reset' | 'truncated' | 'too_large' | 'refused',
  ) => ({ layer, blame: 'network', code, message: 'It broke.' }) as const;

  it('is what was fetched', () => {
    expect(placed(failure('http', 'reset'), SEGMENT)).toMatchObject({
      layer: 'segment',
      message: 'Segment: It broke.',
    });
    expect(placed(failure('http', 'reset'), MEDIA).layer).toBe('http');
  });

  it('is the content when a file breaks off or is too large', () => {
    expect(placed(failure('http', 'truncated'), MEDIA).layer).toBe('content');
    expect(placed(failure('http', 'too_large'), MEDIA).layer).toBe('content');
    expect(placed(failure('http', 'truncated'), SEGMENT).layer).toBe('segment');
  });

  it('stays with the connection, and with what is our own', () => {
    expect(placed(failure('connect', 'refused'), SEGMENT).layer).toBe('connect');
    expect(placed(failure('agent', 'refused'), SEGMENT).layer).toBe('agent');
  });

  it('is nowhere when a body ended well', () => {
    expect(bodyFailure({ ok: true, complete: true, byteCount: 1, endMs: 0 }, MEDIA)).toBeUndefined();
  });

  it('is decode for what a parser found, and a bug is thrown on', () => {
    const found = mediaFailure(new MediaError('bad_media', 'it has no frames'), 'decode', 'the file');
    expect(found).toEqual({
      layer: 'decode',
      blame: 'target',
      code: 'bad_media',
      message: 'The file: it has no frames.',
    });
    expect(() => mediaFailure(new TypeError('oops'), 'decode', 'the file')).toThrow(TypeError);
  });
});
