import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import type { Network } from '../../probes/net/network.ts';
import type { RunResult } from '../../probes/probe.ts';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { type AccessLine, type Origin, startOrigin } from '../../sandbox/index.ts';
import { browserOf, clock, networkOf } from './probe-browser.ts';

const USER_AGENT = 'Outrider/0.1 (+synthetic probe; agent test-1)';

let origin: Origin;
let dataDir: string;
let network: Network;
let browser: WarmBrowser;
const lines: AccessLine[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cmcd-test-'));
  origin = await startOrigin({ dataDir, onAccess: (line) => void lines.push(line) });
  network = networkOf();
  browser = await browserOf({ network, userAgent: USER_AGENT });
});
afterAll(async () => {
  await browser?.close();
  await origin?.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  lines.length = 0;
});

async function run(type: string, url: string, params: object, by = { browser, network }): Promise<RunResult> {
  const probe = probeOf(type);
  if (!probe) throw new Error(`there is no probe ${type}`);
  const context = {
    ...by,
    signal: AbortSignal.timeout(60_000),
    clock,
    random: Math.random,
    agent: { id: 'test-1', region: 'test' },
    userAgent: USER_AGENT,
  };
  const target = { name: 'a clip', url, labels: {} };
  const result = await probe.run(context, target, probe.params.parse(params));
  // Lines of requests that the end of the tab cut come a moment later.
  let known = -1;
  await vi.waitFor(
    () => {
      const before = known;
      known = lines.length;
      expect(known).toBe(before);
    },
    { interval: 200, timeout: 10_000 },
  );
  return result;
}

const video = (path: string, params: object = {}, by?: { browser: WarmBrowser; network: Network }) =>
  run('video-start', `${origin.url}${path}`, { watchMs: 0, ...params }, by);

/**
 * The kinds of requests that a server sees, but for the marks. Which segments of which rendition a player asks for before its tab is
 * closed is a matter of time.
 */
const kindsAsked = (): ReadonlySet<string> =>
  new Set(
    lines.map(({ method, url, range, status }) => {
      const path = url.replace(/[?&]CMCD=[^&]*/, '').replace(/\d+/g, 'N');
      return `${method} ${path} ${range?.replace(/[1-9]\d*/g, 'N')} ${status}`;
    }),
  );

const STARTS = [
  ['a file', '/v/clip.mp4', {}],
  ['a file with its index at the end', '/v/clip-moov-end.mp4', {}],
  ['HLS of fMP4', '/hls/fmp4/master.m3u8', {}],
  ['HLS of TS', '/hls/ts/master.m3u8', {}],
  ['HLS without hls.js', '/hls/ts/master.m3u8', { player: 'native' }],
  ['DASH', '/dash/number.mpd', {}],
  ['DASH of whole files, by ranges', '/dash/base.mpd', {}],
] as const;

describe('video-start', () => {
  it.each(STARTS)('names the session and the probe on every request: %s', async (_name, path, params) => {
    const result = await video(path, params);
    expect(result.outcome).toBe('ok');
    expect(result.attributes.cmcd_sid).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines.length).toBeGreaterThan(0);
    for (const { cmcd, url, method } of lines) {
      expect(method).toBe('GET');
      expect(url).not.toContain('CMCD');
      expect(cmcd).toMatchObject({
        sid: result.attributes.cmcd_sid,
        cid: 'a clip',
        'outrider-probe': 'video-start',
        v: 2,
      });
      // It is shown, if to nobody.
      expect(cmcd).not.toHaveProperty('nr');
    }
  });

  it.each(STARTS)(
    'asks for the same with marks and without, ranges and all: %s',
    async (_name, path, params) => {
      const kinds: Record<string, ReadonlySet<string>> = {};
      for (const cmcd of ['off', 'header', 'query']) {
        lines.length = 0;
        // Long enough to fetch something of every kind.
        expect(await video(path, { ...params, cmcd, watchMs: 500 })).toMatchObject({ outcome: 'ok' });
        expect(new Set(lines.map(({ method }) => method))).toEqual(new Set(['GET']));
        expect(lines.every((line) => (line.cmcd === null) === (cmcd === 'off'))).toBe(true);
        kinds[cmcd] = kindsAsked();
      }
      expect(kinds.header).toEqual(kinds.off);
      expect(kinds.query).toEqual(kinds.off);
    },
  );

  it('in the address is joined to the result too, and measures the same objects', async () => {
    const { metrics, attributes } = await video('/hls/fmp4/master.m3u8', { cmcd: 'query' });
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(['manifest_ms', 'init_ms', 'segment_ms']));
    for (const { cmcd, url } of lines) {
      expect(url).toContain('CMCD=');
      expect(cmcd).toMatchObject({ sid: attributes.cmcd_sid });
    }
  });

  it('says what is known of each request', async () => {
    await video('/hls/fmp4/master.m3u8');
    const objects = lines.map(({ url, cmcd }) => [url.endsWith('.m3u8'), cmcd?.ot, cmcd?.sf]);
    expect(new Set(objects.map((object) => JSON.stringify(object)))).toEqual(
      new Set(['[true,"m","h"]', '[false,null,"h"]']),
    );
    lines.length = 0;
    await video('/v/clip.mp4');
    expect(lines[0]?.cmcd).toMatchObject({ ot: 'av', sf: 'o' });
  });

  it('marks nothing of a run that is to be bare', async () => {
    const { attributes } = await video('/v/clip.mp4', { cmcd: 'off' });
    expect(attributes).not.toHaveProperty('cmcd_sid');
  });
});

