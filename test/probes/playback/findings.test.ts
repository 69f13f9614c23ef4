import { afterEach, describe, expect, it } from 'vitest';
import { findingsOf, packagingCostMs } from '../../../probes/playback/findings.ts';
import { type FileFacts, PackagingFacts } from '../../../probes/playback/packaging-facts.ts';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';
import { Throughput } from '../../../probes/playback/throughput.ts';
import type { Finding } from '../../../probes/probe.ts';
import { clip, inFragments, makeBox, movieHeaderAt, segmentIndex, words } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

/** 1000 bytes a millisecond. */
const throughput = new Throughput();
throughput.add(1_000_000, 0, 1000);

const FILE: FileFacts = {
  faststart: true,
  fragmented: false,
  indexed: false,
  fragmentCount: 0,
  moovBytes: 10_000,
  cover: false,
  startBytes: 50_000,
  frameBytes: 40_000,
  readyMs: 500,
  bestMs: 200,
  bytesPerS: 200_000,
  extraRequests: 0,
};

interface Case {
  readonly file?: Partial<FileFacts>;
  readonly heads?: Record<
    string,
    { readonly status?: number; readonly rangeIgnored?: boolean; readonly headers?: Record<string, string> }
  >;
  readonly segment?: {
    readonly durationS: number;
    readonly byteCount: number;
    readonly appendedWhole: boolean;
  };
  readonly codecs?: { readonly declared: string | undefined; readonly ladder: readonly string[] };
  readonly format?: string;
  readonly codec?: string;
  readonly origin?: string;
  readonly stallMs?: number;
  readonly encrypted?: boolean;
}

