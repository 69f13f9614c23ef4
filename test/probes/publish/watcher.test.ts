import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CmcdMode } from '../../../probes/net/cmcd.ts';
import { watchUntilPlayable } from '../../../probes/publish/watcher.ts';
import { failureOf } from '../upload/probe-run.ts';
import { contextAt, PLAY_URL, POLL_MS, publish } from './probe-run.ts';
import { type PublishService, startService } from './publish-service.ts';

let origin: PublishService;
beforeEach(async () => {
  origin = await startService();
  const upload = { protocol: 'put', sizeBytes: 200_000, cleanup: false };
  expect(failureOf(await publish(contextAt(origin.port), { upload }))).toBe('ok');
});
afterEach(() => origin.close());

/** Watches for what was uploaded at the start of the test, the clock of the order being this one's. */
function watch(
  port: number,
  order: { untilMs?: number; playUrls?: string[]; clockMs?: number; cmcd?: CmcdMode } = {},
) {
  const { untilMs = 10_000, playUrls = [PLAY_URL], clockMs = 0, cmcd = 'header' } = order;
  const uploadedWallMs = Date.now() - (performance.now() - origin.uploadedMs());
  const context = contextAt(port);
  const clock = { ...context.clock, wallMs: () => Date.now() + clockMs };
  const sinceWallMs = uploadedWallMs + clockMs;
  return watchUntilPlayable(
    { ...context, clock },
    { playUrls, sinceWallMs, pollMs: POLL_MS, untilWallMs: Date.now() + clockMs + untilMs, cmcd },
  );
}

describe('a watcher', () => {
  it('tells when it played, and says where that was at the first look', async () => {
    const result = await watch(origin.port);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes).toMatchObject({ at_first_look: 'true', http_status: '206' });
    expect(result.metrics.publish_visible_ms).toBeGreaterThan(0);
  });

  it('measures from the end of the upload by the clock of the order, whatever that shows', async () => {
    const behindMs = performance.now() - origin.uploadedMs() + 400;
    const port = await origin.openEdge({ behindMs });
    const result = await watch(port, { clockMs: -3_600_000 });
    expect(result.metrics.publish_visible_ms).toBeGreaterThanOrEqual(behindMs - 5);
    expect(result.metrics.publish_visible_ms).toBeLessThan(
      behindMs + (result.metrics.publish_poll_ms ?? 0) + 500,
    );
    expect(result.attributes.at_first_look).toBeUndefined();
  });

  it('ends with its order, and says why it did not play', async () => {
    const port = await origin.openEdge({ behindMs: 60_000 });
    const startMs = performance.now();
    const result = await watch(port, { untilMs: 350 });
    expect(performance.now() - startMs).toBeLessThan(1500);
    expect(failureOf(result)).toBe('processing/timeout target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('404');
    expect(result.attributes).toMatchObject({ http_status: '404', cache_status: 'miss', cmcd: 'header' });
    expect(result.attributes.negative_cached).toBeUndefined();
    expect(result.metrics.publish_poll_ms).toBeGreaterThanOrEqual(POLL_MS);
    expect(result.metrics.publish_visible_ms).toBeUndefined();
  });

  it('does not begin when its order is over', async () => {
    const playUrls = ['http://video.test/play/never-asked-for'];
    expect(failureOf(await watch(origin.port, { untilMs: -1000, playUrls }))).toBe(
      'processing/timeout unknown',
    );
    expect(JSON.stringify(origin.seen)).not.toContain('never-asked-for');
  });

  it('takes the address that plays, and leaves what is none', async () => {
    const playUrls = ['not a URL', 'http://video.test/nothing-here', PLAY_URL];
    const port = await origin.openEdge({ behindMs: 0 });
    expect(failureOf(await watch(port, { playUrls }))).toBe('ok');
  });

  it('asks for addresses with arguments as they are: those of signed ones belong to the signature', async () => {
    await watch(origin.port, { playUrls: [`${PLAY_URL}?signature=1`] });
    const queries = origin.seen.filter(({ query }) => query.includes('signature')).map(({ query }) => query);
    expect(queries.length).toBeGreaterThanOrEqual(2);
    expect(new Set(queries)).toEqual(new Set(['?signature=1']));
  });

  it('says where an edge keeps its refusal of a signed address, for which there is no address of its own', async () => {
    const port = await origin.openEdge({ behindMs: 60_000, negativeMs: 60_000 });
    const result = await watch(port, { untilMs: 500, playUrls: [`${PLAY_URL}?signature=1`] });
    expect(failureOf(result)).toBe('processing/timeout target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('404, out of a cache');
    expect(result.attributes).toMatchObject({
      ...{ http_status: '404', cache_status: 'hit', negative_cached: 'true' },
    });
  });

  it('goes on with what it may ask for, where another address is forbidden', async () => {
    const behindMs = performance.now() - origin.uploadedMs() + 300;
    const port = await origin.openEdge({ behindMs });
    const result = await watch(port, { playUrls: ['http://169.254.169.254/latest', PLAY_URL] });
    expect(failureOf(result)).toBe('ok');
  });

  it.each(['header', 'off'] as const)('marks its requests as those of the uploader are: %s', async (cmcd) => {
    const before = origin.seen.length;
    const result = await watch(origin.port, { cmcd });
    const marked = origin.seen.slice(before).map(({ headers }) => headers['cmcd-session'] !== undefined);
    expect(marked.length).toBeGreaterThanOrEqual(2);
    expect(new Set(marked)).toEqual(new Set([cmcd === 'header']));
    expect(result.attributes.cmcd).toBe(cmcd === 'header' ? 'header' : undefined);
  });

  it('tells what is its own fault as such', async () => {
    const playUrls = ['http://169.254.169.254/latest', 'http://[fd00:ec2::254]/latest'];
    const result = await watch(origin.port, { playUrls, untilMs: 60_000 });
    expect(failureOf(result)).toBe('agent/forbidden_target agent');
    expect(result.metrics.publish_poll_ms).toBe(POLL_MS);
  });
});