describe('a browser whose owner lets it go everywhere', () => {
  it('marks as well, though nothing else holds its requests', async () => {
    const everywhere = networkOf({ allow: ['0.0.0.0/0', '::/0'], deny: [] });
    const free = await browserOf({ network: everywhere, userAgent: USER_AGENT });
    try {
      const { attributes } = await video('/hls/ts/master.m3u8', {}, { browser: free, network: everywhere });
      expect(lines.length).toBeGreaterThan(2);
      for (const { cmcd, method } of lines) {
        expect(method).toBe('GET');
        expect(cmcd?.sid).toBe(attributes.cmcd_sid);
      }
    } finally {
      await free.close();
    }
  });
});

describe('every probe with a browser', () => {
  const runs: Readonly<Record<string, () => Promise<RunResult>>> = {
    'video-start': () => video('/hls/fmp4/master.m3u8'),
    feed: () =>
      run('feed', `${origin.url}/v/clip.mp4`, {
        clips: ['/v/clip-moov-end.mp4', '/hls/ts/master.m3u8'],
        dwellMs: 300,
        swipes: 2,
      }),
  };

  it('is tried here', () => {
    const browsing = Object.values(PROBES).filter(({ lane }) => lane === 'browser');
    expect(browsing.map(({ type }) => type).sort()).toEqual(Object.keys(runs).sort());
  });

  it.each(Object.entries(runs))(
    'says who asks, behind what the browser says of itself: %s',
    async (type, go) => {
      const { attributes } = await go();
      expect(lines.length).toBeGreaterThan(2);
      for (const { user_agent: agent, cmcd } of lines) {
        expect(agent).toMatch(
          /^Mozilla\/5\.0 .*Chrome\/[\d.]+ .* Outrider\/0\.1 \(\+synthetic probe; agent test-1\)$/,
        );
        expect(cmcd).toMatchObject({ sid: attributes.cmcd_sid, 'outrider-probe': type });
      }
    },
  );
});

