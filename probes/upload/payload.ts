/**
 * What is uploaded: a real video, made longer and unique by a box of noise that players skip. No cache, deduplication or
 * compression on the way can shorten it, and a transcoder finds frames in it.
 */
import { createCipheriv } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

export const PAYLOAD_KINDS = ['video', 'noise'] as const;
export type PayloadKind = (typeof PAYLOAD_KINDS)[number];

export interface Payload {
  /** Exactly as many as were asked for. */
  readonly bytes: Buffer;
  /** `noise` also where not even the smallest video fits. */
  readonly kind: PayloadKind;
}

/** ISO/IEC 14496-12 §4.2: size, type `uuid`, and sixteen bytes that say whose box it is. Readers skip those they do not know. */
const FILLER_HEAD_BYTES = 24;
/** "outrider-payload". */
const FILLER_TYPE = Buffer.from('6f757472696465722d7061796c6f6164', 'hex');

/** Less noise than this would not make a payload unique. */
const NOISE_BYTES_MIN = 16;

/** Between two turns of the event loop; made in a few tenths of a millisecond. */
const SLICE_BYTES = 256 * 1024;

/** Largest first. */
const CLIP_NAMES = ['clip.mp4', 'tiny.mp4'];

/** The same clips in base64: put in by the build of the single file, which has no folder beside it. */
declare const OUTRIDER_BUILT_CLIPS: readonly string[] | undefined;

let clips: readonly Buffer[] | undefined;

/** Exactly `sizeBytes`; `random` is uniform in [0, 1) and decides every byte of the noise. */
export async function makePayload(
  { sizeBytes, kind }: { readonly sizeBytes: number; readonly kind: PayloadKind },
  random: () => number,
): Promise<Payload> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  const known = kind === 'video' ? await loadClips() : [];
  const clip = known.find(({ length }) => length + FILLER_HEAD_BYTES + NOISE_BYTES_MIN <= sizeBytes);
  const start = clip ? putVideo(bytes, clip) : 0;
  await fillWithNoise(bytes.subarray(start), random);
  return { bytes, kind: clip ? 'video' : 'noise' };
}

/** Read once a process, or again after a failure, which is not kept: no disk while a run is timed. */
async function loadClips(): Promise<readonly Buffer[]> {
  clips ??=
    typeof OUTRIDER_BUILT_CLIPS === 'object'
      ? OUTRIDER_BUILT_CLIPS.map((clip) => Buffer.from(clip, 'base64'))
      : await Promise.all(CLIP_NAMES.map((name) => readFile(join(import.meta.dirname, 'clips', name))));
  return clips;
}

/** The clip and the head of a filler box over all the rest, behind the media: where it starts does not move. */
function putVideo(bytes: Buffer, clip: Buffer): number {
  clip.copy(bytes);
  bytes.writeUInt32BE(bytes.length - clip.length, clip.length);
  bytes.write('uuid', clip.length + 4, 'latin1');
  FILLER_TYPE.copy(bytes, clip.length + 8);
  return clip.length + FILLER_HEAD_BYTES;
}

/** The key stream of AES under a fresh key: about as fast as copying, and no part of it like another, in no run. */
async function fillWithNoise(bytes: Buffer, random: () => number): Promise<void> {
  const key = Buffer.alloc(16);
  // Four draws: two runs whose first draws collide still differ.
  for (let at = 0; at < key.length; at += 4) key.writeUInt32BE(Math.floor(random() * 2 ** 32), at);
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(SLICE_BYTES, bytes.length));
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    noise.update(zeros.subarray(0, bytes.length - at)).copy(bytes, at);
  }
}
