import { afterEach, describe, expect, it } from 'vitest';
import type { MetricName } from '../../../probes/metrics.ts';
import type { RunContext, RunResult } from '../../../probes/probe.ts';
import { publishProbe } from '../../../probes/publish/publish.ts';
import type { WatchOrder } from '../../../probes/watch-order.ts';
import { failureOf } from '../upload/probe-run.ts';
import { contextAt, POLL_MS, publish, watchersAt } from './probe-run.ts';
import { type PublishService, type ServiceOptions, startService } from './publish-service.ts';

/** More than a start on loopback takes on a machine that is busy with other tests. */
const SLACK_MS = 500;

const open: PublishService[] = [];
afterEach(() => Promise.all(open.splice(0).map((service) => service.close())));

async function service(options: ServiceOptions = {}): Promise<PublishService> {
  const started = await startService(options);
  open.push(started);
  return started;
}

/**
 * Within the resolution of the polling as the run tells it, and never early. The run counts from when it had the final answer,
 * which is between when the service gave it and when it was asked for the status.
 */
function expectNear(
  { seen, uploadedMs }: PublishService,
  { metrics }: RunResult,
  name: MetricName,
  truthMs: number,
): void {
  const askedMs = seen.find(({ path }) => path.startsWith('/status/'))?.atMs ?? 0;
  expect(metrics[name]).toBeGreaterThanOrEqual(truthMs - (askedMs - uploadedMs()) - 5);
  expect(metrics[name]).toBeLessThan(truthMs + (metrics.publish_poll_ms ?? 0) + SLACK_MS);
}

const media = ({ seen }: PublishService) => seen.filter(({ path }) => path.startsWith('/play/'));

describe('upload to playable', () => {
  it('measures accepted and playable from the final answer, and deletes the upload', async () => {
    const origin = await service({ acceptedMs: 150, readyMs: 450 });
    const result = await publish(contextAt(origin.port));
    expect(failureOf(result)).toBe('ok');
    expectNear(origin, result, 'publish_accepted_ms', 150);
    expectNear(origin, result, 'publish_playable_ms', 450);
    expect(result.metrics.publish_poll_ms).toBeGreaterThanOrEqual(POLL_MS);
    expect(result.metrics.publish_all_renditions_ms).toBeUndefined();
    expect(result.metrics.upload_bytes).toBe(200_000);
    expect(result.attributes.cleanup).toBe('deleted');
    expect(origin.held()).toBe(0);
  });

  it('asks for no media before the status has announced it, and first under an address of its own', async () => {
    const origin = await service({ readyMs: 400 });
    await publish(contextAt(origin.port));
    const [first, second] = media(origin);
    expect(first?.atMs).toBeGreaterThanOrEqual(origin.uploadedMs() + 400);
    expect(first?.query).toMatch(/^\?outrider=[0-9a-f]+$/);
    expect(second?.query).toBe('');
  });

  it('plays every rendition, and is playable with the first of them', async () => {
    const origin = await service({ readyMs: 200, renditions: { '360p': 200, '720p': 700 } });
    const result = await publish(contextAt(origin.port), {}, { fields: { renditions: '/renditions' } });
    expect(failureOf(result)).toBe('ok');
    expectNear(origin, result, 'publish_playable_ms', 200);
    expectNear(origin, result, 'publish_all_renditions_ms', 700);
    expect(result.attributes.renditions).toBe('2');
    const early = media(origin).filter(
      ({ path, atMs }) => path === '/play/720p' && atMs < origin.uploadedMs() + 700,
    );
    expect(early).toEqual([]);
  });

  it('checks the hash where the upload is to be verified', async () => {
    const origin = await service();
    const upload = { protocol: 'put', sizeBytes: 200_000, verify: 'sha256' };
    const result = await publish(contextAt(origin.port), { upload });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.integrity).toBe('ok');
  });

  it('says that the agent has no browser where one is asked for', async () => {
    const origin = await service();
    const result = await publish(contextAt(origin.port), { browser: true });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.browser).toBe('none');
  });
});

