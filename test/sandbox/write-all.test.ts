import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAll } from '../../sandbox/write-all.ts';
import { errorCode } from './http-client.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-write-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** The file as a system has it that takes at the most so many bytes at a time. */
function reluctant(file: FileHandle, bytesMax: number): Pick<FileHandle, 'write'> {
  const write = (chunk: Uint8Array, offset: number, length: number, position: number) =>
    file.write(chunk, offset, Math.min(length, bytesMax), position);
  return { write: write as FileHandle['write'] };
}

describe('writeAll', () => {
  it('writes every byte in its place, however few are taken at a time', async () => {
    const size = fc.integer({ min: 0, max: 2000 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 700 }), async (before, bytes, bytesMax) => {
        const [head, chunk] = [randomBytes(before), randomBytes(bytes)];
        const path = join(directory, 'clip');
        await using file = await open(path, 'w');
        await writeAll(file, head, 0);
        await writeAll(reluctant(file, bytesMax), chunk, before);
        expect((await readFile(path)).equals(Buffer.concat([head, chunk]))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('gives up where nothing is taken', async () => {
    await using file = await open(join(directory, 'full'), 'w');
    expect(await errorCode(writeAll(reluctant(file, 0), Buffer.from('clip'), 0))).toBe('ENOSPC');
  });
});
