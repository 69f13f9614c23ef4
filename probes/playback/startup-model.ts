/**
 * How many bytes a player needs before it shows something: Chromium's media loader hands data to the demuxer in blocks
 * of 32 KiB, and shows the first frame once the fourth video sample is whole. Against real Chromium over 12 files and
 * networks the model was 2 to 22 ms early, before the decode constant.
 */
import type { TrackKind } from './movie.ts';
import type { Sample } from './sample-table.ts';

export const BLOCK_BYTES = 32 * 1024;
/** A decoder holds the first frame back until it has seen this many. */
export const SAMPLES_TO_FIRST_FRAME = 4;
/** Last needed byte to picture on the screen: the median that Chromium was later than the bytes. */
export const DECODE_MS = 15;
export const TWO_SECONDS = 2;

/** Byte counts from the start of the file or segment: reading up to each makes its moment. */
export interface Need {
  /** End of the fourth video sample: media that ends before it is broken. */
  readonly startBytes: number;
  readonly firstFrameBytes: number;
  readonly playingBytes: number;
  /** End of the last sample within the first two seconds; absent while it is not known. */
  readonly twoSecondsBytes?: number;
}

export interface SampleSource {
  readonly kind: TrackKind;
  readonly samples: Iterable<Sample>;
}

/**
 * A read this many blocks ahead of what arrives is waited for; beyond, the player asks for it anew. Seen in Chromium 156:
 * with one block there it waited for block 5 and sought block 6.
 */
export const SEEK_BLOCKS = 5;

/** The next block boundary: data arrives at the demuxer in whole blocks only. */
export function ceilToBlock(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** The start of the block that a byte lies in: where ranges begin. */
export function floorToBlock(byte: number): number {
  return Math.floor(byte / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Whether a player that has `arrivedBytes` asks anew for the byte at `target` instead of waiting for it. */
export function seeksTo(target: number, arrivedBytes: number): boolean {
  return (floorToBlock(target) - floorToBlock(arrivedBytes)) / BLOCK_BYTES >= SEEK_BLOCKS;
}

/** What the block model asks of media whose fourth video sample ends at `startBytes`; the last block is as long as it is. */
export function blockNeed(startBytes: number, hasAudio: boolean): Need {
  const firstFrameBytes = ceilToBlock(startBytes);
  return { startBytes, firstFrameBytes, playingBytes: firstFrameBytes + (hasAudio ? BLOCK_BYTES : 0) };
}

/** Media that a player shows only once the whole of it is there. */
export function wholeNeed(byteCount: number): Need {
  return {
    startBytes: byteCount,
    firstFrameBytes: byteCount,
    playingBytes: byteCount,
    twoSecondsBytes: byteCount,
  };
}

/** The need of a file or segment with these tracks; undefined when there is no video sample in them. */
export function needOf(tracks: readonly SampleSource[]): Need | undefined {
  let startBytes = 0;
  let twoSecondsBytes = 0;
  for (const track of tracks) {
    if (track.kind === 'other') continue;
    const extent = extentOf(track);
    if (track.kind === 'video') startBytes = Math.max(startBytes, extent.startEnd);
    twoSecondsBytes = Math.max(twoSecondsBytes, extent.twoSecondsEnd);
  }
  if (startBytes === 0) return undefined;
  const hasAudio = tracks.some((track) => track.kind === 'audio');
  return { ...blockNeed(startBytes, hasAudio), twoSecondsBytes };
}

/** Where the samples end that start the track, and those of its first two seconds. */
function extentOf(track: SampleSource): { startEnd: number; twoSecondsEnd: number } {
  let startEnd = 0;
  let twoSecondsEnd = 0;
  let firstTimeS: number | undefined;
  let index = 0;
  for (const sample of track.samples) {
    firstTimeS ??= sample.decodeTimeS;
    const end = sample.offset + sample.bytes;
    const isStart = index < SAMPLES_TO_FIRST_FRAME;
    const isInTwoSeconds = sample.decodeTimeS - firstTimeS <= TWO_SECONDS;
    if (!isStart && !isInTwoSeconds) break;
    if (isStart) startEnd = Math.max(startEnd, end);
    if (isInTwoSeconds) twoSecondsEnd = Math.max(twoSecondsEnd, end);
    index++;
  }
  return { startEnd, twoSecondsEnd };
}
