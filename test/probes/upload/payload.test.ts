import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { childBoxes } from '../../../probes/playback/boxes.ts';
import { makePayload, type PayloadKind } from '../../../probes/upload/payload.ts';

const CLIPS = join(import.meta.dirname, '../../../probes/upload/clips');
const clip = await readFile(join(CLIPS, 'clip.mp4'));
const tiny = await readFile(join(CLIPS, 'tiny.mp4'));
/** The least that a box of noise takes: its head of 24 bytes, and 16 that make it unique. */
const FILLER_MIN = 40;

/** A random source that starts anew from a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

async function made(sizeBytes: number, seed = 1, kind: PayloadKind = 'video'): Promise<Buffer> {
  return (await makePayload({ sizeBytes, kind }, seeded(seed))).bytes;
}

function boxesOf(bytes: Buffer): [string, number][] {
  return childBoxes(bytes, 0, bytes.length).map(({ type, end }) => [type, end]);
}

describe('makePayload', () => {
  it.each([1, 7, 31, 32, 33, 1000, 5000, 256 * 1024, 1024 * 1024 + 3, 3_000_001])(
    'has exactly %d bytes, of either kind',
    async (size) => {
      expect(await made(size)).toHaveLength(size);
      expect(await made(size, 1, 'noise')).toHaveLength(size);
    },
  );

  it('is the clip as it is, then one box of noise to the end', async () => {
    const bytes = await made(256 * 1024);
    expect(bytes.subarray(0, clip.length).equals(clip)).toBe(true);
    expect(boxesOf(bytes).slice(-2)).toEqual([
      ['mdat', clip.length],
      ['uuid', 256 * 1024],
    ]);
  });

  it('has its index before its media, so that it plays while it loads', async () => {
    for (const size of [8 * 1024, 256 * 1024]) {
      const types = boxesOf(await made(size)).map(([type]) => type);
      expect(types.indexOf('moov')).toBeGreaterThan(0);
      expect(types.indexOf('moov')).toBeLessThan(types.indexOf('mdat'));
    }
  });

  it.each([
    ['the clip where it fits', clip.length + FILLER_MIN, clip],
    ['the tiny one where that does not', clip.length + FILLER_MIN - 1, tiny],
    ['the tiny one where just that fits', tiny.length + FILLER_MIN, tiny],
  ])('is %s', async (_what, sizeBytes, expected) => {
    const payload = await makePayload({ sizeBytes, kind: 'video' }, seeded(1));
    expect(payload.kind).toBe('video');
    expect(payload.bytes.subarray(0, expected.length).equals(expected)).toBe(true);
  });

  it('is noise where no video fits, and says so', async () => {
    const payload = await makePayload({ sizeBytes: tiny.length + FILLER_MIN - 1, kind: 'video' }, seeded(1));
    expect(payload.kind).toBe('noise');
    expect(payload.bytes.subarray(0, 8).equals(tiny.subarray(0, 8))).toBe(false);
  });

  it('is noise from the first byte where that is wanted', async () => {
    const payload = await makePayload({ sizeBytes: 256 * 1024, kind: 'noise' }, seeded(1));
    expect(payload.kind).toBe('noise');
    expect(gzipSync(payload.bytes).length).toBeGreaterThan(256 * 1024);
  });

  it('differs from run to run, and not for the same draws', async () => {
    expect((await made(200_000)).equals(await made(200_000))).toBe(true);
    expect((await made(200_000)).equals(await made(200_000, 2))).toBe(false);
    expect((await made(10)).equals(await made(10, 2))).toBe(false);
  });

  it('differs between runs whose first draw is the same', async () => {
    const draws = (second: number) => {
      const values = [0.5, second];
      return () => values.shift() ?? 0;
    };
    const make = (second: number) => makePayload({ sizeBytes: 1000, kind: 'noise' }, draws(second));
    expect((await make(0.1)).bytes.equals((await make(0.2)).bytes)).toBe(false);
  });

  it('does not compress by more than the clip does', async () => {
    const bytes = await made(1024 * 1024, 3);
    expect(gzipSync(bytes).length).toBeGreaterThan(bytes.length - clip.length);
  });

  it('has no two equal blocks, wherever they begin', async () => {
    const bytes = await made(3 * 1024 * 1024, 4, 'noise');
    const seen = new Set<string>();
    for (let at = 0; at + 64 <= bytes.length; at += 64) seen.add(bytes.toString('latin1', at, at + 16));
    expect(seen.size).toBe(Math.floor(bytes.length / 64));
  });

  it('lets other runs have their turn while a large one is made', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    await made(32 * 1024 * 1024);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('tries the clips again that could not be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'outrider-payload-'));
    await copyFile(join(CLIPS, '../payload.ts'), join(folder, 'payload.ts'));
    const copy: { makePayload: typeof makePayload } = await import(join(folder, 'payload.ts'));
    const make = () => copy.makePayload({ sizeBytes: 256 * 1024, kind: 'video' }, seeded(1));
    await expect(make()).rejects.toThrow('ENOENT');
    await cp(CLIPS, join(folder, 'clips'), { recursive: true });
    expect((await make()).kind).toBe('video');
    await rm(folder, { recursive: true });
  });

  it.skipIf(!hasFfprobe())('is a video to ffprobe, with every frame of its clip', async () => {
    for (const [size, frames] of [
      [256 * 1024, '120'],
      [6000, '10'],
    ] as const) {
      const args =
        '-v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 -';
      const told = execFileSync('ffprobe', args.split(' '), { input: await made(size) });
      expect(told.toString().trim()).toBe(frames);
    }
  });
});

function hasFfprobe(): boolean {
  try {
    execFileSync('ffprobe', ['-version']);
    return true;
  } catch {
    return false;
  }
}
