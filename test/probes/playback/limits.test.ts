import { afterEach, describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { BLOCK_BYTES } from '../../../probes/playback/startup-model.ts';
import { clip, movieHeaderAt } from './clips.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

let server: MediaServer;
afterEach(() => server.close());

describe('past the limits of playback', () => {
  it('mediaBytes: a file that has to be read whole to start is too large', async () => {
    const at = PLAYBACK_LIMITS.mediaBytes.value + 2 * BLOCK_BYTES;
    server = await startMediaServer({ '/v.mp4': { body: movieHeaderAt(at), noRange: true } });
    const result = await play(`${server.url}/v.mp4`);
    expect(failureOf(result)).toMatch(/^(decode|content|http)\/too_large target$/);
  });

  it.each(['a.m3u8', 'a.mpd'])('playlistBytes: %s is too large', async (name) => {
    const body = Buffer.alloc(PLAYBACK_LIMITS.playlistBytes.value + 1, '#EXTM3U\n');
    server = await startMediaServer({ [`/${name}`]: { body } });
    expect(failureOf(await play(`${server.url}/${name}`))).toBe('manifest/too_large target');
  });

  it('segments: two seconds of many more of them are not waited for', async () => {
    const count = PLAYBACK_LIMITS.segments.value + 5;
    const list = Array.from({ length: count }, () => '#EXTINF:0.1,\ns.ts').join('\n');
    server = await startMediaServer({
      '/a.m3u8': { body: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${list}\n#EXT-X-ENDLIST\n` },
      '/s.ts': { body: clip('hls/ts/640p/segment-0.ts') },
    });
    const result = await play(`${server.url}/a.m3u8`);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).not.toHaveProperty('two_seconds_ms');
    expect(server.requests).toHaveLength(2 + PLAYBACK_LIMITS.segments.value);
  });
});
