import { afterEach, describe, expect, it } from 'vitest';
import { isMetricName, metricDefinition } from '../../../probes/metrics.ts';
import { playbackProbe } from '../../../probes/playback/playback.ts';
import { probeOf } from '../../../probes/registry.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';
import { clip } from './clips.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const file = clip('v/clip.mp4');
const servers: MediaServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(...files: Parameters<typeof startMediaServer>): Promise<MediaServer> {
  const server = await startMediaServer(...files);
  servers.push(server);
  return server;
}

describe('the playback probe', () => {
  it('is in the registry, and judges what the dictionary has an effect size for', () => {
    expect(probeOf('playback')).toBe(playbackProbe);
    for (const name of playbackProbe.metrics) expect(isMetricName(name)).toBe(true);
    for (const name of playbackProbe.judged) expect(metricDefinition(name)).toHaveProperty('minEffect');
  });

  it('reports no metric that it does not declare', async () => {
    const server = await serve({ '/v.mp4': { body: file } });
    const result = await play(`${server.url}/v.mp4`);
    expect(playbackProbe.metrics).toEqual(expect.arrayContaining(Object.keys(result.metrics)));
  });

  it('refuses parameters that it does not know', () => {
    expect(playbackProbe.params.safeParse({ formt: 'hls' }).success).toBe(false);
  });

  it('follows redirects, to another host too, and counts them as requests', async () => {
    const target = await serve({ '/v.mp4': { body: file } });
    const front = await serve({
      '/a': { body: '', status: 302, headers: { location: '/b' } },
      '/b': { body: '', status: 307, headers: { location: `${target.url}/v.mp4` } },
    });
    const result = await play(`${front.url}/a`);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.request_count).toBe(3);
    expect(front.requests.map(({ port }) => port)).toEqual([
      front.requests[0]?.port,
      front.requests[0]?.port,
    ]);
    expect(result.phases.filter(({ name }) => name === 'connect')).toHaveLength(2);
  });

  it('gives up on a loop of redirects', async () => {
    const server = await serve({ '/a': { body: '', status: 302, headers: { location: '/a' } } });
    const result = await play(`${server.url}/a`);
    expect(failureOf(result)).toBe('http/bad_response target');
    expect(server.requests).toHaveLength(6);
  });

  it('gives up on a redirect that leads nowhere', async () => {
    const server = await serve({ '/a': { body: '', status: 302 } });
    expect(failureOf(await play(`${server.url}/a`))).toBe('http/bad_response target');
  });

  it('does not follow a redirect to an address that the agent forbids', async () => {
    const server = await serve({
      '/a': { body: '', status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
    });
    expect(failureOf(await play(`${server.url}/a`))).toBe('agent/forbidden_target agent');
  });

  it('does not fetch what a playlist names at such an address', async () => {
    const text = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://10.0.0.1/a.ts\n#EXT-X-ENDLIST\n';
    const server = await serve({ '/a.m3u8': { body: text } });
    expect(failureOf(await play(`${server.url}/a.m3u8`))).toBe('agent/forbidden_target agent');
  });

  it('dials where the agent is told to, and keeps the URL', async () => {
    const server = await serve({ '/v.mp4': { body: file } });
    const network = loopbackNetwork({ connectTo: { 'video.sandbox.test:80': `127.0.0.1:${server.port}` } });
    const target = { name: 'video', url: 'http://video.sandbox.test/v.mp4', labels: {} };
    const result = await playbackProbe.run(runContext({ network }), target, playbackProbe.params.parse({}));
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).not.toHaveProperty('dns_ms');
  });

  it('says that nobody listens', async () => {
    const server = await serve({});
    await servers.splice(0)[0]?.close();
    const result = await play(`${server.url}/v.mp4`);
    expect(failureOf(result)).toBe('connect/refused target');
    expect(result.metrics).not.toHaveProperty('ttfb_ms');
  });

  it('says that the target is no URL', async () => {
    expect(failureOf(await play('video'))).toBe('agent/bad_params agent');
  });

  it.each([
    ['a file that was read to its end', file],
    ['one of which a part was enough', Buffer.concat([file, Buffer.alloc(9_000_000)])],
  ])('leaves no connection behind where it played %s', async (_what, body) => {
    const server = await serve({ '/v.mp4': { body } });
    await play(`${server.url}/v.mp4`);
    expect(server.requests.length).toBeGreaterThan(0);
    // Before the server would end those that are idle, which it does after five seconds.
    await expect.poll(() => server.connections(), { timeout: 3000 }).toBe(0);
  });
});
