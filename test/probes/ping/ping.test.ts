import { afterEach, describe, expect, it } from 'vitest';
import { pingIcmp } from '../../../probes/ping/icmp.ts';
import { PING_LIMITS, pingParams } from '../../../probes/ping/params.ts';
import { pingProbe } from '../../../probes/ping/ping.ts';
import { probeOf } from '../../../probes/registry.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { type ScriptedServer, startScriptedServer } from '../net/scripted-server.ts';
import { failureOf, runProbe } from '../tcp/support.ts';

const closers: (() => unknown)[] = [];
const hasIcmp =
  (await pingIcmp('127.0.0.1', pingParams.parse({ count: 1 }), AbortSignal.timeout(5000))) !== undefined;

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listening(): Promise<ScriptedServer> {
  const server = await startScriptedServer(() => undefined);
  closers.push(() => server.close());
  return server;
}

async function closedPort(): Promise<number> {
  const server = await startScriptedServer(() => undefined);
  await server.close();
  return server.port;
}

const closedNetwork = () => loopbackNetwork({ policy: { allow: [], deny: [] } });

describe('the probe', () => {
  it('is registered', () => {
    expect(probeOf('ping')).toBe(pingProbe);
  });

  it.skipIf(!hasIcmp)('is ICMP where the host allows it, and says so', async () => {
    const result = await runProbe(pingProbe, 'icmp://127.0.0.1', { count: 2 });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { method: 'icmp', server_ip: '127.0.0.1', ttl: expect.stringMatching(/^\d+$/) },
      metrics: { ping_sent_count: 2, ping_loss_ratio: 0, ping_ms: expect.any(Number) },
    });
    expect(result.attributes.port).toBeUndefined();
    expect(result.phases.map(({ name }) => name)).toEqual(['ping']);
  });

  it('is TCP where it is asked for, and says so', async () => {
    const server = await listening();
    const result = await runProbe(pingProbe, `http://127.0.0.1:${server.port}/`, { method: 'tcp', count: 2 });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { method: 'tcp', port: String(server.port) },
      metrics: { ping_sent_count: 2, ping_loss_ratio: 0, ping_ms: expect.any(Number) },
    });
    await server.allClosed();
    expect(server.connectionCount()).toBe(2);
  });

  it('is TCP to what stands in for a target: its name has no ICMP', async () => {
    const server = await listening();
    const network = loopbackNetwork({ connectTo: { 'video.test:80': `127.0.0.1:${server.port}` } });
    expect(await runProbe(pingProbe, 'http://video.test/', { count: 1 }, { network })).toMatchObject({
      outcome: 'ok',
      attributes: { method: 'tcp', server_ip: '127.0.0.1', port: String(server.port) },
    });
  });
});

describe('a failing run', () => {
  it('says why, and has its losses measured', async () => {
    const params = { method: 'tcp', port: await closedPort(), count: 2, path: false };
    const result = await runProbe(pingProbe, 'icmp://127.0.0.1', params);
    expect(failureOf(result)).toMatchObject({ layer: 'connect', blame: 'target', code: 'refused' });
    expect(result.metrics).toEqual({ ping_sent_count: 2, ping_loss_ratio: 1 });
    expect(result.attributes.path).toBeUndefined();
  });

  it('has the path to its target, where the host can tell', async () => {
    const result = await runProbe(pingProbe, 'icmp://127.0.0.1', {
      method: 'tcp',
      port: await closedPort(),
      count: 1,
    });
    expect(result.outcome).toBe('fail');
    if (result.attributes.path === undefined) return;
    expect(result.attributes.path).toMatch(/^1 127\.0\.0\.1 [\d.]+ms$/);
    expect(result.attributes.path_tool).toMatch(/^trace/);
    expect(result.phases.at(-1)?.name).toBe('path');
  });

  it('ends at its deadline', async () => {
    const server = await listening();
    const params = {
      method: 'tcp',
      port: server.port,
      count: 20,
      intervalMs: 1000,
      minReplies: 20,
      path: false,
    };
    const startMs = performance.now();
    const result = await runProbe(pingProbe, 'icmp://127.0.0.1', params, { timeoutMs: 500 });
    expect(failureOf(result)).toMatchObject({ code: 'no_reply' });
    expect(performance.now() - startMs).toBeLessThan(5000);
    expect(result.metrics.ping_sent_count).toBeLessThan(20);
  });
});

describe('an address that is forbidden', () => {
  it.each(['icmp://127.0.0.1', 'icmp://10.0.0.1', 'icmp://0x7f.1', 'icmp://[::1]', 'icmp://localhost'])(
    '%s is not pinged, by no method',
    async (url) => {
      for (const method of ['icmp', 'tcp', 'auto']) {
        const result = await runProbe(pingProbe, url, { method }, { network: closedNetwork() });
        expect(failureOf(result)).toMatchObject({ layer: 'agent', blame: 'agent', code: 'forbidden_target' });
        expect(result.attributes.method).toBeUndefined();
      }
    },
  );
});

describe('parameters', () => {
  it.each([
    ['too many pings', { count: PING_LIMITS.count.value + 1 }],
    ['too fast a series', { intervalMs: PING_LIMITS.intervalMs.value - 1 }],
    ['more replies than pings', { count: 2, minReplies: 3 }],
    ['another method', { method: 'udp' }],
  ])('with %s are refused', (_name, params) => {
    expect(pingProbe.params.safeParse(params).success).toBe(false);
  });
});
