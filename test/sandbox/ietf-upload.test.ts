import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../sandbox/clock.ts';
import { startFaultProxy } from '../../sandbox/index.ts';
import { exchange, json } from './http-client.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';
import { cutOff, sendInPieces, sha256 } from './uploading.ts';

const UPLOAD_BYTES = 1_000_000;
const INTEROP = { 'upload-draft-interop-version': '8' };
const PARTIAL = { 'content-type': 'application/partial-upload' };

let origin: RunningOrigin;

beforeEach(async () => {
  origin = await runningOrigin({ transcodeMs: 0, limits: { uploadBytes: UPLOAD_BYTES } });
});

afterEach(() => origin.close());

const create = (headers: Record<string, string>, body: Buffer, query = '') =>
  exchange(`${origin.url}/ietf/${query}`, { method: 'POST', headers: { ...INTEROP, ...headers }, body });

const patch = (url: string, offset: number, complete: boolean, body: Buffer, headers = {}) =>
  exchange(url, {
    method: 'PATCH',
    headers: {
      ...INTEROP,
      ...PARTIAL,
      'upload-offset': String(offset),
      'upload-complete': complete ? '?1' : '?0',
      ...headers,
    },
    body,
  });

const head = (url: string) => exchange(url, { method: 'HEAD', headers: INTEROP });

/** An upload of a length of which nothing has been sent. */
async function opened(length: number, query = ''): Promise<string> {
  const made = await create(
    { 'upload-complete': '?0', 'upload-length': String(length) },
    Buffer.alloc(0),
    query,
  );
  expect(made.status).toBe(201);
  return made.headers.location ?? '';
}

const arrivedBytes = (bytes: number) =>
  vi.waitFor(() => expect(origin.received.reduce((most, line) => Math.max(most, line.bytes), 0)).toBe(bytes));

