import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../sandbox/clock.ts';
import { readInjected } from '../../sandbox/injected.ts';
import { limitValues, ORIGIN_LIMITS } from '../../sandbox/limits.ts';
import { UploadLocks } from '../../sandbox/locks.ts';
import {
  type Appended,
  type AppendOptions,
  type PartialUpload,
  PartialUploads,
} from '../../sandbox/partial-uploads.ts';
import type { Processing } from '../../sandbox/processing.ts';
import type { Exchange } from '../../sandbox/send.ts';
import { UploadShelf } from '../../sandbox/upload-shelf.ts';
import { exchange } from './http-client.ts';
import { sha256 } from './uploading.ts';

const PROCESSING: Processing = { renditions: { source: 0 }, propagation: {}, negativeMs: 0, fails: false };
const BYTES_MAX = 100_000;

let directory: string;
let shelf: UploadShelf;
let uploads: PartialUploads;
let server: Server;
let handle: (given: Exchange) => Promise<unknown>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-partial-'));
  shelf = await UploadShelf.open({ directory, clock: systemClock, limits: limitValues(ORIGIN_LIMITS) });
  uploads = new PartialUploads(shelf, BYTES_MAX, new UploadLocks(systemClock));
  server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://a');
    const injected = readInjected(url.searchParams, 1000);
    const signal = new AbortController().signal;
    void handle({ request: incoming, response, url, injected, clock: systemClock, signal }).then(() =>
      response.end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const url = (query = '') => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${query}`;

async function append(
  upload: PartialUpload,
  body: Buffer,
  options: AppendOptions = {},
  query = '',
  headers: Record<string, string> = {},
): Promise<Appended | undefined> {
  let appended: Appended | undefined;
  handle = async (given) => {
    appended = await uploads.append(upload, given, options);
  };
  await exchange(url(query), { method: 'PUT', body, headers });
  return appended;
}

const complete = (upload: PartialUpload) => {
  handle = (given) => uploads.complete(upload, given);
  return exchange(url());
};

/** Two requests of the same body that are there at once, and answered when both have been dealt with. */
async function together(
  query: string,
  body: Buffer,
  deal: (given: readonly Exchange[]) => Promise<void>,
): Promise<void> {
  const arrived: Exchange[] = [];
  const dealt = Promise.withResolvers<void>();
  const both = new Promise<void>((resolve) => {
    handle = (given) => {
      if (arrived.push(given) === 2) resolve();
      return dealt.promise;
    };
  });
  const answers = [1, 2].map(() => exchange(url(query), { method: 'PUT', body }));
  await both;
  await deal(arrived).finally(dealt.resolve);
  await Promise.all(answers);
}

describe('PartialUploads', () => {
  it('puts together any parts in which an upload comes', async () => {
    const parts = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(parts, async (sizes) => {
        const bodies = sizes.map((size) => randomBytes(size));
        const upload = await uploads.create(undefined, undefined, PROCESSING);
        for (const body of bodies) expect(await append(upload, body)).toEqual({ kind: 'whole' });
        await complete(upload);
        const whole = Buffer.concat(bodies);
        expect(upload).toMatchObject({ offset: whole.length, isComplete: true, sha256: sha256(whole) });
        expect((await readFile(shelf.path(upload.id))).equals(whole)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('keeps what it is to keep of each request, and of the hash and the file no more than that', async () => {
    const grain = 1000;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 4 }), async (sizes) => {
        const body = randomBytes(20_000);
        const upload = await uploads.create(body.length, undefined, PROCESSING);
        const keeps = (offset: number) => offset - (offset % grain);
        for (const size of sizes) {
          const start = upload.offset;
          await append(upload, body.subarray(start, start + size), { keeps });
          expect(upload.offset).toBe(start + size - (size % grain));
          expect((await readFile(shelf.path(upload.id))).length).toBe(upload.offset);
        }
        await append(upload, body.subarray(upload.offset), { keeps });
        await complete(upload);
        expect(upload).toMatchObject({ offset: body.length, sha256: sha256(body) });
      }),
      { numRuns: 15 },
    );
  });

  it('takes no byte more than the upload has, or may have', async () => {
    const known = await uploads.create(10, undefined, PROCESSING);
    expect(await append(known, Buffer.alloc(11))).toEqual({ kind: 'too_much', of: 'upload', bytesMax: 10 });
    const unknown = await uploads.create(undefined, undefined, PROCESSING);
    const more = await append(unknown, Buffer.alloc(BYTES_MAX + 1));
    expect(more).toEqual({ kind: 'too_much', of: 'upload', bytesMax: BYTES_MAX });
  });

  it('takes no byte more than a request may bring, of every request anew', async () => {
    const upload = await uploads.create(100, undefined, PROCESSING);
    const of6 = { bytesMax: 6 };
    for (const bytes of [6, 6])
      expect(await append(upload, Buffer.alloc(bytes), of6)).toEqual({ kind: 'whole' });
    expect(await append(upload, Buffer.alloc(7), of6)).toEqual({
      kind: 'too_much',
      of: 'request',
      bytesMax: 6,
    });
    expect(upload.offset).toBe(12);
  });

  it('refuses at a share of what an upload may have where nobody says how much it has', async () => {
    const half = '?refuse=503@50%';
    const chunked = { 'transfer-encoding': 'chunked' };
    const upload = await uploads.create(undefined, undefined, PROCESSING);
    expect(await append(upload, Buffer.alloc(BYTES_MAX / 2 - 1), {}, half, chunked)).toEqual({
      kind: 'whole',
    });
    expect(await append(upload, Buffer.alloc(1), {}, half, chunked)).toMatchObject({ kind: 'refused' });
    const announced = await uploads.create(undefined, undefined, PROCESSING);
    expect(await append(announced, Buffer.alloc(4), {}, half)).toMatchObject({ kind: 'refused' });
  });

  it('says when the disk takes nothing', async () => {
    const upload = await uploads.create(4, undefined, PROCESSING);
    await rm(directory, { recursive: true });
    expect(await append(upload, Buffer.from('clip'))).toEqual({ kind: 'not_stored', code: 'ENOENT' });
  });

  it('refuses at the share that is asked for, and finds what was refused as gone no more', async () => {
    const busy = await uploads.create(100, undefined, PROCESSING);
    expect(await append(busy, Buffer.alloc(49), {}, '?refuse=503@50%')).toEqual({ kind: 'whole' });
    expect(await append(busy, Buffer.alloc(1), {}, '?refuse=503@50%')).toEqual({
      kind: 'refused',
      status: 503,
    });
    expect(await uploads.find(busy.id)).toBe(busy);
    expect(await append(busy, Buffer.alloc(1), {}, '?refuse=404@0%')).toEqual({
      kind: 'refused',
      status: 404,
    });
    expect(await uploads.find(busy.id)).toBeUndefined();
  });

  it('ends a request that is under way when its upload is looked for', async () => {
    const upload = await uploads.create(100, undefined, PROCESSING);
    const ended = new Promise((resolve) => {
      handle = async (given) => resolve(await uploads.append(upload, given, { onProgress: look }));
    });
    let found: Promise<unknown> = Promise.resolve();
    const look = (): void => {
      found = uploads.find(upload.id);
    };
    const hanging = request(url(), { method: 'PUT', headers: { 'content-length': '100' } });
    hanging.on('error', () => undefined);
    hanging.write(Buffer.alloc(30));
    expect(await ended).toEqual({ kind: 'broken_off' });
    expect(await found).toBe(upload);
    expect(upload.offset).toBe(30);
  });

  it('commits once, however many requests say that this was all, and takes nothing more meanwhile', async () => {
    const upload = await uploads.create(undefined, undefined, PROCESSING);
    await append(upload, Buffer.from('clip'));
    await together('?commit_ms=400', Buffer.alloc(0), async (given) => {
      const committed = given.map((one) => uploads.complete(upload, one));
      expect(upload.isComplete).toBe(false);
      expect(await append(upload, Buffer.from('more'))).toMatchObject({ kind: 'too_much' });
      expect((await Promise.allSettled(committed)).map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
      ]);
    });
    expect(upload).toMatchObject({ offset: 4, isComplete: true, sha256: sha256(Buffer.from('clip')) });
  });

  it('takes bytes from one request at a time', async () => {
    const body = randomBytes(1000);
    const upload = await uploads.create(body.length, undefined, PROCESSING);
    await together('', body, async (given) => {
      const appended = given.map((one) => uploads.append(upload, one));
      expect(await Promise.all(appended)).toEqual([{ kind: 'whole' }, { kind: 'broken_off' }]);
    });
    await complete(upload);
    expect(upload).toMatchObject({ offset: 1000, sha256: sha256(body) });
  });

  it('forgets what the shelf has let go of', async () => {
    const upload = await uploads.create(4, undefined, PROCESSING);
    await shelf.remove(upload.id);
    expect(await uploads.find(upload.id)).toBeUndefined();
  });
});