describe('feed', () => {
  it('fetches a list of clips by itself, in the same session as the clips', async () => {
    const asks: Record<string, unknown>[] = [];
    const clips = ['/v/clip.mp4', '/v/clip-moov-end.mp4'].map((path) => `${origin.url}${path}`);
    const lists = createServer((request, response) => {
      asks.push(request.headers);
      response.end(JSON.stringify(clips));
    });
    await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(lists.address() as AddressInfo).port}/list`;
    const { attributes } = await run('feed', url, { swipes: 1, dwellMs: 300 });
    lists.close();
    expect(asks).toEqual([
      expect.objectContaining({
        'user-agent': USER_AGENT,
        'cmcd-object': 'ot=o',
        'cmcd-session': expect.stringContaining(attributes.cmcd_sid as string),
      }),
    ]);
    expect(lines.length).toBeGreaterThan(1);
    expect(new Set(lines.map(({ cmcd }) => cmcd?.sid))).toEqual(new Set([attributes.cmcd_sid]));
  });
});

describe('a page of the user', () => {
  interface Seen {
    readonly path: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
  }
  const seen: Seen[] = [];
  let server: Server;
  let base: string;
  let page: string;

  /** A page with a cookie, a beacon, a call of its own, a part of a clip at another origin, and a video that is redirected there. */
  const PAGE = `<!doctype html><body><script>
    fetch('/api', { headers: { 'x-own': '1' } });
    navigator.sendBeacon('/beacon', 'x');
    const video = document.createElement('video');
    video.muted = video.autoplay = true;
    document.body.append(video);
    fetch('ORIGIN/v/clip-moov-end.mp4', { headers: { range: 'bytes=0-9' } })
      .then((response) => response.arrayBuffer())
      .then(() => { video.src = '/clip.mp4'; });
  </script>`;

  beforeAll(async () => {
    page = PAGE.replace('ORIGIN', origin.url);
    server = createServer((request, response) => {
      const { url = '', method = '', headers } = request;
      const path = url.split('?')[0] ?? '';
      seen.push({ path, method, headers: headers as Record<string, string> });
      if (path === '/page') {
        const head = { 'content-type': 'text/html', 'set-cookie': 'who=me; Path=/' };
        response.writeHead(200, head).end(page);
      } else if (path === '/clip.mp4') {
        response.writeHead(302, { location: `${origin.url}/v/clip.mp4` }).end();
      } else response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    seen.length = 0;
  });

  const watch = (params: object = {}) =>
    run('video-start', `${base}/page`, { page: {}, watchMs: 200, ...params });
  const marksOf = ({ headers }: Seen) => Object.keys(headers).filter((name) => name.startsWith('cmcd-'));

  it('has its media marked, through a redirect too, and nothing else', async () => {
    const { outcome, attributes } = await watch();
    expect(outcome).toBe('ok');
    const media = seen.filter(({ path }) => path === '/clip.mp4');
    expect(media.map(({ headers }) => headers['cmcd-session'])).toEqual([
      expect.stringContaining(attributes.cmcd_sid as string),
    ]);
    const rest = seen.filter(({ path }) => path !== '/clip.mp4');
    expect(rest.map(({ path }) => path)).toEqual(expect.arrayContaining(['/page', '/api', '/beacon']));
    expect(rest.flatMap(marksOf)).toEqual([]);
    // At another origin: what the page asked for itself, and where the redirect led.
    expect(lines.map(({ method, url, cmcd }) => [method, url, cmcd?.sid])).toEqual([
      ['GET', '/v/clip-moov-end.mp4', attributes.cmcd_sid],
      ['GET', '/v/clip.mp4', attributes.cmcd_sid],
    ]);
  });

  it('sends the same headers with marks and without', async () => {
    const headersOf = async (cmcd: string) => {
      seen.length = 0;
      await watch({ cmcd });
      const pairs = seen.map((request) => {
        const own = Object.entries(request.headers).filter(([name]) => !marksOf(request).includes(name));
        return [request.path, Object.fromEntries(own)] as const;
      });
      return Object.fromEntries(pairs);
    };
    const bare = await headersOf('off');
    expect(bare['/clip.mp4']).toMatchObject({ cookie: 'who=me', referer: `${base}/page`, range: 'bytes=0-' });
    expect(await headersOf('header')).toEqual(bare);
  });

  it('keeps the session of a player of its own', async () => {
    const own = 'CMCD=sid%3D%22mine%22';
    page = `<!doctype html><body><video muted autoplay src="${origin.url}/v/clip.mp4?${own}"></video>`;
    const { attributes } = await watch();
    expect(lines.map(({ cmcd }) => cmcd)).toEqual([{ sid: 'mine' }]);
    expect(attributes).not.toHaveProperty('cmcd_sid');
  });
});

describe('headers that the browser adds in front of the CORS check', () => {
  it('would make a preflight of every request to another origin: why marks are added behind it', async () => {
    await browser.withTab(AbortSignal.timeout(20_000), async ({ page, devtools }) => {
      await devtools.send('Network.setExtraHTTPHeaders', { headers: { 'CMCD-Session': 'sid="x"' } });
      await page.evaluate((url) => fetch(url).catch(() => {}), `${origin.url}/hls/ts/master.m3u8`);
    });
    await vi.waitFor(() => expect(lines.map(({ method }) => method)).toContain('OPTIONS'));
  });
});
