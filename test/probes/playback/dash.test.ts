import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { clip } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const PAUSE_MS = 1000;

let server: MediaServer;
afterEach(() => server.close());

const NAMES = readdirSync(new URL('../../../sandbox/clips/dash/', import.meta.url));

/** The committed presentations, with some of their files replaced. */
function presentation(replaced: Record<string, Partial<Served>> = {}): Record<string, Served> {
  const files: Record<string, Served> = Object.fromEntries(
    NAMES.map((name) => [`/${name}`, { body: clip(`dash/${name}`) }]),
  );
  for (const [name, change] of Object.entries(replaced)) {
    files[name] = { ...(files[name] ?? { body: '' }), ...change };
  }
  return files;
}

async function playDash(manifest: string, files = presentation(), params: object = {}, timeoutMs?: number) {
  server = await startMediaServer(files);
  return play(`${server.url}/${manifest}`, params, timeoutMs);
}

const paths = () => server.requests.map(({ path }) => path);
const pathsOf = (pattern: RegExp) => paths().filter((path) => pattern.test(path));

describe('a DASH start', () => {
  it.each(['number.mpd', 'timeline.mpd', 'list.mpd'])(
    'takes picture and sound side by side: %s',
    async (name) => {
      const result = await playDash(name);
      expect(failureOf(result)).toBe('ok');
      expect(pathsOf(/^\/0-/).slice(0, 2)).toEqual(['/0-init.mp4', '/0-1.m4s']);
      expect(pathsOf(/^\/2-/).slice(0, 2)).toEqual(['/2-init.mp4', '/2-1.m4s']);
      expect(pathsOf(/^\/1-/)).toEqual([]);
      const ports = new Set(server.requests.map(({ port }) => port));
      expect(ports.size).toBe(2);
      const { metrics, attributes } = result;
      expect(attributes).toMatchObject({ format: 'dash', codec: 'avc1', rendition: '360x640' });
      for (const metric of ['manifest_ms', 'init_ms', 'segment_ms', 'playing_ms', 'two_seconds_ms']) {
        expect(metrics).toHaveProperty(metric);
      }
      expect(metrics.request_count).toBeGreaterThanOrEqual(4);
      expect(metrics.playing_ms).toBeGreaterThanOrEqual(metrics.first_frame_ms ?? Number.NaN);
    },
  );

  it('reads the index of whole files, and then their segments by range', async () => {
    const result = await playDash('base.mpd');
    expect(failureOf(result)).toBe('ok');
    const ranges = server.requests.filter(({ path }) => path === '/video.mp4').map(({ range }) => range);
    expect(ranges.slice(0, 2)).toEqual(['bytes=757-844', 'bytes=0-756']);
    expect(ranges[2]).toMatch(/^bytes=845-/);
    expect(result.attributes.codec).toBe('avc1');
  });

  it.each([
    ['lowest', '180x320', '/1-1.m4s'],
    ['highest', '360x640', '/0-1.m4s'],
  ])('plays the %s rendition when it is told to', async (variant, resolution, path) => {
    const result = await playDash('number.mpd', presentation(), { variant });
    expect(result.attributes.rendition).toBe(resolution);
    expect(paths()).toContain(path);
  });

  it('is known by its content type where the URL tells nothing', async () => {
    const files = presentation({
      '/watch': { body: clip('dash/number.mpd'), contentType: 'application/dash+xml' },
    });
    const result = await playDash('watch', files);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.format).toBe('dash');
  });

  it.each([
    ['/number.mpd', 'manifest_ms'],
    ['/0-init.mp4', 'init_ms'],
    ['/0-1.m4s', 'segment_ms'],
  ] as const)('counts a delay of %s in %s', async (path, metric) => {
    const { metrics } = await playDash('number.mpd', presentation({ [path]: { delayMs: PAUSE_MS } }));
    for (const name of ['manifest_ms', 'init_ms', 'segment_ms'] as const) {
      if (name === metric) expect(metrics[name]).toBeGreaterThanOrEqual(PAUSE_MS);
      else expect(metrics[name]).toBeLessThan(PAUSE_MS);
    }
    expect(metrics.first_frame_ms).toBeGreaterThanOrEqual(PAUSE_MS);
  });

  it('shows a frame only when it knows the sound, and plays only when that is there', async () => {
    const init = await playDash('number.mpd', presentation({ '/2-init.mp4': { delayMs: PAUSE_MS } }));
    expect(init.metrics.first_frame_ms).toBeGreaterThanOrEqual(PAUSE_MS);
    await server.close();
    const segment = await playDash('number.mpd', presentation({ '/2-1.m4s': { delayMs: PAUSE_MS } }));
    expect(segment.metrics.first_frame_ms).toBeLessThan(PAUSE_MS);
    expect(segment.metrics.playing_ms).toBeGreaterThanOrEqual(PAUSE_MS);
  });
});

