/** Publishing to the reference origin, each region by a proxy of its own: injected processing and propagation are found again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishProbe } from '../../../probes/publish/publish.ts';
import { systemClock } from '../../../sandbox/clock.ts';
import { type FaultProxy, type Origin, startFaultProxy, startOrigin } from '../../../sandbox/index.ts';
import { failureOf } from '../upload/probe-run.ts';
import { contextAt, POLL_MS, watchersAt } from './probe-run.ts';

const REGIONS = ['home', 'eu-west', 'ap-south'] as const;
const RENDITIONS = { '360p': 300, '720p': 700 };
const PROPAGATION = { 'eu-west': 0, 'ap-south': 600 };
const SLACK_MS = 500;
const CHUNKED = {
  protocol: 'content-range',
  contentRange: {
    style: 'floor',
    create: {
      url: '/chunked/init',
      body: {
        source_info: {
          source: 'FILE_UPLOAD',
          video_size: '{size}',
          chunk_size: '{chunkBytes}',
          total_chunk_count: '{chunkCount}',
        },
      },
      uploadUrl: '/data/upload_url',
      id: '/data/publish_id',
    },
  },
};
const SESSION = {
  protocol: 'content-range',
  contentRange: { create: { headers: { 'X-Upload-Content-Length': '{size}' } } },
  chunkBytes: 256 * 1024,
};
const S3 = { protocol: 's3', s3: { credentials: 'bucket' } };

let directory: string;
let origin: Origin;
let proxies: readonly FaultProxy[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-publish-'));
  const processing = { renditions: RENDITIONS, propagation: PROPAGATION, negativeMs: 60_000 };
  origin = await startOrigin({ dataDir: directory, s3: true, ...processing });
  const upstream = { host: '127.0.0.1', port: origin.port };
  proxies = await Promise.all(
    REGIONS.map((region) => startFaultProxy({ region, upstream, clock: systemClock, random: Math.random })),
  );
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await origin.close();
  await rm(directory, { recursive: true, force: true });
});

describe('publishing to the reference origin', () => {
  it.each<[string, string, object, object]>([
    ['tus', '/files/', { protocol: 'tus' }, { url: '/status/{id}' }],
    ['PUT', '/upload/', { protocol: 'put' }, { url: '{/status_url}' }],
    ['the IETF draft', '/ietf/', { protocol: 'ietf' }, { url: '/status/{id}' }],
    ['chunks by the floor rule', '/', CHUNKED, { url: '/status/{id}' }],
    ['a session', '/session/', SESSION, { url: '{/status_url}' }],
    ['S3', '/s3/videos/', S3, { url: '/status/s3/videos/{id}' }],
  ])('by %s finds what was injected, and leaves nothing behind', async (_, path, upload, request) => {
    const ports = Object.fromEntries(proxies.map(({ region, port }) => [region, port]));
    const params = publishProbe.params.parse({
      upload: { chunkBytes: 300_000, ...upload, sizeBytes: 300_000 },
      status: { request, fields: { renditions: '/renditions' } },
      pollMs: POLL_MS,
      visibleFrom: [{ region: ['eu-west'] }, { region: ['ap-south'] }],
    });
    const context = contextAt(ports.home ?? 0, {
      watchers: watchersAt(ports),
      secret: () => 'S3RVER:S3RVER',
    });
    const target = { name: 'uploads', url: `http://video.test${path}`, labels: {} };
    const result = await publishProbe.run(context, target, params);
    expect(failureOf(result)).toBe('ok');
    const { publish_poll_ms: pollMs = 0, ...metrics } = result.metrics;
    const truth = [
      [metrics.publish_accepted_ms, 0],
      [metrics.publish_playable_ms, RENDITIONS['360p']],
      [metrics.publish_all_renditions_ms, RENDITIONS['720p']],
      [metrics.publish_visible_ms, RENDITIONS['360p'] + PROPAGATION['ap-south']],
    ] as const;
    for (const [measuredMs, trueMs] of truth) {
      // The origin counts from the last byte, its answer comes a little later.
      expect(measuredMs).toBeGreaterThan(trueMs - 100);
      expect(measuredMs).toBeLessThan(trueMs + pollMs + SLACK_MS);
    }
    expect(result.attributes).toMatchObject({ cleanup: 'deleted', renditions: '2' });
    expect(origin.uploads().uploads).toBe(0);
  });
});
