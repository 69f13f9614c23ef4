/**
 * How many bytes a player needs before it shows something, as seen in Chromium 156: its media loader hands data to the
 * demuxer in blocks of 32 KiB; it shows the first frame once the fourth video sample is whole, and plays once the first
 * 200 ms of audio are there too. The blocks were right on all of ten files; over 17 files and networks both moments came
 * 10 ms earlier to 16 ms later than predicted (20 to 24 ms in a browser just started). For HLS the same is assumed.
 */
import type { TrackKind } from './movie.ts';
import type { Sample } from './sample-table.ts';

export const BLOCK_BYTES = 32 * 1024;
/** A decoder holds the first frame back until it has seen this many. */
export const SAMPLES_TO_FIRST_FRAME = 4;
/** Last needed byte to picture on the screen: the median that Chromium was later than the bytes. */
export const DECODE_MS = 15;
/** Audio that has to be decoded before the clock runs. */
const AUDIO_PREROLL_S = 0.2;
export const TWO_SECONDS = 2;

/** Byte counts from the start of the file or segment: reading up to each makes its moment. */
export interface Need {
  /** End of the fourth video sample: media that ends before it is broken. */
  readonly startBytes: number;
  readonly firstFrameBytes: number;
  /** Absent while it is not known where the audio for it ends. */
  readonly playingBytes?: number;
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

/**
 * What the block model asks of media whose fourth video sample ends at `startBytes` and whose audio for the start at
 * `audioBytes`: 0 when there is none, undefined when it is not known. The last block of a file is as long as it is.
 */
export function blockNeed(startBytes: number, audioBytes: number | undefined): Need {
  const need = { startBytes, firstFrameBytes: ceilToBlock(startBytes) };
  if (audioBytes === undefined) return need;
  return { ...need, playingBytes: ceilToBlock(Math.max(startBytes, audioBytes)) };
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
  let audioBytes = 0;
  let twoSecondsBytes = 0;
  for (const track of tracks) {
    if (track.kind === 'other') continue;
    const extent = extentOf(track.samples);
    if (track.kind === 'video') startBytes = Math.max(startBytes, extent.startEnd);
    else audioBytes = Math.max(audioBytes, extent.prerollEnd);
    twoSecondsBytes = Math.max(twoSecondsBytes, extent.twoSecondsEnd);
  }
  if (startBytes === 0) return undefined;
  return { ...blockNeed(startBytes, audioBytes), twoSecondsBytes };
}

interface Extent {
  /** End of the samples that start a video. */
  startEnd: number;
  /** End of what is decoded of audio before it plays. */
  prerollEnd: number;
  twoSecondsEnd: number;
}

function extentOf(samples: Iterable<Sample>): Extent {
  const extent = { startEnd: 0, prerollEnd: 0, twoSecondsEnd: 0 };
  let firstTimeS: number | undefined;
  let index = 0;
  for (const sample of samples) {
    firstTimeS ??= sample.decodeTimeS;
    const end = sample.offset + sample.bytes;
    const passedS = sample.decodeTimeS - firstTimeS;
    const isStart = index < SAMPLES_TO_FIRST_FRAME;
    if (!isStart && passedS > TWO_SECONDS) break;
    if (isStart) extent.startEnd = Math.max(extent.startEnd, end);
    if (passedS < AUDIO_PREROLL_S) extent.prerollEnd = Math.max(extent.prerollEnd, end);
    if (passedS <= TWO_SECONDS) extent.twoSecondsEnd = Math.max(extent.twoSecondsEnd, end);
    index++;
  }
  return extent;
}

/** Whether samples from `firstTimeS` to `lastTimeS` reach beyond the audio that a start needs. */
export function coversPreroll(firstTimeS: number, lastTimeS: number): boolean {
  return lastTimeS - firstTimeS >= AUDIO_PREROLL_S;
}
