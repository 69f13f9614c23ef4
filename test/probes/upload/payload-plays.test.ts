import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playbackProbe } from '../../../probes/playback/playback.ts';
import { type AccessLine, type Origin, startOrigin } from '../../../sandbox/index.ts';
import { runContext } from '../net/run-context.ts';
import { failureOf, upload } from './probe-run.ts';

let origin: Origin;
let dataDir: string;
const lines: AccessLine[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'outrider-origin-'));
  origin = await startOrigin({ dataDir, transcodeMs: 0, onAccess: (line) => lines.push(line) });
});

afterAll(async () => {
  await origin.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Where the upload that was made last is played. */
function playUrl(): string {
  const { url = '' } = lines.findLast(({ method }) => method === 'PATCH') ?? {};
  return `${origin.url}/play/${url.split('/').at(-1)}`;
}

describe('what is uploaded', () => {
  it.each([
    ['the clip and as much noise again', 256 * 1024],
    ['the clip and much more noise', 8 * 1024 * 1024],
    ['the tiny clip', 8 * 1024],
  ])('plays from its address, and is read back whole: %s', async (_what, sizeBytes) => {
    const params = { sizeBytes, chunkBytes: 1024 * 1024, cleanup: false };
    const reading = { verify: 'readback', statusUrl: '/status/{id}' };
    const uploaded = await upload(`${origin.url}/files/`, { ...params, ...reading });
    expect(failureOf(uploaded)).toBe('ok');
    expect(uploaded.attributes).toMatchObject({ payload: 'video', integrity: 'ok' });
    const target = { name: 'play', url: playUrl(), labels: {} };
    const played = await playbackProbe.run(
      runContext(),
      target,
      playbackProbe.params.parse({ format: 'mp4' }),
    );
    expect(failureOf(played)).toBe('ok');
    expect(played.attributes).toMatchObject({ codec: 'avc1' });
    // The noise is behind the media: nobody has to load it first.
    expect(played.metrics.media_bytes).toBeLessThan(256 * 1024);
  });

  it('does not play where it is noise, and its attribute says which', async () => {
    const params = { kind: 'noise', cleanup: false, sizeBytes: 64 * 1024 };
    const uploaded = await upload(`${origin.url}/files/`, params);
    expect(uploaded.attributes.payload).toBe('noise');
    const target = { name: 'play', url: playUrl(), labels: {} };
    const played = await playbackProbe.run(
      runContext(),
      target,
      playbackProbe.params.parse({ format: 'mp4' }),
    );
    expect(played.outcome).toBe('fail');
  });
});
