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

let directory: string;
let origin: Origin;
let proxies: readonly FaultProxy[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrider-publish-'));
  const processing = { renditions: RENDITIONS, propagation: PROPAGATION, negativeMs: 60_000 };
  origin = await startOrigin({ dataDir: directory, ...processing });
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
  it.each<[string, string, object]>([
    ['tus', '/files/', { request: { url: '/status/{id}' } }],
    ['put', '/upload/', { request: { url: '{/status_url}' } }],
  ])('by %s finds what was injected, and leaves nothing behind', async (protocol, path, status) => {
    const ports = Object.fromEntries(proxies.map(({ region, port }) => [region, port]));
    const params = publishProbe.params.parse({
      upload: { protocol, sizeBytes: 300_000 },
      status: { ...status, fields: { renditions: '/renditions' } },
      pollMs: POLL_MS,
      visibleFrom: [{ region: ['eu-west'] }, { region: ['ap-south'] }],
    });
    const context = contextAt(ports.home ?? 0, { watchers: watchersAt(ports) });
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