describe('publications that come to nothing', () => {
  it('end with the failure of the service, and are deleted', async () => {
    const origin = await service({ readyMs: 200, brokenState: 'failed' });
    const result = await publish(contextAt(origin.port));
    expect(failureOf(result)).toBe('processing/bad_body target');
    expect(media(origin)).toEqual([]);
    expect(origin.held()).toBe(0);
  });

  it('end at the deadline with the last state, and are deleted all the same', async () => {
    const origin = await service({ readyMs: 60_000 });
    const result = await publish(contextAt(origin.port, { timeoutMs: 600 }));
    expect(failureOf(result)).toBe('processing/timeout target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('last state: processing');
    expectNear(origin, result, 'publish_accepted_ms', 0);
    expect(result.metrics.publish_playable_ms).toBeUndefined();
    expect(result.attributes.cleanup).toBe('deleted');
    expect(origin.held()).toBe(0);
  });

  it('name what does not play although it was announced', async () => {
    const origin = await service({ playStatus: 403 });
    const result = await publish(contextAt(origin.port, { timeoutMs: 600 }));
    expect(failureOf(result)).toBe('processing/status target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('403');
    expect(origin.held()).toBe(0);
  });

  it('end at once where this agent may not ask for what was announced', async () => {
    const origin = await service({ playUrl: 'http://169.254.169.254/latest' });
    const context = contextAt(origin.port, { timeoutMs: 60_000 });
    const result = await publish(context, { visibleFrom: from('near') });
    expect(failureOf(result)).toBe('agent/forbidden_target agent');
    expect(origin.seen.filter(({ path }) => path === '/status/abc')).toHaveLength(1);
    expect(origin.held()).toBe(0);
  });

  it('say that an edge kept its refusal of a signed address', async () => {
    const origin = await service({ playUrl: '/play/whole?signature=1' });
    const port = await origin.openEdge({ behindMs: 60_000, negativeMs: 60_000 });
    const result = await publish(contextAt(port, { timeoutMs: 900 }));
    expect(failureOf(result)).toBe('processing/status target');
    expect(result.attributes.negative_cached).toBe('true');
    const plain = await service();
    const apart = await plain.openEdge({ behindMs: 60_000, negativeMs: 60_000 });
    const own = await publish(contextAt(apart, { timeoutMs: 900 }));
    expect([failureOf(own), own.attributes.negative_cached]).toEqual(['processing/status target', undefined]);
  });

  it('keep what they measured when one rendition never comes', async () => {
    const origin = await service({ renditions: { '360p': 0, '720p': 60_000 } });
    const fields = { renditions: '/renditions' };
    const result = await publish(contextAt(origin.port, { timeoutMs: 900 }), {}, { fields });
    expect(failureOf(result)).toBe('processing/timeout target');
    expectNear(origin, result, 'publish_playable_ms', 0);
    expect(result.metrics.publish_all_renditions_ms).toBeUndefined();
  });
});

const from = (...regions: string[]) => regions.map((region) => ({ region: [region] }));

describe('other regions', () => {
  it('are asked once it is announced, and the slowest decides', async () => {
    const origin = await service({ readyMs: 200 });
    const ports = {
      near: await origin.openEdge({ behindMs: 0 }),
      far: await origin.openEdge({ behindMs: 600 }),
    };
    const orders: WatchOrder[] = [];
    const context = contextAt(origin.port, { watchers: watchersAt(ports, orders) });
    const result = await publish(context, { visibleFrom: from('near', 'far', 'dead') });
    expect(failureOf(result)).toBe('ok');
    expectNear(origin, result, 'publish_visible_ms', 800);
    expect(result.metrics.publish_region_count).toBe(2);
    expect(result.attributes.visible).toMatch(/^near \d+ ms, far \d+ ms, dead agent_down$/);
    expect(orders).toHaveLength(1);
    expect(media(origin)[0]?.atMs).toBeGreaterThanOrEqual(origin.uploadedMs() + 200);
    expect(origin.held()).toBe(0);
  });

  it.each(['header', 'off'])('are asked to mark their requests as the upload does: %s', async (cmcd) => {
    const origin = await service();
    const orders: WatchOrder[] = [];
    const ports = { near: await origin.openEdge({ behindMs: 0 }) };
    const context = contextAt(origin.port, { watchers: watchersAt(ports, orders) });
    const upload = { protocol: 'put', sizeBytes: 200_000, cmcd };
    await publish(context, { upload, visibleFrom: from('near') });
    expect(orders).toMatchObject([{ cmcd }]);
    const marked = origin.seen.map(({ headers }) => headers['cmcd-session'] !== undefined);
    expect(new Set(marked)).toEqual(new Set([cmcd === 'header']));
  });

  it('see it in time although their edge keeps refusals', async () => {
    const origin = await service();
    const ports = { cached: await origin.openEdge({ behindMs: 500, negativeMs: 60_000 }) };
    const context = contextAt(origin.port, { watchers: watchersAt(ports) });
    const result = await publish(context, { visibleFrom: from('cached') });
    expect(failureOf(result)).toBe('ok');
    expectNear(origin, result, 'publish_visible_ms', 500);
  });

  it('fail the run where it does not play, and are named', async () => {
    const origin = await service();
    const ports = {
      near: await origin.openEdge({ behindMs: 0 }),
      never: await origin.openEdge({ behindMs: 60_000 }),
    };
    const context = contextAt(origin.port, { watchers: watchersAt(ports) });
    const result = await publish(context, { visibleFrom: from('near', 'never'), visibleWithinMs: 1000 });
    expect(failureOf(result)).toBe('processing/timeout unknown');
    expect(result.outcome === 'fail' && result.failure.message).toMatch(/^Not playable from never: .*404/);
    expect(result.attributes.visible).toMatch(/^near \d+ ms, never not visible$/);
    expect(result.metrics.publish_region_count).toBe(1);
  });

  it.each<[string, string, Partial<RunContext>]>([
    ['unasked', 'the agent has no collector', {}],
    ['unasked', 'nobody could be asked', { watchers: async () => 'unasked' }],
    ['unanswered', 'nobody answered in time, though the run goes on', { watchers: async () => 'unanswered' }],
  ])('are %s where %s', async (visible, _, options) => {
    const origin = await service();
    const result = await publish(contextAt(origin.port, options), { visibleFrom: from('near') });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.visible).toBe(visible);
    expect(result.metrics.publish_region_count).toBeUndefined();
  });

  it('are told to stop when the run ends before they have seen it', async () => {
    const origin = await service();
    const ports = { never: await origin.openEdge({ behindMs: 60_000 }) };
    const context = contextAt(origin.port, { watchers: watchersAt(ports), timeoutMs: 900 });
    const startMs = performance.now();
    const result = await publish(context, { visibleFrom: from('never'), visibleWithinMs: 60_000 });
    expect(performance.now() - startMs).toBeLessThan(900 + 1500);
    expectNear(origin, result, 'publish_playable_ms', 0);
    expect(result.attributes.cleanup).toBe('deleted');
  });
});

it('reports metrics that it declares alone, and each of its own but that of a browser', async () => {
  const origin = await service({ renditions: { '360p': 0, '720p': 0 } });
  const ports = { near: await origin.openEdge({ behindMs: 0 }) };
  const result = await publish(
    contextAt(origin.port, { watchers: watchersAt(ports) }),
    { visibleFrom: from('near'), upload: { protocol: 'put', sizeBytes: 200_000, verify: 'sha256' } },
    { fields: { renditions: '/renditions' } },
  );
  expect(failureOf(result)).toBe('ok');
  const reported = Object.keys(result.metrics);
  const declared: readonly string[] = publishProbe.metrics;
  expect(reported.filter((name) => !declared.includes(name))).toEqual([]);
  const own = declared.filter((name) => name.startsWith('publish_'));
  expect(own.filter((name) => !reported.includes(name))).toEqual(['publish_browser_playable_ms']);
});