describe('creation', () => {
  it('says before anything is sent that uploads can be resumed, and how large they may be', async () => {
    const answer = await exchange(`${origin.url}/ietf/`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'accept-patch': 'application/partial-upload',
      'upload-limit': `max-size=${UPLOAD_BYTES}, max-age=600`,
      'access-control-allow-origin': '*',
    });
  });

  it('tells in a 104 where the upload is and in others how far, and the same place in the end', async () => {
    const pieces = [1, 2, 3].map((value) => Buffer.alloc(100_000, value));
    const body = Buffer.concat(pieces);
    const headers = { ...INTEROP, 'upload-complete': '?1', 'content-length': String(body.length) };
    const answer = await sendInPieces(`${origin.url}/ietf/?progress_bytes=90000`, 'POST', headers, pieces);
    const [first, ...progress] = answer.interims;
    expect(first).toMatchObject({
      status: 104,
      headers: {
        location: expect.stringMatching(/\/ietf\/[0-9a-f]{32}\?progress_bytes=90000$/),
        'upload-limit': expect.stringContaining('max-size='),
        'upload-draft-interop-version': '8',
      },
    });
    const offsets = progress.map((interim) => Number(interim.headers['upload-offset']));
    expect(offsets.length).toBeGreaterThan(0);
    const steps = offsets.map((offset, index) => offset - (offsets[index - 1] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(90_000);
    expect(offsets.at(-1)).toBeLessThanOrEqual(body.length);
    expect(progress.every((interim) => interim.headers.location === undefined)).toBe(true);
    expect(answer).toMatchObject({
      status: 201,
      headers: { location: first?.headers.location, 'upload-complete': '?1', 'upload-offset': '300000' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ bytes: 300_000, sha256: sha256(body) });
  });

  it.each([{}, { 'upload-draft-interop-version': '6' }])(
    'sends no 104 to a client of another draft',
    async (other) => {
      const headers = { ...other, 'upload-complete': '?1', 'content-length': '4' };
      const answer = await sendInPieces(`${origin.url}/ietf/`, 'POST', headers, [Buffer.from('clip')]);
      expect([answer.status, answer.interims]).toEqual([201, []]);
    },
  );

  it('is a plain upload without Upload-Complete', async () => {
    const answer = await create({}, Buffer.from('clip'));
    expect([answer.status, answer.headers['upload-complete']]).toEqual([201, '?1']);
  });

  it('refuses lengths that do not agree with 400, and ones that are too large with 413 and the limit', async () => {
    const inconsistent = await create({ 'upload-complete': '?1', 'upload-length': '5' }, Buffer.from('clip'));
    expect(inconsistent.status).toBe(400);
    expect(inconsistent.headers['content-type']).toBe('application/problem+json');
    expect(json(inconsistent).type).toMatch(/#inconsistent-upload-length$/);
    const large = { 'upload-complete': '?0', 'upload-length': String(UPLOAD_BYTES + 1) };
    const answer = await create(large, Buffer.alloc(0));
    expect([answer.status, answer.headers['upload-limit']]).toEqual([
      413,
      expect.stringContaining('max-size'),
    ]);
    expect(origin.uploads().uploads).toBe(0);
  });
});

describe('an upload resource', () => {
  it('is appended to part by part, and plays when it is complete', async () => {
    const body = randomBytes(1000);
    const location = await opened(1000);
    const first = await patch(location, 0, false, body.subarray(0, 400));
    expect([first.status, first.headers['upload-complete'], first.headers['upload-offset']]).toEqual([
      204,
      '?0',
      '400',
    ]);
    expect((await head(location)).headers).toMatchObject({
      'upload-offset': '400',
      'upload-complete': '?0',
      'upload-length': '1000',
      'cache-control': 'no-store',
    });
    const last = await patch(location, 400, true, body.subarray(400));
    expect([last.status, last.headers['upload-complete']]).toEqual([200, '?1']);
    expect(json(last)).toMatchObject({ bytes: 1000, sha256: sha256(body) });
    expect((await exchange(String(json(last).play_url))).body.equals(body)).toBe(true);
    expect((await head(location)).headers['upload-complete']).toBe('?1');
  });

  it('keeps all that came of a request that was cut off, and is resumed there', async () => {
    const body = randomBytes(300_000);
    const location = await opened(body.length);
    const headers = {
      ...PARTIAL,
      'upload-offset': '0',
      'upload-complete': '?1',
      'content-length': String(body.length),
    };
    const file = join(origin.dataDir, 'uploads', location.split('/').at(-1) ?? '');
    const stored = () => vi.waitFor(async () => expect((await stat(file)).size).toBe(100_000));
    await cutOff(location, 'PATCH', headers, body.subarray(0, 100_000), stored);
    const standing = await head(location);
    expect([standing.status, standing.headers['upload-complete']]).toEqual([204, '?0']);
    expect(standing.headers['upload-offset']).toBe('100000');
    const answer = await patch(location, 100_000, true, body.subarray(100_000));
    expect(json(answer)).toMatchObject({ bytes: body.length, sha256: sha256(body) });
  });

  it('ends a request that hangs when its client asks again, and tells an offset that holds', async () => {
    const location = await opened(1000);
    const hanging = request(location, {
      method: 'PATCH',
      headers: { ...PARTIAL, 'upload-offset': '0', 'upload-complete': '?1', 'content-length': '1000' },
      agent: false,
    });
    const ended = new Promise((resolve) => hanging.on('error', resolve));
    hanging.write(Buffer.alloc(300));
    await arrivedBytes(300);
    const offset = Number((await head(location)).headers['upload-offset']);
    await ended;
    expect((await patch(location, offset, true, Buffer.alloc(1000 - offset))).status).toBe(200);
  });

  it('takes bytes from one request at a time, however many come at once', async () => {
    const body = randomBytes(200_000);
    const location = await opened(body.length);
    const all = Array.from({ length: 6 }, () => patch(location, 0, true, body).catch(() => undefined));
    const statuses = (await Promise.all(all)).flatMap((answer) => answer?.status ?? []);
    expect(statuses.filter((status) => ![200, 400, 409].includes(status))).toEqual([]);
    const offset = Number((await head(location)).headers['upload-offset']);
    if (offset < body.length)
      statuses.push((await patch(location, offset, true, body.subarray(offset))).status);
    // Completed once; whoever did may have been cut off before it was told.
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    const id = location.split('/').at(-1) ?? '';
    expect(json(await exchange(`${origin.url}/status/${id}`)).sha256).toBe(sha256(body));
  });

  it('refuses a wrong offset with 409 and the right one', async () => {
    const location = await opened(10);
    const answer = await patch(location, 5, true, Buffer.alloc(5));
    expect([answer.status, answer.headers['upload-offset']]).toEqual([409, '0']);
    expect(json(answer)).toMatchObject({
      type: expect.stringMatching(/#mismatching-upload-offset$/),
      'expected-offset': 0,
      'provided-offset': 5,
    });
  });

  it('refuses other media types with 415, and headers that are missing with 400', async () => {
    const location = await opened(10);
    expect((await patch(location, 0, true, Buffer.alloc(10), { 'content-type': 'video/mp4' })).status).toBe(
      415,
    );
    expect((await patch(location, 0, true, Buffer.alloc(10), { 'upload-complete': 'true' })).status).toBe(
      400,
    );
    expect((await patch(location, 0, true, Buffer.alloc(10), { 'upload-offset': '-1' })).status).toBe(400);
  });

  it('is not changed once it is complete', async () => {
    const location = await opened(4);
    await patch(location, 0, true, Buffer.from('clip'));
    const again = await patch(location, 4, true, Buffer.from('more'));
    expect([again.status, json(again).type]).toEqual([
      400,
      expect.stringMatching(/#inconsistent-upload-length$/),
    ]);
    const nothing = await patch(location, 4, true, Buffer.alloc(0), { 'content-length': '0' });
    expect(json(nothing).type).toMatch(/#completed-upload$/);
    expect((await head(location)).headers['upload-offset']).toBe('4');
  });

  it('is of no use any more when more came than it has', async () => {
    const location = await opened(4);
    const answer = await patch(location, 0, false, Buffer.alloc(6), { 'transfer-encoding': 'chunked' });
    expect(answer.status).toBe(400);
    expect((await head(location)).status).toBe(404);
  });

  it('is completed by a request of nothing', async () => {
    const location = await opened(4);
    await patch(location, 0, false, Buffer.from('clip'));
    expect((await head(location)).headers['upload-complete']).toBe('?0');
    const answer = await patch(location, 4, true, Buffer.alloc(0), { 'content-length': '0' });
    expect([answer.status, json(answer).bytes]).toEqual([200, 4]);
  });

  it('is deleted with its file, complete or not', async () => {
    const [open, done] = [await opened(10), await opened(4)];
    await patch(done, 0, true, Buffer.from('clip'));
    for (const location of [open, done]) {
      expect((await exchange(location, { method: 'DELETE' })).status).toBe(204);
      expect((await head(location)).status).toBe(404);
    }
    expect(origin.uploads().uploads).toBe(0);
    expect(await readdir(join(origin.dataDir, 'uploads'))).toEqual([]);
  });
});

describe('injected behaviour', () => {
  it('announces a largest request, and refuses larger ones', async () => {
    const location = await opened(10, '?max_append=6');
    expect((await head(location)).headers['upload-limit']).toMatch(/, max-append-size=6$/);
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const large = await patch(location, 0, true, Buffer.alloc(10), headers);
      expect([large.status, large.headers['upload-limit']]).toEqual([
        413,
        expect.stringContaining('max-append-size=6'),
      ]);
      expect(json(large).error).toMatchObject({ message: 'A request may have 6 bytes.' });
    }
    expect((await head(location)).headers['upload-offset']).toBe('0');
    expect((await patch(location, 0, false, Buffer.alloc(6))).status).toBe(204);
  });

  it('refuses an upload at a share of it, with what came before still there', async () => {
    const location = await opened(100, '?refuse=503@50%');
    const answer = await patch(location, 0, true, Buffer.alloc(100));
    expect([answer.status, answer.headers['upload-complete']]).toEqual([503, '?0']);
    expect(Number((await head(location)).headers['upload-offset'])).toBeGreaterThanOrEqual(50);
  });

  it('forgets an upload that it calls gone', async () => {
    const location = await opened(100, '?refuse=410@50%');
    expect((await patch(location, 0, false, Buffer.alloc(49))).status).toBe(204);
    expect((await patch(location, 49, true, Buffer.alloc(51))).status).toBe(410);
    expect((await head(location)).status).toBe(404);
  });

  it('locks an upload for a while after a cut', async () => {
    const location = await opened(1000, '?locked_ms=400');
    const headers = { ...PARTIAL, 'upload-offset': '0', 'upload-complete': '?1', 'content-length': '1000' };
    await cutOff(location, 'PATCH', headers, Buffer.alloc(300), () => arrivedBytes(300));
    expect((await head(location)).status).toBe(423);
    await vi.waitFor(async () => expect((await head(location)).status).toBe(204));
  });

  it('takes its time over the commit, and only over that', async () => {
    const location = await opened(8, '?commit_ms=120');
    const part = await patch(location, 0, false, Buffer.alloc(4));
    const whole = await patch(location, 4, true, Buffer.alloc(4));
    expect(whole.headMs).toBeGreaterThan(115);
    expect(part.headMs).toBeLessThan(whole.headMs);
  });
});

describe('the rest', () => {
  it('hands interim answers on through the proxy of a region, marked by it', async () => {
    const upstream = { host: '127.0.0.1', port: origin.port };
    const proxy = await startFaultProxy({
      region: 'eu-west',
      upstream,
      clock: systemClock,
      random: Math.random,
    });
    const headers = { ...INTEROP, 'upload-complete': '?1', 'content-length': '4', expect: '100-continue' };
    const url = `http://127.0.0.1:${proxy.port}/ietf/`;
    const answer = await sendInPieces(url, 'POST', headers, [Buffer.from('clip')]);
    await proxy.close();
    expect(answer.interims.filter(({ status }) => status === 104)).toMatchObject([
      {
        headers: {
          location: expect.stringMatching(`^http://127.0.0.1:${proxy.port}/ietf/`),
          'x-pop': 'eu-west',
        },
      },
    ]);
    expect(answer.status).toBe(201);
  });

  it('stores exactly what was sent', async () => {
    const body = randomBytes(200_000);
    const answer = await create({ 'upload-complete': '?1' }, body);
    const stored = await readFile(join(origin.dataDir, 'uploads', String(json(answer).id)));
    expect(stored.equals(body)).toBe(true);
  });

  it('logs what arrived and when, by request', async () => {
    const { received } = origin;
    const beforeMs = Number(process.hrtime.bigint()) / 1e6;
    await create({ 'upload-complete': '?1' }, Buffer.alloc(200_000));
    await create({ 'upload-complete': '?1' }, Buffer.alloc(5));
    expect(received.findLast((line) => line.request === 1)).toMatchObject({
      method: 'POST',
      url: '/ietf/',
      bytes: 200_000,
    });
    expect(received.at(-1)).toMatchObject({ request: 2, bytes: 5 });
    const times = received.map(({ ms }) => ms);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(beforeMs);
    expect(times.at(-1)).toBeLessThan(Number(process.hrtime.bigint()) / 1e6);
  });
});