describe('a DASH presentation that cannot be played', () => {
  it.each([
    [
      'the manifest is a web page',
      { '/number.mpd': { body: '<!doctype html><p>no' } },
      'manifest/bad_manifest target',
    ],
    ['the manifest is empty', { '/number.mpd': { body: '' } }, 'manifest/bad_manifest target'],
    ['the manifest is missing', { '/number.mpd': { status: 404 } }, 'manifest/status target'],
    ['the manifest is forbidden', { '/number.mpd': { status: 403 } }, 'manifest/denied target'],
    [
      'the manifest is cut off',
      { '/number.mpd': { body: clip('dash/number.mpd').subarray(0, 900) } },
      'manifest/bad_manifest target',
    ],
    [
      'the manifest is endless',
      { '/number.mpd': { body: Buffer.alloc(PLAYBACK_LIMITS.playlistBytes.value + 1) } },
      'manifest/too_large target',
    ],
    ['the init is missing', { '/0-init.mp4': { status: 404 } }, 'segment/status target'],
    [
      'the init is something else',
      { '/0-init.mp4': { body: 'nothing of the kind' } },
      'decode/bad_media target',
    ],
    ['the segment is missing', { '/0-1.m4s': { status: 500 } }, 'segment/status target'],
    ['the segment is empty', { '/0-1.m4s': { body: '' } }, 'decode/bad_media target'],
    [
      'the segment is something else',
      { '/0-1.m4s': { body: 'nothing of the kind' } },
      'decode/bad_media target',
    ],
    [
      'the segment ends in its first frames',
      { '/0-1.m4s': { body: clip('dash/0-1.m4s').subarray(0, 2500) } },
      'decode/bad_media target',
    ],
    ['the sound is missing', { '/2-1.m4s': { status: 404 } }, 'segment/status target'],
    [
      'the sound is a picture',
      { '/2-init.mp4': { body: clip('dash/0-init.mp4') } },
      'decode/bad_media target',
    ],
  ])('says so when %s', async (_what, replaced, expected) => {
    const result = await playDash('number.mpd', presentation(replaced));
    expect(failureOf(result)).toBe(expected);
  });

  it('ends the one when the other has failed', async () => {
    const files = presentation({ '/0-1.m4s': { silent: true }, '/2-init.mp4': { status: 404 } });
    const result = await playDash('number.mpd', files);
    expect(failureOf(result)).toBe('segment/status target');
  });

  it('says so when a file is given whole instead of the range', async () => {
    const result = await playDash('base.mpd', presentation({ '/video.mp4': { noRange: true } }));
    expect(failureOf(result)).toBe('segment/bad_response target');
  });

  it('says so when there is no index where the manifest says', async () => {
    const text = clip('dash/base.mpd').toString().replace('757-844', '900-1000');
    const result = await playDash('base.mpd', presentation({ '/base.mpd': { body: text } }));
    expect(failureOf(result)).toBe('decode/bad_media target');
  });

  it('keeps what was measured when the deadline passes at the segment', async () => {
    const files = presentation({ '/0-1.m4s': { silent: true } });
    const result = await playDash('number.mpd', files, {}, 1500);
    expect(failureOf(result)).toBe('segment/timeout unknown');
    expect(result.metrics).toHaveProperty('manifest_ms');
    expect(result.metrics).not.toHaveProperty('first_frame_ms');
  });
});
