import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { sha256 } from './uploading.ts';

const UPLOAD_BYTES = 200_000;

let origin: RunningOrigin;

beforeEach(async () => {
  origin = await runningOrigin({ transcodeMs: 0, limits: { uploadBytes: UPLOAD_BYTES } });
});

afterEach(() => origin.close());

const put = (name: string, body: Buffer, headers: Record<string, string> = {}, agent?: Agent) =>
  exchange(`${origin.url}/upload/${name}`, { method: 'PUT', body, headers, ...(agent && { agent }) });

describe('PUT /upload/<name>', () => {
  it('stores the body, and tells where it is and what it was', async () => {
    const body = randomBytes(150_000);
    const answer = await put('clip.mp4', body, { 'content-type': 'video/webm' });
    const { id, status_url, play_url, ...rest } = json(answer);
    expect(answer.status).toBe(201);
    expect(rest).toEqual({ bytes: 150_000, sha256: sha256(body) });
    expect(status_url).toBe(`${origin.url}/status/${id}`);
    expect(answer.headers.location).toBe(`${origin.url}/upload/${id}`);
    expect(json(await exchange(String(status_url)))).toEqual({
      id,
      state: 'ready',
      bytes: 150_000,
      sha256: sha256(body),
      play_url,
      renditions: [{ name: 'source', state: 'ready', play_url: `${String(play_url)}/source` }],
    });
    const played = await exchange(String(play_url), { headers: { range: 'bytes=10-' } });
    expect([played.status, played.headers['content-type']]).toEqual([206, 'video/webm']);
    expect(played.body.equals(body.subarray(10))).toBe(true);
  });

  it('names URLs by the host that the client used, so that they lead back the same way', async () => {
    const answer = json(await put('clip.mp4', Buffer.from('x'), { host: 'video.sandbox.test' }));
    expect(answer.status_url).toBe(`http://video.sandbox.test/status/${answer.id}`);
  });

  it('stores an empty body too, which plays as nothing', async () => {
    const answer = json(await put('empty.mp4', Buffer.alloc(0)));
    const played = await exchange(String(answer.play_url));
    expect([played.status, played.body.length]).toEqual([200, 0]);
  });

  it('answers 413 to what is too large, announced or not, and keeps the connection and no file', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await put('large.mp4', Buffer.alloc(UPLOAD_BYTES + 1), headers, agent);
      expect(answer.status).toBe(413);
      expect(json(answer)).toMatchObject({
        error: { code: 'too_large', message: `The upload may have ${UPLOAD_BYTES} bytes.` },
      });
    }
    expect((await put('fits.mp4', Buffer.alloc(UPLOAD_BYTES), {}, agent)).status).toBe(201);
    agent.destroy();
    expect(origin.uploads()).toMatchObject({ uploads: 1, bytes: UPLOAD_BYTES });
    expect(await readdir(join(origin.dataDir, 'uploads'))).toHaveLength(1);
  });

  it.each(['..%2fclip.mp4', '%2e%2eclip.mp4', '.hidden', 'a/b', 'a%00b', '%zz', 'a'.repeat(200)])(
    'refuses the name %s',
    async (name) => {
      expect((await put(name, Buffer.from('x'))).status).toBe(400);
      expect(origin.uploads().uploads).toBe(0);
    },
  );

  it('leaves nothing of an upload that broke off', async () => {
    const outgoing = request(`${origin.url}/upload/clip.mp4`, {
      method: 'PUT',
      headers: { 'content-length': '1000' },
    });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(500));
    await vi.waitFor(async () => expect(await readdir(join(origin.dataDir, 'uploads'))).toHaveLength(1));
    outgoing.destroy();
    await vi.waitFor(async () => expect(await readdir(join(origin.dataDir, 'uploads'))).toHaveLength(0));
    expect(origin.uploads().uploads).toBe(0);
  });

  it('answers 507 when the disk takes nothing', async () => {
    await rm(join(origin.dataDir, 'uploads'), { recursive: true });
    const answer = await put('clip.mp4', Buffer.from('x'));
    expect(answer.status).toBe(507);
    expect(json(answer)).toMatchObject({
      error: { code: 'not_stored', message: expect.stringContaining('ENOENT') },
    });
    expect(origin.uploads().uploads).toBe(0);
  });
});
