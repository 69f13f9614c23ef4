import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { platform } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTcpInfo } from '../../../probes/net/tcp-info.ts';
import { CUT_KINDS } from '../../../probes/upload/cut.ts';
import { makePayload } from '../../../probes/upload/payload.ts';
import { failureOf, upload } from './probe-run.ts';
import { type RealTus, startScripted, startTus, tusAnswers, type UploadServer } from './upload-servers.ts';

const MIB = 1024 * 1024;
const hasTcpInfo = (await loadTcpInfo()) !== undefined;
/** What the test context makes of its draws. */
const { bytes: payload } = await makePayload({ sizeBytes: 2 * MIB, kind: 'video' }, () => 0.5);
const ONE_CHUNK = { sizeBytes: 2 * MIB, chunkBytes: 2 * MIB, cleanup: false };

const servers: UploadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Told extends RealTus {
  /** Where each PATCH after the first went on: what HEAD had answered, or the server would refuse it. */
  readonly offsets: number[];
}

async function real(): Promise<Told> {
  const offsets: number[] = [];
  const server = await startTus((request) => {
    if (request.method === 'PATCH') offsets.push(Number(request.headers['upload-offset']));
    return false;
  });
  servers.push(server);
  return { ...server, offsets };
}

function methods(server: UploadServer): (string | undefined)[] {
  return server.requests.map((request) => request.split(' ')[0]);
}

async function storedHash(server: RealTus): Promise<string> {
  const id =
    server.requests
      .find((request) => request.startsWith('PATCH'))
      ?.split('/')
      .at(-1) ?? '';
  return sha256(await server.stored(id));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each(CUT_KINDS)('an upload that is cut on purpose (%s)', (cut) => {
  it.each([10, 50, 90])(
    'at %d percent arrives whole, and the lost bytes are those that the server says',
    async (percent) => {
      const server = await real();
      const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [percent], cut });
      expect(failureOf(result)).toBe('ok');
      expect(await storedHash(server)).toBe(sha256(payload));
      expect(methods(server)).toEqual(['OPTIONS', 'POST', 'PATCH', 'HEAD', 'PATCH']);
      expect(server.connections()).toBe(2);
      expect(result.attributes).toMatchObject({ resumed: 'true', cut_at_percent: String(percent) });
      expect(result.metrics).toMatchObject({ upload_resume_count: 1, upload_chunk_count: 2 });
      if (platform() !== 'linux') return;
      const acked = Math.floor((payload.length * percent) / 100);
      expect(result.metrics.upload_resume_lost_bytes).toBe(acked - (server.offsets[1] ?? Number.NaN));
    },
  );

  it('several times goes on from each', async () => {
    const server = await real();
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [90, 10, 50], cut });
    expect(failureOf(result)).toBe('ok');
    expect(await storedHash(server)).toBe(sha256(payload));
    expect(server.connections()).toBe(4);
    expect(result.attributes.cut_at_percent).toBe('10,50,90');
    expect(result.metrics.upload_resume_count).toBe(3);
    expect(server.offsets).toHaveLength(4);
  });

  it('in many chunks is cut in those that the shares fall into', async () => {
    const server = await real();
    const params = {
      sizeBytes: 2 * MIB,
      chunkBytes: 256 * 1024,
      cleanup: false,
      cutAtPercent: [25, 60],
      cut,
    };
    const result = await upload(`${server.url}/files/`, params);
    expect(failureOf(result)).toBe('ok');
    expect(await storedHash(server)).toBe(sha256(payload));
    expect(methods(server).filter((method) => method === 'HEAD')).toHaveLength(2);
    expect(server.offsets).toEqual(server.offsets.toSorted((one, other) => one - other));
  });
});

/**
 * A tus server that keeps whole blocks only: what it was sent of the last one is lost with the connection. As a server that
 * locks uploads it answers HEAD when the broken request is over.
 */