const OPEN = { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' };

function findings({
  file,
  heads = {},
  segment,
  codecs,
  format = 'mp4',
  codec = 'avc1',
  origin,
  stallMs,
  encrypted = false,
}: Case) {
  const facts = new PackagingFacts();
  if (file) facts.file = { ...FILE, ...file };
  facts.segment = segment;
  facts.codecs = codecs;
  for (const [name, { status = 206, rangeIgnored = false, headers = {} }] of Object.entries(heads)) {
    const origin = 'https://media.example.com';
    facts.heads.set(name, { origin, status, rangeIgnored, headers: { ...OPEN, ...headers }, waitMs: 80 });
  }
  return findingsOf({ facts, throughput, format, codec, origin, stallMs, encrypted });
}

const ids = (found: readonly Finding[]) => found.map(({ id }) => id);
const one = (found: readonly Finding[], id: string) => found.find((finding) => finding.id === id);
const MEDIA = { 'content-type': 'video/mp4', 'content-range': 'bytes 0-9/10', ...OPEN };

describe('findings', () => {
  it('are none of a plain file on a good server', () => {
    expect(findings({ file: {}, heads: { media: { headers: MEDIA } } })).toEqual([]);
  });

  it.each([
    ['moov_at_end', { faststart: false, extraRequests: 2 }],
    ['no_sidx', { fragmented: true, extraRequests: 9, fragmentCount: 8 }],
    ['sidx_not_to_end', { fragmented: true, indexed: true, extraRequests: 2 }],
    ['spread_out', { extraRequests: 1 }],
  ])('price %s by what a start from one place would have taken', (id, file) => {
    const found = findings({ file });
    expect(one(found, id)).toMatchObject({ costMs: 300, when: 'start' });
    expect(ids(found).filter((other) => other !== 'fragmented_file')).toEqual([id]);
  });

  it('price fragments by what is read beyond the first frames', () => {
    const found = findings({ file: { fragmented: true, indexed: true, startBytes: 340_000, readyMs: 210 } });
    expect(one(found, 'fragmented_file')).toMatchObject({ costMs: 300, when: 'start' });
  });

  it('price a picture of the cover by all that is read for it', () => {
    const found = findings({ file: { cover: true, startBytes: 5_000_000, readyMs: 210 } });
    expect(found).toMatchObject([{ id: 'cover_picture', costMs: 4960, when: 'start' }]);
  });

  it('tell that media is encrypted, which a plain video element cannot play at all', () => {
    expect(findings({ encrypted: true })).toMatchObject([{ id: 'encrypted', when: 'never' }]);
    expect(findings({ encrypted: true, format: 'dash' })).toMatchObject([{ id: 'encrypted', when: 'note' }]);
  });

  it('price first frames that are as large as a second of the video', () => {
    const found = findings({ file: { frameBytes: 300_000 } });
    expect(one(found, 'large_first_gop')).toMatchObject({ costMs: 200, when: 'start' });
    expect(findings({ file: { frameBytes: 190_000 } })).toEqual([]);
    expect(findings({ file: { frameBytes: 900_000, bytesPerS: undefined } })).toEqual([]);
  });

  it('price a long first segment that players wait for whole', () => {
    const segment = { durationS: 8, byteCount: 800_000, appendedWhole: true };
    expect(one(findings({ segment, format: 'hls' }), 'long_first_segment')).toMatchObject({ costMs: 600 });
    expect(findings({ segment: { ...segment, appendedWhole: false }, format: 'hls' })).toEqual([]);
    expect(findings({ segment: { ...segment, durationS: 2 }, format: 'hls' })).toEqual([]);
  });

  it.each(['no-store', 'private, no-store', 'public, max-age=0', 'no-cache'])(
    'price what is not cached by what a next start fetches again: %s',
    (control) => {
      const headers = { ...MEDIA, 'cache-control': control };
      const found = findings({ file: {}, heads: { media: { headers } } });
      expect(found).toMatchObject([{ id: 'not_cacheable', costMs: 80 + 60, when: 'later' }]);
      expect(packagingCostMs(found)).toBe(0);
    },
  );

  it.each([
    ['no-cache', { etag: '"a"' }],
    ['public, max-age=0, must-revalidate', { 'last-modified': 'Sat, 21 Nov 2026 12:00:00 GMT' }],
  ])('price what is asked about again by the question alone: %s with %j', (control, validator) => {
    const headers = { ...MEDIA, 'cache-control': control, ...validator };
    const found = findings({ file: {}, heads: { media: { headers } } });
    expect(found).toMatchObject([{ id: 'revalidated', costMs: 80, when: 'later' }]);
  });

  it('price what may not be stored in full, whatever validator it has', () => {
    const headers = { ...MEDIA, 'cache-control': 'no-store, no-cache', etag: '"a"' };
    expect(ids(findings({ file: {}, heads: { media: { headers } } }))).toEqual(['not_cacheable']);
  });

  it.each(['public, max-age=31536000', 'private, max-age=60', 's-maxage=0, max-age=60', ''])(
    'are none of what the cache of a viewer keeps: %j',
    (control) => {
      const headers = { ...MEDIA, 'cache-control': control };
      expect(findings({ heads: { media: { headers } } })).toEqual([]);
    },
  );

  it.each([
    ['no_ranges', { status: 200, headers: { 'content-type': 'video/mp4' } }],
    ['missing_206', { status: 200, headers: { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' } }],
    ['no_length', { headers: { ...MEDIA, 'content-range': 'bytes 0-9/*' } }],
    ['wrong_type', { headers: { ...MEDIA, 'content-type': 'text/plain' } }],
  ])('note %s', (id, media) => {
    expect(findings({ heads: { media } })).toMatchObject([{ id, costMs: 0, when: 'note' }]);
  });

  it('say that a part of a file given whole breaks the start', () => {
    const found = findings({ format: 'hls', heads: { segment: { status: 200, rangeIgnored: true } } });
    expect(found).toMatchObject([{ id: 'missing_206', when: 'never' }]);
  });

  it('tell what players on other hosts may not read, surely only where it is known who asked', () => {
    const facts = new PackagingFacts();
    const head = {
      origin: 'https://media.example.com',
      status: 200,
      rangeIgnored: false,
      waitMs: 1,
      headers: { 'timing-allow-origin': '*' },
    };
    facts.heads.set('segment', head);
    const context = {
      facts,
      throughput,
      format: 'hls',
      codec: 'avc1',
      origin: undefined,
      stallMs: 0,
      encrypted: false,
    };
    expect(findingsOf(context)).toMatchObject([{ id: 'no_cors', when: 'note' }]);
    const origin = 'https://www.example.com';
    expect(findingsOf({ ...context, origin })).toMatchObject([{ id: 'no_cors', when: 'never' }]);
    facts.heads.set('segment', {
      ...head,
      headers: { ...head.headers, 'access-control-allow-origin': origin },
    });
    expect(findingsOf({ ...context, origin })).toEqual([]);
    expect(findingsOf({ ...context, format: 'mp4' })).toEqual([]);
  });

  it('hold the codec against the ladder and against what the manifest says', () => {
    const hls = { format: 'hls' };
    const ladder = ['hvc1.1.6.L93,mp4a.40.2', 'av01.0.04M.08'];
    expect(ids(findings({ ...hls, codec: 'hvc1', codecs: { declared: ladder[0], ladder } }))).toEqual([
      'codec_not_universal',
    ]);
    expect(ids(findings({ codec: 'hvc1' }))).toEqual(['codec_not_universal']);
    const codecs = { declared: 'avc1.4d401f,mp4a.40.2', ladder: ['avc1.4d401f,mp4a.40.2'] };
    expect(findings({ ...hls, codecs })).toEqual([]);
    expect(findings({ ...hls, codec: 'avc3', codecs })).toEqual([]);
    expect(findings({ ...hls, codec: 'unknown', codecs })).toEqual([]);
    expect(ids(findings({ ...hls, codec: 'hvc1', codecs }))).toEqual(['codec_mismatch']);
    expect(ids(findings({ ...hls, codecs: { declared: undefined, ladder: [] } }))).toEqual([
      'codec_undeclared',
    ]);
  });

  it('come worst first: no start at all, then by their cost, then later ones, then notes', () => {
    const found = findings({
      file: { faststart: false, extraRequests: 2, frameBytes: 300_000 },
      codec: 'hvc1',
      stallMs: 5000,
      heads: { media: { headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-9/*' } } },
    });
    expect(ids(found)).toEqual([
      'codec_not_universal',
      'moov_at_end',
      'large_first_gop',
      'too_large_to_play',
      'no_length',
    ]);
    expect(packagingCostMs(found)).toBe(500);
  });
});

describe('the findings of a run', () => {
  const servers: MediaServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(files: Record<string, Served>): Promise<MediaServer> {
    const server = await startMediaServer(files);
    servers.push(server);
    return server;
  }

  async function playFile(file: Served, params: object = {}) {
    const server = await serve({ '/v.mp4': { contentType: 'video/mp4', ...file } });
    const result = await play(`${server.url}/v.mp4`, params);
    expect(failureOf(result)).toBe('ok');
    return { result, found: ids(result.findings ?? []) };
  }

  /** Slow answers, and the rest of each so late that what lies further on is asked for. */
  const far = { delayMs: 150, burst: { byteCount: BLOCK_BYTES + 100, ms: 1500 } };

  it('are none of the committed clip but what the server lacks', async () => {
    const { result, found } = await playFile({ body: clip('v/clip.mp4'), headers: OPEN });
    expect(found).toEqual([]);
    expect(result).not.toHaveProperty('findings');
    expect(result.attributes).not.toHaveProperty('findings');
    expect(result.metrics.packaging_cost_ms).toBe(0);
  });

  it('price a movie header behind the media at the request that it takes', async () => {
    const { result, found } = await playFile({
      body: movieHeaderAt(40 * BLOCK_BYTES),
      headers: OPEN,
      ...far,
    });
    expect(found).toEqual(['moov_at_end']);
    expect(result.attributes.findings).toBe('moov_at_end');
    // One more wait of 150 ms: the first frames came with the first answer.
    expect(result.metrics.packaging_cost_ms).toBeGreaterThanOrEqual(140);
    expect(result.metrics.packaging_cost_ms).toBeLessThan((result.metrics.first_frame_ms ?? 0) - 100);
  });

  it('price fragments without an index at a request for each', async () => {
    const padding = 12 * BLOCK_BYTES;
    const bare = await playFile({ body: inFragments(padding).file, headers: OPEN, ...far });
    expect(bare.found).toContain('no_sidx');
    expect(one(bare.result.findings ?? [], 'no_sidx')?.costMs).toBeGreaterThanOrEqual(3 * 150 - 20);
    const indexed = await playFile({ body: inFragments(padding, segmentIndex).file, headers: OPEN, ...far });
    expect(indexed.found).not.toContain('no_sidx');
    const old = Buffer.concat([
      inFragments(padding, segmentIndex).file,
      makeBox('mfra', makeBox('mfro', words(0, 24))),
    ]);
    const trailed = await playFile({ body: old, headers: OPEN, ...far });
    expect(trailed.found).toContain('sidx_not_to_end');
  });

  it('name redirects and all hosts on the way, at what they took', async () => {
    const media = await serve({
      '/v.mp4': { body: clip('v/clip.mp4'), contentType: 'video/mp4', headers: OPEN },
    });
    const middle = await serve({
      '/b': { body: '', status: 302, headers: { location: `${media.url}/v.mp4` }, delayMs: 100 },
    });
    const front = await serve({
      '/a': { body: '', status: 302, headers: { location: `${middle.url}/b` }, delayMs: 200 },
    });
    const { findings: found = [], metrics } = await play(`${front.url}/a`);
    expect(ids(found)).toEqual(['redirect', 'other_host']);
    const [redirect, other] = found;
    expect(redirect?.text).toContain('2 times');
    expect(redirect?.costMs).toBeGreaterThanOrEqual(290);
    expect(other?.text).toContain('2 other origins');
    expect(other?.costMs).toBeGreaterThan(0);
    expect(metrics.packaging_cost_ms).toBe((redirect?.costMs ?? 0) + (other?.costMs ?? 0));
  });

  it('name another host for the segments than for the manifest', async () => {
    const media = await serve({
      ...Object.fromEntries(
        [0, 1, 2, 3].map((n) => [`/s${n}.ts`, { body: clip(`hls/ts/640p/segment-${n}.ts`) }]),
      ),
    });
    const list = [0, 1, 2, 3].map((n) => `#EXTINF:1,\n${media.url}/s${n}.ts`).join('\n');
    const front = await serve({
      '/a.m3u8': { body: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${list}\n#EXT-X-ENDLIST\n`, headers: OPEN },
    });
    const result = await play(`${front.url}/a.m3u8`);
    expect(ids(result.findings ?? [])).toEqual(
      expect.arrayContaining(['other_host', 'no_cors', 'wrong_type']),
    );
  });

  it('are made of media and manifests alone, not of the pages of errors', async () => {
    const list = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n';
    const server = await serve({
      '/a.m3u8': { body: list, contentType: 'application/vnd.apple.mpegurl', headers: OPEN },
      '/s0.ts': { body: '', status: 404, headers: { 'cache-control': 'no-store' } },
      '/v.mp4': { body: '', status: 503, contentType: 'text/html' },
    });
    const page = { origin: 'https://www.example.com' };
    for (const [name, failure] of [
      ['v.mp4', 'http/status target'],
      ['a.m3u8', 'segment/status target'],
    ] as const) {
      const result = await play(`${server.url}/${name}`, page);
      expect(failureOf(result)).toBe(failure);
      expect(result).not.toHaveProperty('findings');
    }
  });

  it('are those of a manifest where the content type alone told that it is one', async () => {
    const manifest = { contentType: 'application/dash+xml', noRange: true };
    const server = await serve({
      '/watch': { body: clip('dash/number.mpd'), ...manifest },
      '/1-init.mp4': { body: clip('dash/1-init.mp4') },
    });
    const { findings: found = [] } = await play(`${server.url}/watch`);
    expect(ids(found)).not.toContain('no_ranges');
    expect(one(found, 'no_cors')?.text).toContain('manifest');
  });

  it('charge the start with nothing that came behind it', async () => {
    const media = await serve({ '/s1.ts': { body: clip('hls/ts/640p/segment-1.ts') } });
    const front = await serve({
      '/a.m3u8': {
        body: '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXTINF:1,\ns1.ts\n#EXT-X-ENDLIST\n',
      },
      '/s0.ts': { body: clip('hls/ts/640p/segment-0.ts') },
      '/s1.ts': { body: '', status: 302, headers: { location: `${media.url}/s1.ts` }, delayMs: 100 },
    });
    const result = await play(`${front.url}/a.m3u8`);
    expect(media.requests).toHaveLength(1);
    expect(result.findings?.filter(({ when }) => when === 'start')).toEqual([]);
    expect(result.metrics.packaging_cost_ms).toBe(0);
  });

  it('are none where a part comes as 200, as long as it was asked for', async () => {
    const [init, segment] = ['init_0.mp4', 'segment-0.m4s'].map((name) => clip(`hls/fmp4/640p/${name}`));
    const text = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:1
#EXT-X-MAP:URI="all.mp4",BYTERANGE="${init?.length}@0"
#EXTINF:1,
#EXT-X-BYTERANGE:${segment?.length}@${init?.length}
all.mp4
#EXT-X-ENDLIST
`;
    const body = Buffer.concat([init as Buffer, segment as Buffer]);
    const server = await serve({ '/a.m3u8': { body: text }, '/all.mp4': { body, status: 200 } });
    const result = await play(`${server.url}/a.m3u8`);
    expect(failureOf(result)).toBe('ok');
    expect(ids(result.findings ?? [])).not.toContain('missing_206');
  });

  it('are told of runs that fail, too, and cost no start that there was not', async () => {
    const server = await serve({ '/v.mp4': { body: 'nothing', contentType: 'text/html', noRange: true } });
    const result = await play(`${server.url}/v.mp4`);
    expect(result.outcome).toBe('fail');
    expect(ids(result.findings ?? [])).toEqual(['no_ranges', 'no_tao', 'wrong_type']);
    expect(result.metrics).not.toHaveProperty('packaging_cost_ms');
  });

  it('ask as the page that the players are on', async () => {
    const server = await serve({
      '/number.mpd': { body: clip('dash/number.mpd'), contentType: 'application/dash+xml' },
    });
    const { findings: found = [] } = await play(`${server.url}/number.mpd`, {
      origin: 'https://www.example.com',
    });
    expect(one(found, 'no_cors')?.when).toBe('never');
    const own = await play(`${server.url}/number.mpd`, { origin: server.url });
    expect(ids(own.findings ?? [])).not.toContain('no_cors');
  });
});
