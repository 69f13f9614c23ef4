import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Cmcd } from '../../../probes/net/cmcd.ts';
import { HttpSession } from '../../../probes/net/session.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { examine } from '../../../probes/upload/aftermath.ts';
import { UPLOAD_LIMITS } from '../../../probes/upload/limits.ts';
import { uploadParams } from '../../../probes/upload/params.ts';
import { SendTally } from '../../../probes/upload/send-tally.ts';
import type { UploadRun } from '../../../probes/upload/upload-run.ts';
import { runContext } from '../net/run-context.ts';
import { failureOf, upload } from './probe-run.ts';
import { bodyOf, startScripted, tusAnswers, type UploadServer } from './upload-servers.ts';

const PUT = { protocol: 'put', cleanup: false };
const WAIT = { ...PUT, awaitPlayable: true, pollMs: 100 };
const TOLD = { status_url: '/status/1', play_url: '/play/1' };
const TOO_LARGE = Buffer.alloc(UPLOAD_LIMITS.answerBytes.value + 1, 32);

const servers: UploadServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A service that takes a PUT with an answer that names status and media, and answers the rest by these functions. */
async function service(answers: { put?: Answer; status?: Answer; play?: Answer; delete?: Answer }) {
  const ready: Answer = (_request, response) => response.end(JSON.stringify({ state: 'ready' }));
  const put: Answer = (_request, response) => response.writeHead(201).end(JSON.stringify(TOLD));
  const server = await startScripted(async (request, response) => {
    if (request.method === 'PUT') {
      await bodyOf(request);
      return (answers.put ?? put)(request, response);
    }
    if (request.method === 'DELETE') return answers.delete?.(request, response);
    return request.url?.startsWith('/play')
      ? answers.play?.(request, response)
      : (answers.status ?? ready)(request, response);
  });
  servers.push(server);
  return server;
}

describe('an answer that is too large', () => {
  const tooLarge: Answer = (_request, response) => response.writeHead(200).end(TOO_LARGE);

  it('to the upload fails the run', async () => {
    const server = await service({ put: tooLarge });
    const result = await upload(`${server.url}/upload/`, PUT);
    expect(failureOf(result)).toMatch(/^upload_(chunk|commit)\/too_large target$/);
  });

  it('to the question for the status fails the run, and is not asked for again', async () => {
    const server = await service({ status: tooLarge });
    const result = await upload(`${server.url}/upload/`, WAIT);
    expect(failureOf(result)).toBe('processing/too_large target');
    expect(server.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
  });

  it('to the deletion is not read to its end, and changes nothing', async () => {
    const server = await service({ delete: tooLarge });
    const result = await upload(`${server.url}/upload/`, { ...PUT, cleanup: true });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.cleanup).toBe('deleted');
  });
});

describe('a status that breaks off', () => {
  it('fails the run as what happened', async () => {
    const server = await service({
      status: (_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"state":', () => response.destroy());
      },
    });
    expect(failureOf(await upload(`${server.url}/upload/`, WAIT))).toMatch(/^processing\/(truncated|reset) /);
  });
});

describe('an upload that never gets ready', () => {
  it('is asked for so many times, then fails though there is time left', async () => {
    let polls = 0;
    const server = await service({
      status: (_request, response) => {
        polls += 1;
        response.end(JSON.stringify({ state: 'processing' }));
      },
    });
    // No pause between the polls, which parameters do not allow.
    const run = runAt(new URL(`${server.url}/upload/`), { ...uploadParams.parse(WAIT), pollMs: 0 });
    const uploaded = { ok: true, endMs: 0, answer: Buffer.from(JSON.stringify(TOLD)) } as const;
    const failure = await examine(run, uploaded);
    run.session.close();
    expect(failure).toMatchObject({ layer: 'processing', code: 'timeout', blame: 'target' });
    expect(failure?.message).toContain(`not ready after ${UPLOAD_LIMITS.polls.value} polls`);
    expect(polls).toBe(UPLOAD_LIMITS.polls.value);
    expect(run.signal.aborted).toBe(false);
  });
});

function runAt(url: URL, params: UploadRun['params']): UploadRun {
  const context = runContext();
  const { network, clock, signal, userAgent, random } = context;
  const timeline = new Timeline(clock);
  const target = { name: 'uploads', url: url.href, labels: {} };
  const cmcd = new Cmcd('off', context, target, { probe: 'upload', nr: true });
  const openSession = () => new HttpSession({ network, clock, signal, userAgent, timeline });
  const session = openSession();
  const measured = { metrics: {}, attributes: {}, payload: Buffer.alloc(0) };
  const sends = new SendTally(clock);
  const secret = () => undefined;
  return {
    session,
    openSession,
    sends,
    cmcd,
    secret,
    timeline,
    clock,
    signal,
    random,
    url,
    params,
    ...measured,
  };
}

