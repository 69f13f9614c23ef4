/** The findings of whole runs against servers and files that give cause for them. */
import { afterEach, describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';
import type { Finding } from '../../../probes/probe.ts';
import { clip, inFragments, makeBox, movieHeaderAt, segmentIndex, words } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const OPEN = { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' };

const ids = (found: readonly Finding[]) => found.map(({ id }) => id);
const one = (found: readonly Finding[], id: string) => found.find((finding) => finding.id === id);

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