function forgetful(blockBytes: number, extra: Parameters<typeof tusAnswers>[0] = {}) {
  let held: Buffer = Buffer.alloc(0);
  let over: Promise<void> = Promise.resolve();
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks = [held];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      const all = Buffer.concat(chunks);
      held = all.subarray(0, all.length - (all.length % blockBytes));
      return;
    }
    held = Buffer.concat(chunks);
    response.writeHead(204, { 'upload-offset': held.length }).end();
  };
  const answerNow = tusAnswers({
    head: (_request, response) => response.writeHead(200, { 'upload-offset': held.length }).end(),
    patch: (request, response) => {
      if (Number(request.headers['upload-offset']) !== held.length) return response.writeHead(409).end();
      over = take(request, response);
      return over;
    },
    ...extra,
  });
  const answer: typeof answerNow = async (request, response, count) => {
    if (request.method === 'HEAD') await over;
    return answerNow(request, response, count);
  };
  return { answer, held: () => held };
}

async function scripted(answer: Parameters<typeof startScripted>[0]): Promise<UploadServer> {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}

describe('after a cut', () => {
  it('bytes that were acknowledged and are not held count as lost, and are sent again', async () => {
    const service = forgetful(300_000);
    const server = await scripted(service.answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('ok');
    expect(service.held().equals(payload)).toBe(true);
    if (platform() === 'linux') expect(result.metrics.upload_resume_lost_bytes).toBe(MIB - 900_000);
  });

  it('the losses of several cuts add up', async () => {
    const service = forgetful(300_000);
    const server = await scripted(service.answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [20, 80] });
    expect(failureOf(result)).toBe('ok');
    expect(service.held().equals(payload)).toBe(true);
    // 20 % of 2 MiB is 419430, of which one block is held; 80 % is 1677721, of which five are.
    if (platform() === 'linux') expect(result.metrics.upload_resume_lost_bytes).toBe(119_430 + 177_721);
  });

  it('the time to resume runs until new bytes are acknowledged, the question for the offset included', async () => {
    const delayMs = 300;
    const service = forgetful(1, {
      head: (_request, response) => {
        setTimeout(() => response.writeHead(200, { 'upload-offset': service.held().length }).end(), delayMs);
      },
    });
    const server = await scripted(service.answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('ok');
    if (hasTcpInfo) expect(result.metrics.upload_resume_ms).toBeGreaterThan(delayMs - 5);
    expect(result.phases.find(({ name }) => name === 'resume')?.durationMs).toBeGreaterThan(delayMs - 5);
  });

  it('a lock that the broken request left is waited for', async () => {
    let locked = 2;
    const service = forgetful(1, {
      head: (_request, response) => {
        if (locked-- > 0) return response.writeHead(423).end();
        return response.writeHead(200, { 'upload-offset': service.held().length }).end();
      },
    });
    const server = await scripted(service.answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('ok');
    expect(service.held().equals(payload)).toBe(true);
    expect(methods(server).filter((method) => method === 'HEAD')).toHaveLength(3);
    expect(result.attributes.lock_waited).toBe('true');
  });

  it('a lock that refuses the next chunk is waited for too', async () => {
    let locked = 1;
    const service = forgetful(1);
    const server = await scripted((request, response, count) => {
      const isResumed = request.method === 'PATCH' && request.headers['upload-offset'] !== '0';
      if (!isResumed || locked-- <= 0) return service.answer(request, response, count);
      request.resume();
      return response.writeHead(423).end();
    });
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('ok');
    expect(service.held().equals(payload)).toBe(true);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['the upload has expired', 410, {}, 'upload_chunk/expired target'],
    ['the upload is gone', 404, {}, 'upload_chunk/expired target'],
    ['the service does not let us any more', 403, {}, 'upload_chunk/denied target'],
    ['the service breaks', 500, {}, 'upload_chunk/status target'],
    ['the service does not say what it holds', 200, {}, 'upload_chunk/bad_response target'],
    [
      'the service holds more than it was sent',
      200,
      { 'upload-offset': '3000000' },
      'upload_chunk/offset_mismatch target',
    ],
  ])('the run fails as what it is when %s', async (_what, status, headers, expected) => {
    const { answer } = forgetful(1, {
      head: (_request, response) => response.writeHead(status, headers).end(),
    });
    const server = await scripted(answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe(expected);
    expect(result.attributes).toMatchObject({ resumed: 'true', cut_at_percent: '50' });
    expect(result.metrics).not.toHaveProperty('upload_total_ms');
  });

  it('the offset that the service gave and then refuses is a mismatch', async () => {
    const { answer } = forgetful(1, {
      head: (_request, response) => response.writeHead(200, { 'upload-offset': '5' }).end(),
    });
    const server = await scripted(answer);
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('upload_chunk/offset_mismatch target');
    expect(result.outcome === 'fail' && result.failure.message).toContain('another offset');
  });

  it('the upload that failed is deleted as a finished one is', async () => {
    const { answer } = forgetful(1, {
      options: (_request, response) =>
        response.writeHead(204, { 'tus-version': '1.0.0', 'tus-extension': 'creation,termination' }).end(),
      head: (_request, response) => response.writeHead(500).end(),
    });
    const server = await scripted((request, response, count) =>
      request.method === 'DELETE' ? response.writeHead(204).end() : answer(request, response, count),
    );
    const result = await upload(`${server.url}/files/`, { ...ONE_CHUNK, cleanup: true, cutAtPercent: [50] });
    expect(failureOf(result)).toBe('upload_chunk/status target');
    expect(result.attributes.cleanup).toBe('deleted');
    expect(server.requests.at(-1)).toBe('DELETE /files/1');
  });
});

describe('after a loss that nobody ordered', () => {
  it('what is lost counts by what was acknowledged, and the hash is right', async () => {
    const offsets: number[] = [];
    const service = forgetful(1);
    const server = await scripted((request, response, count) => {
      if (request.method === 'PATCH' && offsets.push(Number(request.headers['upload-offset'])) === 1) {
        let received = 0;
        request.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received > 500_000) request.socket.resetAndDestroy();
        });
      }
      return service.answer(request, response, count);
    });
    const result = await upload(`${server.url}/files/`, ONE_CHUNK);
    expect(failureOf(result)).toBe('ok');
    expect(service.held().equals(payload)).toBe(true);
    expect(result.metrics.upload_resume_count).toBe(1);
    expect(result.attributes).toMatchObject({ resumed: 'true' });
    expect(result.attributes).not.toHaveProperty('cut_at_percent');
    if (!hasTcpInfo) return;
    // More cannot be lost than the service had not kept.
    expect(result.metrics.upload_resume_lost_bytes).toBeGreaterThanOrEqual(0);
    expect(result.metrics.upload_resume_lost_bytes).toBeLessThanOrEqual(2 * MIB - (offsets[1] ?? 0));
  });

  it('the loss is the finding where the service is gone, and that it is gone is told', async () => {
    const server = await scripted(
      tusAnswers({
        patch: async (request) => {
          servers.splice(servers.indexOf(server), 1);
          const closed = server.close();
          request.socket.resetAndDestroy();
          await closed;
        },
      }),
    );
    const result = await upload(`${server.url}/files/`, ONE_CHUNK);
    expect(failureOf(result)).toMatch(/^upload_chunk\/reset /);
    expect(result.outcome === 'fail' && result.failure.message).toContain('It could not be resumed:');
  });
});

describe('a deadline that passes while half open', () => {
  it('ends the run in time, and leaves no connection', async () => {
    const service = forgetful(1, { head: () => undefined });
    const server = await scripted(service.answer);
    const result = await upload(
      `${server.url}/files/`,
      { ...ONE_CHUNK, cutAtPercent: [50], cut: 'half_open' },
      1500,
    );
    expect(failureOf(result)).toMatch(/^upload_chunk\/timeout /);
    await expect.poll(() => server.open()).toBe(0);
  });
});