describe('an upload that plays', () => {
  it('is asked for its first bytes, and not read further where the range is ignored', async () => {
    const ranges: unknown[] = [];
    let left = false;
    const server = await service({
      // A film without end: only the closed connection stops it.
      play: (request, response) => {
        ranges.push(request.headers.range);
        response.on('close', () => {
          left = true;
        });
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
        };
        response.on('drain', more);
        more();
      },
    });
    const result = await upload(`${server.url}/upload/`, WAIT);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toHaveProperty('upload_playable_ms');
    expect(ranges).toEqual([`bytes=0-${UPLOAD_LIMITS.playableBytes.value - 1}`]);
    await expect.poll(() => left).toBe(true);
  });
});

describe('an upload that the deadline ended', () => {
  it('is deleted all the same, in a little time of its own', async () => {
    const answer = tusAnswers({
      options: (_request, response) =>
        response.writeHead(204, { 'tus-version': '1.0.0', 'tus-extension': 'creation,termination' }).end(),
      patch: (request) => void request.resume(),
    });
    const server = await startScripted((request, response, count) =>
      request.method === 'DELETE' ? response.writeHead(204).end() : answer(request, response, count),
    );
    servers.push(server);
    const result = await upload(`${server.url}/files/`, {}, 700);
    expect(failureOf(result)).toMatch(/^upload_(chunk|commit)\/timeout /);
    expect(server.requests.at(-1)).toBe('DELETE /files/1');
    expect(result.attributes.cleanup).toBe('deleted');
  });
});

describe('a deletion that is not answered', () => {
  it('holds the run no longer than its limit, does not fail it, and is told as an attribute', async () => {
    const server = await service({ delete: () => undefined });
    const startMs = performance.now();
    const result = await upload(`${server.url}/upload/`, { ...PUT, cleanup: true });
    expect(performance.now() - startMs).toBeGreaterThan(UPLOAD_LIMITS.cleanupMs.value * 0.9);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.cleanup).toBe('timeout');
    expect(result.metrics.upload_total_ms).toBeLessThan(UPLOAD_LIMITS.cleanupMs.value);
  });
});

describe('reading an upload back', () => {
  const READ = { ...PUT, verify: 'readback' };

  /** Keeps what was put, and hands out what `change` makes of it. */
  async function store(change: (held: Buffer) => Buffer = (held) => held, put: object = {}) {
    let held: Buffer = Buffer.alloc(0);
    const server = await startScripted(async (request, response) => {
      if (request.method === 'PUT') {
        held = await bodyOf(request);
        return response.writeHead(201).end(JSON.stringify(put));
      }
      if (request.url?.startsWith('/status'))
        return response.end(JSON.stringify({ state: 'ready', ...TOLD }));
      return response.end(change(held));
    });
    servers.push(server);
    return server;
  }

  it('finds it whole, where it was put when nothing says otherwise', async () => {
    const server = await store();
    const result = await upload(`${server.url}/upload/`, READ);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.integrity).toBe('ok');
    const [put, get] = server.requests;
    expect(get).toBe(put?.replace('PUT', 'GET'));
  });

  it('waits until it is ready where there is a status, and reads where that says', async () => {
    const server = await store(undefined, { status_url: '/status/1' });
    expect((await upload(`${server.url}/upload/`, READ)).attributes.integrity).toBe('ok');
    expect(server.requests.slice(1)).toEqual(['GET /status/1', 'GET /play/1']);
  });

  it('reads where the parameters say, before anything else', async () => {
    const server = await store(undefined, { play_url: '/play/1' });
    await upload(`${server.url}/upload/`, { ...READ, playUrl: '/elsewhere' });
    expect(server.requests.at(-1)).toBe('GET /elsewhere');
  });

  it.each<[string, (held: Buffer) => Buffer]>([
    ['one byte is another', (held) => Buffer.concat([held.subarray(0, -1), Buffer.from([1])])],
    ['the last byte is missing', (held) => held.subarray(0, -1)],
    ['there is a byte too many', (held) => Buffer.concat([held, Buffer.alloc(1)])],
    ['there is far too much', (held) => Buffer.concat([held, Buffer.alloc(1_000_000)])],
    ['there is nothing', () => Buffer.alloc(0)],
  ])('fails when %s', async (_what, change) => {
    const server = await store(change);
    const result = await upload(`${server.url}/upload/`, READ);
    expect(failureOf(result)).toBe('upload_commit/integrity target');
    expect(result.attributes.integrity).toBe('wrong');
  });

  it('fails when it is refused', async () => {
    const server = await service({ play: (_request, response) => response.writeHead(404).end() });
    expect(failureOf(await upload(`${server.url}/upload/`, { ...READ, playUrl: '/play/1' }))).toBe(
      'processing/status target',
    );
  });

  it('is not done unless it is asked for, and says so', async () => {
    const server = await store();
    expect((await upload(`${server.url}/upload/`, PUT)).attributes.integrity).toBe('unchecked');
    expect(server.requests).toHaveLength(1);
  });
});
