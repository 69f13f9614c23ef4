import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Processing } from '../../sandbox/processing.ts';
import { type UploadLimits, UploadShelf } from '../../sandbox/upload-shelf.ts';
import { ManualClock } from './manual-clock.ts';
import { sha256 } from './uploading.ts';

const LIMITS: UploadLimits = { uploadBytes: 100, storedUploads: 3, storedBytes: 250, storedAgeMs: 1000 };

const PROCESSING: Processing = { renditions: { source: 50 }, propagation: {}, negativeMs: 0, fails: false };

let directory: string;
let clock: ManualClock;
let shelf: UploadShelf;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-shelf-'));
  clock = new ManualClock();
  shelf = await UploadShelf.open({ directory, clock, limits: LIMITS });
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Stores an upload of so many bytes, with the record of the tus store beside it. */
async function store(bytes: number, reserved: number | undefined = bytes): Promise<string> {
  const id = shelf.newId();
  await shelf.reserve(id, reserved, 'video/mp4', PROCESSING);
  await writeFile(shelf.path(id), randomBytes(bytes));
  await writeFile(`${shelf.path(id)}.json`, '{}');
  shelf.finish(id, bytes, 'abc');
  return id;
}

describe('UploadShelf', () => {
  it('takes an upload through uploading, processing and ready', async () => {
    const id = shelf.newId();
    await shelf.reserve(id, 80, 'video/mp4', PROCESSING);
    expect(shelf.status(id)).toEqual({
      id,
      state: 'uploading',
      bytes: 80,
      sha256: null,
      contentType: 'video/mp4',
      renditions: [{ name: 'source', state: 'uploading', readyMs: Number.POSITIVE_INFINITY }],
      processing: PROCESSING,
    });
    shelf.finish(id, 70, 'abc');
    expect(shelf.status(id)).toMatchObject({ state: 'processing', bytes: 70, sha256: 'abc' });
    clock.advance(49.9);
    expect(shelf.status(id)?.state).toBe('processing');
    clock.advance(0.2);
    expect(shelf.status(id)?.state).toBe('ready');
  });

  it('hashes the file where the hash is not known, and is not ready before', async () => {
    const id = shelf.newId();
    await shelf.reserve(id, 6, undefined, PROCESSING);
    await writeFile(shelf.path(id), 'a clip');
    shelf.finish(id, 6);
    clock.advance(50);
    await vi.waitFor(() =>
      expect(shelf.status(id)).toMatchObject({ state: 'ready', sha256: sha256(Buffer.from('a clip')) }),
    );
  });

  it('deletes the oldest past the count, with all its files', async () => {
    const ids = [await store(1), await store(1), await store(1), await store(1)];
    expect(ids.map((id) => shelf.status(id) !== undefined)).toEqual([false, true, true, true]);
    expect((await readdir(directory)).sort()).toEqual(
      ids
        .slice(1)
        .flatMap((id) => [id, `${id}.json`])
        .sort(),
    );
    expect(shelf.counts()).toEqual({ uploads: 3, bytes: 3, deleted: 1 });
  });

  it('deletes the oldest until there is room for the bytes', async () => {
    const [first, second] = [await store(90), await store(90)];
    await store(100, undefined);
    expect(shelf.status(first)).toBeUndefined();
    expect(shelf.status(second)).toBeDefined();
    expect(shelf.counts().bytes).toBe(190);
  });

  it('makes room for one that grows by what is there besides it, though that is younger', async () => {
    const grows = shelf.newId();
    await shelf.reserve(grows, 0, undefined, PROCESSING);
    const [first, second] = [await store(90), await store(90)];
    await shelf.resize(grows, 100);
    expect([first, second].map((id) => shelf.status(id) !== undefined)).toEqual([false, true]);
    expect(shelf.counts()).toEqual({ uploads: 2, bytes: 190, deleted: 1 });
    await shelf.resize('gone', 100);
    expect(shelf.counts().bytes).toBe(190);
  });

  it('tells of a name that has no upload any more, and not of one that went to another', async () => {
    const removed: string[] = [];
    shelf.onRemoved.push(async (name) => void removed.push(name));
    for (let made = 0; made < 4; made += 1) {
      await shelf.reserve(shelf.newId(), 1, undefined, PROCESSING, 'again');
      await shelf.reserve(shelf.newId(), 1, undefined, PROCESSING, `once ${made}`);
    }
    expect(removed).toEqual(['once 0', 'once 1']);
    expect(shelf.idOf('again')).toBeDefined();
  });

  it('deletes what is too old, and does not show it even before that', async () => {
    const old = await store(1);
    clock.advance(600);
    const young = await store(1);
    clock.advance(500);
    expect(shelf.status(old)).toBeUndefined();
    await shelf.sweep();
    expect(await readdir(directory)).toEqual(expect.not.arrayContaining([old]));
    expect(shelf.status(young)).toBeDefined();
  });

  it('keeps to its limits when many uploads come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store(60)));
    expect(shelf.counts().uploads).toBeLessThanOrEqual(LIMITS.storedUploads);
    expect(shelf.counts().bytes).toBeLessThanOrEqual(LIMITS.storedBytes);
  });

  it('begins empty, and leaves alone what is not its own', async () => {
    const id = await store(1);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    const again = await UploadShelf.open({ directory, clock, limits: LIMITS });
    expect(await readdir(directory)).toEqual(['notes.txt']);
    expect(again.status(id)).toBeUndefined();
  });

  it.each(['', '..', '../x', '__proto__', 'A'.repeat(32), '0'.repeat(31), `${'0'.repeat(32)}/`])(
    'knows no upload %s',
    (id) => {
      expect(shelf.status(id)).toBeUndefined();
    },
  );

  it('hands out only media as what it says to be', async () => {
    const typeOf = async (type: string | undefined) => {
      const id = shelf.newId();
      await shelf.reserve(id, 1, type, PROCESSING);
      return shelf.status(id)?.contentType;
    };
    expect(await typeOf(undefined)).toBe('video/mp4');
    expect(await typeOf('video/webm')).toBe('video/webm');
    expect(await typeOf('text/html')).toBe('application/octet-stream');
    expect(await typeOf('video/mp4; codecs="x"\r\nset-cookie: a')).toBe('application/octet-stream');
  });

  it('does not mind the end of an upload that was deleted meanwhile', async () => {
    const id = shelf.newId();
    await shelf.reserve(id, 1, undefined, PROCESSING);
    await shelf.remove(id);
    shelf.finish(id, 1);
    expect(shelf.status(id)).toBeUndefined();
  });
});
