import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exchange, json } from './http-client.ts';
import { ManualClock } from './manual-clock.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { sha256 } from './uploading.ts';

const TUS = { 'tus-resumable': '1.0.0' };
const UPLOAD_BYTES = 200_000;

let clock: ManualClock;
let origin: RunningOrigin;

beforeEach(async () => {
  clock = new ManualClock();
  const limits = { uploadBytes: UPLOAD_BYTES, storedUploads: 2 };
  origin = await runningOrigin({ clock, transcodeMs: 100, limits });
});

afterEach(() => origin.close());

/** Of the body of the newest request. */
const received = () => origin.received.at(-1)?.bytes;

const create = (headers: Record<string, string>, query = '') =>
  exchange(`${origin.url}/files/${query}`, { method: 'POST', headers: { ...TUS, ...headers } });

const patch = (
  url: string,
  offset: number,
  body: Buffer,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) =>
  exchange(url, {
    ...(signal && { signal }),
    method: 'PATCH',
    headers: {
      ...{ ...TUS, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      ...headers,
    },
    body,
  });

const offsetOf = async (url: string) =>
  (await exchange(url, { method: 'HEAD', headers: TUS })).headers['upload-offset'];

const idOf = (url: string) => /\/files\/([0-9a-f]{32})/.exec(url)?.[1] ?? '';

describe('tus at /files/', () => {
  it('says what it can do', async () => {
    const answer = await exchange(`${origin.url}/files/`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-max-size': String(UPLOAD_BYTES),
      'tus-extension': expect.stringContaining('creation'),
      'access-control-allow-origin': '*',
      'access-control-allow-methods': expect.stringContaining('PATCH'),
    });
  });

  it('takes an upload in chunks, then processes it, then plays it', async () => {
    const body = randomBytes(UPLOAD_BYTES);
    const filetype = Buffer.from('video/webm').toString('base64');
    const created = await create({
      'upload-length': String(body.length),
      'upload-metadata': `filetype ${filetype}`,
    });
    expect(created.status).toBe(201);
    const location = created.headers.location ?? '';
    const id = idOf(location);
    expect(location).toBe(`${origin.url}/files/${id}`);
    const status = async () => json(await exchange(`${origin.url}/status/${id}`));
    const play = () => exchange(`${origin.url}/play/${id}`);

    expect((await patch(location, 0, body.subarray(0, 70_000))).headers['upload-offset']).toBe('70000');
    expect(await offsetOf(location)).toBe('70000');
    expect(await status()).toMatchObject({ state: 'uploading', sha256: null });
    const early = await play();
    expect([early.status, early.headers['cache-control']]).toEqual([404, 'no-store']);

    expect((await patch(location, 70_000, body.subarray(70_000))).status).toBe(204);
    expect(await status()).toMatchObject({ state: 'processing', bytes: body.length });
    expect((await play()).status).toBe(404);

    clock.advance(100);
    await vi.waitFor(async () =>
      expect(await status()).toMatchObject({ id, state: 'ready', sha256: sha256(body) }),
    );
    const played = await play();
    expect([played.status, played.headers['content-type']]).toEqual([200, 'video/webm']);
    expect(played.body.equals(body)).toBe(true);
  });

  it('can be resumed where it broke off', async () => {
    const location = (await create({ 'upload-length': '1000' })).headers.location ?? '';
    const headers = { ...TUS, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const broken = request(location, { method: 'PATCH', headers: { ...headers, 'content-length': '1000' } });
    broken.on('error', () => undefined);
    broken.write(Buffer.alloc(400, 1));
    await vi.waitFor(async () => {
      const [file] = (await readdir(join(origin.dataDir, 'uploads'))).filter(
        (name) => !name.endsWith('.json'),
      );
      expect(file).toBeDefined();
    });
    broken.destroy();
    const offset = await vi.waitFor(async () => {
      const reached = Number(await offsetOf(location));
      expect(Number.isInteger(reached)).toBe(true);
      return reached;
    });
    expect(offset).toBeLessThanOrEqual(400);
    expect((await patch(location, offset, Buffer.alloc(1000 - offset, 1))).headers['upload-offset']).toBe(
      '1000',
    );
  });

  it('refuses a wrong offset with 409, and a request that is no tus with 412', async () => {
    const location = (await create({ 'upload-length': '10' })).headers.location ?? '';
    expect((await patch(location, 5, Buffer.alloc(5))).status).toBe(409);
    expect((await exchange(location, { method: 'HEAD' })).status).toBe(412);
  });

  it('refuses what is too large with 413, and reserves nothing for it', async () => {
    expect((await create({ 'upload-length': String(UPLOAD_BYTES + 1) })).status).toBe(413);
    expect(origin.uploads().uploads).toBe(0);
  });

  it('deletes the oldest upload past the limit, which then is gone everywhere', async () => {
    const locations: string[] = [];
    for (let made = 0; made < 3; made += 1) {
      locations.push((await create({ 'upload-length': '10' })).headers.location ?? '');
    }
    const [oldest = '', next = ''] = locations;
    expect((await exchange(oldest, { method: 'HEAD', headers: TUS })).status).toBe(404);
    expect((await exchange(`${origin.url}/status/${idOf(oldest)}`)).status).toBe(404);
    expect(await offsetOf(next)).toBe('0');
    expect(await readdir(join(origin.dataDir, 'uploads'))).toHaveLength(4);
  });

  it('forgets an upload that the client terminates', async () => {
    const location = (await create({ 'upload-length': '10' })).headers.location ?? '';
    expect((await exchange(location, { method: 'DELETE', headers: TUS })).status).toBe(204);
    await vi.waitFor(() => expect(origin.uploads().uploads).toBe(0));
  });

  it.each(['..%2f..%2fetc%2fpasswd', 'x', '0'.repeat(32), `${'0'.repeat(32)}.json`])(
    'knows no upload %s',
    async (id) => {
      expect((await exchange(`${origin.url}/files/${id}`, { method: 'HEAD', headers: TUS })).status).toBe(
        404,
      );
    },
  );

  it('carries injected behaviour from the creation to the transfer', async () => {
    const created = await create({ 'upload-length': '4' }, '?delay_ms=0');
    const location = created.headers.location ?? '';
    expect(location).toMatch(/\?delay_ms=0$/);
    expect((await patch(location, 0, Buffer.alloc(4))).headers['upload-offset']).toBe('4');
  });

  it('refuses an upload at a share of it, as the other ways to upload do, and forgets one that it calls gone', async () => {
    const create4 = async (query: string) =>
      (await create({ 'upload-length': '4' }, query)).headers.location ?? '';
    const busy = await create4('?refuse=503@50%25');
    expect((await patch(busy, 0, Buffer.alloc(1))).status).toBe(204);
    expect((await patch(busy, 1, Buffer.alloc(1))).status).toBe(503);
    expect((await patch(busy, 1, Buffer.alloc(1), { 'transfer-encoding': 'chunked' })).status).toBe(503);
    expect(await offsetOf(busy)).toBe('1');
    const last = await create4('?refuse=503@100%25');
    expect((await patch(last, 0, Buffer.alloc(3))).status).toBe(204);
    expect((await patch(last, 3, Buffer.alloc(1))).status).toBe(503);
    const gone = await create4('?refuse=410@0%25');
    expect((await patch(gone, 0, Buffer.alloc(2))).status).toBe(410);
    expect((await exchange(gone, { method: 'HEAD', headers: TUS })).status).toBe(404);
  });

  it('locks an upload for a while after a cut, and no other', async () => {
    const location = (await create({ 'upload-length': '1000' }, '?locked_ms=5000')).headers.location ?? '';
    const other = (await create({ 'upload-length': '4' })).headers.location ?? '';
    const headers = { ...TUS, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const broken = request(location, { method: 'PATCH', headers: { ...headers, 'content-length': '1000' } });
    broken.on('error', () => undefined);
    broken.write(Buffer.alloc(400));
    await vi.waitFor(() => expect(received()).toBe(400));
    broken.destroy();
    const ask = async (url: string) => (await exchange(url, { method: 'HEAD', headers: TUS })).status;
    await vi.waitFor(async () => expect(await ask(location)).toBe(423));
    expect(await ask(other)).toBe(200);
    clock.advance(5000);
    expect(await ask(location)).toBe(200);
  });

  describe('the commit', () => {
    const state = async (location: string) =>
      json(await exchange(`${origin.url}/status/${idOf(location)}`)).state;

    it('takes the time that is asked for, and only that of the last byte', async () => {
      const location = (await create({ 'upload-length': '4' }, '?commit_ms=50')).headers.location ?? '';
      expect((await patch(location, 0, Buffer.alloc(3))).status).toBe(204);
      const last = patch(location, 3, Buffer.alloc(1));
      await vi.waitFor(() => expect(received()).toBe(1));
      // The clock stands still: what a timer alone would wait for is long over.
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await state(location)).toBe('uploading');
      await vi.waitFor(async () => {
        clock.advance(50);
        expect(await state(location)).not.toBe('uploading');
      });
      expect((await last).status).toBe(204);
    });

    it('does not outlast the request', async () => {
      const location = (await create({ 'upload-length': '4' }, '?commit_ms=30000')).headers.location ?? '';
      const leaving = new AbortController();
      const last = patch(location, 0, Buffer.alloc(4), {}, leaving.signal).catch(() => 'left');
      await vi.waitFor(() => expect(received()).toBe(4));
      expect(await state(location)).toBe('uploading');
      leaving.abort();
      expect(await last).toBe('left');
      await vi.waitFor(async () => expect(await state(location)).toBe('processing'));
    });
  });

  it('is processed as the creation asks for', async () => {
    const location = (await create({ 'upload-length': '4' }, '?renditions=tiny:40')).headers.location ?? '';
    await patch(location, 0, Buffer.alloc(4));
    clock.advance(40);
    await vi.waitFor(async () =>
      expect(json(await exchange(`${origin.url}/status/${idOf(location)}`))).toMatchObject({
        state: 'ready',
        renditions: [{ name: 'tiny', state: 'ready' }],
      }),
    );
  });

  it('can be read by pages of any origin', async () => {
    const created = await create({ 'upload-length': '4', origin: 'http://page.test' });
    expect(created.headers['access-control-allow-origin']).toBe('*');
    expect(created.headers['access-control-expose-headers']).toMatch(/Location/);
    expect(created.headers['timing-allow-origin']).toBe('*');
  });
});
