import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { platform } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { isMetricName, metricDefinition } from '../../../probes/metrics.ts';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import { probeOf } from '../../../probes/registry.ts';
import { makePayload } from '../../../probes/upload/payload.ts';
import { uploadProbe } from '../../../probes/upload/upload.ts';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted, type UploadServer } from './upload-servers.ts';

const PUT = { protocol: 'put' };
const SIZE = 256 * 1024;
const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Answer = Parameters<typeof startScripted>[0];

async function scripted(answer: Answer): Promise<UploadServer> {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}

/** Takes a body, waits, answers 201 with this JSON. DELETE is answered 204. */
function service(told: object = {}, commitMs = 0): Answer {
  return async (request, response) => {
    if (request.method === 'DELETE') return response.writeHead(204).end();
    await bodyOf(request);
    await sleep(commitMs);
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What the test context makes of its draws. */
const { bytes: payload } = await makePayload({ sizeBytes: SIZE, kind: 'video' }, () => 0.5);
const sha256 = createHash('sha256').update(payload).digest('hex');

describe('the upload probe', () => {
  it('is in the registry, and judges what the dictionary has an effect size for', () => {
    expect(probeOf('upload')).toBe(uploadProbe);
    for (const name of uploadProbe.metrics) expect(isMetricName(name)).toBe(true);
    for (const name of uploadProbe.judged) expect(metricDefinition(name)).toHaveProperty('minEffect');
  });

  it('says that the target is no URL', async () => {
    expect(failureOf(await upload('files'))).toBe('agent/bad_params agent');
  });
});

describe('an upload by PUT', () => {
  it('sends the bytes at once, under a fresh name in a folder, and deletes them', async () => {
    const bodies: Buffer[] = [];
    const server = await scripted(async (request, response, count) => {
      if (request.method === 'PUT') bodies.push(await bodyOf(request));
      return service()(request, response, count);
    });
    const result = await upload(`${server.url}/upload/`, PUT);
    expect(failureOf(result)).toBe('ok');
    expect(bodies[0]?.equals(payload)).toBe(true);
    const [put, del] = server.requests.map((request) => request.split(' '));
    expect(put?.[1]).toMatch(/^\/upload\/outrider-[0-9a-f]+\.mp4$/);
    expect(del).toEqual(['DELETE', put?.[1]]);
    expect(result.metrics).toMatchObject({ upload_bytes: SIZE, upload_chunk_count: 1 });
    expect(result.metrics).not.toHaveProperty('upload_create_ms');
    expect(uploadProbe.metrics).toEqual(expect.arrayContaining(Object.keys(result.metrics)));
    expect(result.attributes).toMatchObject({ protocol: 'put', cleanup: 'deleted', http_status: '201' });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'put send', 'put commit']);
  });

  it('keeps the name of a target that is not a folder', async () => {
    const server = await scripted(service());
    await upload(`${server.url}/upload/x.mp4?sig=1`, { ...PUT, cleanup: false });
    expect(server.requests).toEqual(['PUT /upload/x.mp4?sig=1']);
  });

  it('is not failed by a service that lets nobody delete', async () => {
    const server = await scripted(async (request, response, count) => {
      if (request.method === 'DELETE') return response.writeHead(405).end();
      return service()(request, response, count);
    });
    const result = await upload(`${server.url}/upload/`, PUT);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.cleanup).toBe('refused 405');
  });

  it('gives a delay of the commit to the commit, and not to sending', async () => {
    const D = 800;
    const fast = await upload(`${(await scripted(service())).url}/upload/`, PUT);
    const slow = await upload(`${(await scripted(service({}, D))).url}/upload/`, PUT);
    const grown = (slow.metrics.upload_commit_ms ?? 0) - (fast.metrics.upload_commit_ms ?? 0);
    expect(grown).toBeGreaterThan(D * 0.8);
    expect(slow.metrics.upload_send_ms).toBeLessThan(D * 0.8);
    expect(slow.metrics.upload_total_ms).toBeGreaterThanOrEqual(D);
  });

  it.runIf(platform() === 'linux')('gives a slow reader to sending, and not to the commit', async () => {
    const D = 1000;
    const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
      socket.on('error', () => undefined);
      const reading = async () => {
        await sleep(D);
        let received = 0;
        socket.on('data', (chunk) => {
          received += chunk.length;
          // Head and body: the head is far smaller than the slack.
          if (received > 16 * 1024 * 1024) socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
        });
        socket.resume();
      };
      void reading();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push({ close: () => server.close() });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v.mp4`;
    const result = await upload(url, { ...PUT, sizeBytes: 16 * 1024 * 1024, cleanup: false });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.upload_send_ms).toBeGreaterThanOrEqual(D * 0.9);
    expect(result.metrics.upload_commit_ms).toBeLessThan(D * 0.8);
    if (await loadTcpInfo()) expect(result.attributes.send_clock).toBe('tcp_info');
  });

  it.each([
    [413, 'upload_commit/too_large target'],
    [403, 'upload_commit/denied target'],
    [404, 'upload_commit/status target'],
    [500, 'upload_commit/status target'],
    [302, 'upload_commit/status target'],
  ])('fails when it is answered %d', async (status, expected) => {
    const server = await scripted(async (request, response) => {
      await bodyOf(request);
      response.writeHead(status).end();
    });
    const result = await upload(`${server.url}/upload/`, PUT);
    expect(failureOf(result)).toBe(expected);
    expect(result.attributes.http_status).toBe(String(status));
  });

  it('fails as reset when it is cut in the middle', async () => {
    const server = await scripted((request) => request.socket.resetAndDestroy());
    expect(failureOf(await upload(`${server.url}/upload/`, PUT))).toMatch(/^upload_(chunk|commit)\/reset /);
  });

  it('fails by its deadline when it is never answered', async () => {
    const server = await scripted((request) => void request.resume());
    const result = await upload(`${server.url}/upload/`, PUT, 1500);
    expect(failureOf(result)).toMatch(/^upload_(chunk|commit)\/timeout /);
  });
});

describe('verification', () => {
  const verify = { ...PUT, verify: 'sha256', cleanup: false };

  it('accepts the hash in the answer', async () => {
    const server = await scripted(service({ sha256 }));
    expect(failureOf(await upload(`${server.url}/upload/`, verify))).toBe('ok');
    expect(server.requests).toHaveLength(1);
  });

  it('finds that the service holds something else', async () => {
    const server = await scripted(service({ sha256: 'f'.repeat(64), bytes: 5 }));
    const result = await upload(`${server.url}/upload/`, verify);
    expect(failureOf(result)).toBe('upload_commit/integrity target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('5 bytes');
    // The upload itself went as it went.
    expect(result.metrics).toHaveProperty('upload_total_ms');
  });

  it('asks the status until it names the hash', async () => {
    const server = await scripted(async (request, response, count) => {
      if (request.method === 'PUT') return service({ status_url: '/status/1' })(request, response, count);
      response.end(JSON.stringify(count < 3 ? { state: 'processing' } : { state: 'processing', sha256 }));
    });
    expect(failureOf(await upload(`${server.url}/upload/`, { ...verify, pollMs: 100 }))).toBe('ok');
    expect(server.requests.slice(1)).toEqual(['GET /status/1', 'GET /status/1', 'GET /status/1']);
  });

  it('fails when nothing says where to look', async () => {
    const server = await scripted(service());
    expect(failureOf(await upload(`${server.url}/upload/`, verify))).toBe('processing/bad_response target');
  });
});

describe('waiting until it plays', () => {
  const wait = { ...PUT, awaitPlayable: true, pollMs: 100, cleanup: false };
  const told = { status_url: '/status/1', play_url: '/play/1' };

  /** Answers PUT at once, the status by the function, and plays with this status. */
  function platformOf(state: (polls: number) => object | number, playStatus = 206): Answer {
    let polls = 0;
    return async (request, response, count) => {
      if (request.method === 'PUT') return service(told)(request, response, count);
      if (request.url?.startsWith('/play')) return response.writeHead(playStatus).end('media');
      const answer = state(polls++);
      if (typeof answer === 'number') return response.writeHead(answer).end();
      return response.end(JSON.stringify(answer));
    };
  }

  it('measures from the final answer to the first byte that plays', async () => {
    const server = await scripted(platformOf((polls) => ({ state: polls < 3 ? 'processing' : 'ready' })));
    const result = await upload(`${server.url}/upload/`, wait);
    expect(failureOf(result)).toBe('ok');
    // Three polls were too early; timers may fire a little before their time.
    expect(result.metrics.upload_playable_ms).toBeGreaterThan(290);
    expect(result.metrics.upload_total_ms).toBeLessThan(result.metrics.upload_playable_ms ?? 0);
    expect(result.attributes.poll_ms).toBe('100');
    expect(server.requests.at(-1)).toBe('GET /play/1');
  });

  it('waits for a status that is not there yet', async () => {
    const server = await scripted(platformOf((polls) => (polls < 2 ? 404 : { state: 'ready' })));
    expect(failureOf(await upload(`${server.url}/upload/`, wait))).toBe('ok');
  });

  it('does not ask for media before it is announced', async () => {
    const server = await scripted(platformOf(() => ({ state: 'processing' })));
    const result = await upload(`${server.url}/upload/`, wait, 800);
    expect(failureOf(result)).toBe('processing/timeout target');
    expect(server.requests.some((request) => request.includes('/play'))).toBe(false);
    expect(result.metrics).toHaveProperty('upload_total_ms');
  });

  it('fails when the service could not process it', async () => {
    const server = await scripted(platformOf(() => ({ state: 'failed' })));
    expect(failureOf(await upload(`${server.url}/upload/`, wait))).toBe('processing/bad_body target');
  });

  it('fails when it is ready and does not play', async () => {
    const server = await scripted(platformOf(() => ({ state: 'ready' }), 404));
    const result = await upload(`${server.url}/upload/`, wait);
    expect(failureOf(result)).toBe('processing/status target');
    expect(result.metrics).not.toHaveProperty('upload_playable_ms');
  });

  it('does not follow a status to an address that the agent forbids', async () => {
    const server = await scripted(service({ status_url: 'http://10.0.0.1/status' }));
    expect(failureOf(await upload(`${server.url}/upload/`, wait))).toBe('agent/forbidden_target agent');
  });
});
