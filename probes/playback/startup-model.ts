/**
 * What a player has to have before it shows something, as seen in Chromium 156 on two processors. Its media loader hands
 * data to the demuxer in blocks of 32 KiB. A decoder of H.264 gives the first frame back when one more sample has come, and
 * one more for each frame that may be reordered; the first frame is shown when it is there, and the clock runs once three
 * more are, and the first 200 ms of audio. That was exact to the block on 18 files whose frames are larger than one. Over 17
 * more of all kinds, at 400 kB/s on a machine that was busy, the first frame came 63 ms earlier to 78 ms later than
 * predicted, less than a block either way, and 20 ms later in the median. With more than two processors a decoder holds
 * back a frame or two more above 1080p.
 */
import type { TrackKind } from './movie.ts';
import type { Sample } from './sample-table.ts';

export const BLOCK_BYTES = 32 * 1024;
/** Last needed byte to picture on the screen: the median that Chromium was later than the bytes. */
export const DECODE_MS = 15;
/**
 * What hls.js and dash.js, as they come, take for themselves over a whole start: medians over 12 files and networks on two idle
 * processors. Busy ones take half as long again.
 */
export const HLS_PLAYER_MS = 58;
export const DASH_PLAYER_MS = 50;
/** Decoded frames that must be there before the clock runs, the first one included. */
const FRAMES_TO_PLAY = 4;
/** Audio that has to be decoded before the clock runs. */
export const AUDIO_PREROLL_S = 0.2;
export const TWO_SECONDS = 2;
/** Where the reordering of frames is not known: two of them, as encoders have it as they come. */
export const SAMPLES_TO_FIRST_FRAME = 4;
/** Reordering shows within its first group of pictures. */
const REORDER_SAMPLES = 32;

/** Byte counts from the start of the file or segment: reading up to each makes its moment. */
export interface Need {
  /** End of the samples of the first frame: media that ends before it is broken. */
  readonly startBytes: number;
  readonly firstFrameBytes: number;
  /** Absent while it is not known where the media for it ends. */
  readonly playingBytes?: number;
  /** End of the last sample within the first two seconds; absent while it is not known. */
  readonly twoSecondsBytes?: number;
}

export type PlayedKind = Exclude<TrackKind, 'other'>;

export interface SampleSource {
  readonly kind: TrackKind;
  /** Sample entry type; H.264 when absent. */
  readonly codec?: string;
  readonly samples: readonly Sample[];
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

/** Samples that a decoder takes beyond the one that it gives back. */
export function decoderDelay(codec: string | undefined, samples: Iterable<Sample>): number {
  if (codec === 'vp08' || codec === 'vp09') return 0;
  if (codec === 'av01') return 1;
  return 1 + reorderDepth(samples);
}

/** How many samples at most are decoded before one that is shown before them. */
function reorderDepth(samples: Iterable<Sample>): number {
  const shown: number[] = [];
  let depth = 0;
  for (const { shownTimeS } of samples) {
    if (shownTimeS === undefined || shown.length >= REORDER_SAMPLES) break;
    depth = Math.max(depth, shown.filter((earlier) => earlier > shownTimeS).length);
    shown.push(shownTimeS);
  }
  return depth;
}

/** Video samples that must be there for the first frame, and for the clock to run. */
export function samplesNeeded(delay: number): { readonly toShow: number; readonly toPlay: number } {
  return { toShow: 1 + delay, toPlay: FRAMES_TO_PLAY + delay };
}

/**
 * What the block model asks of media whose samples of the first frame end at `startBytes`, and those that it needs to play
 * at `playBytes`: undefined when that is not known. The last block of a file is as long as it is.
 */
export function blockNeed(startBytes: number, playBytes: number | undefined): Need {
  const need = { startBytes, firstFrameBytes: ceilToBlock(startBytes) };
  if (playBytes === undefined) return need;
  return { ...need, playingBytes: ceilToBlock(Math.max(startBytes, playBytes)) };
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

/**
 * The need of a file or segment with these tracks; undefined when there is no sample of `shown` in them. Of sound alone the
 * first sample counts as the first frame.
 */
export function needOf(tracks: readonly SampleSource[], shown: PlayedKind = 'video'): Need | undefined {
  let startBytes = 0;
  let playBytes = 0;
  let twoSecondsBytes = 0;
  for (const kind of ['video', 'audio'] as const) {
    // A player plays the first of each.
    const track = tracks.find((candidate) => candidate.kind === kind);
    if (!track) continue;
    const extent = extentOf(track);
    if (kind === shown) startBytes = kind === 'video' ? extent.startEnd : extent.firstEnd;
    playBytes = Math.max(playBytes, kind === 'video' ? extent.playEnd : extent.prerollEnd);
    twoSecondsBytes = Math.max(twoSecondsBytes, extent.twoSecondsEnd);
  }
  if (startBytes === 0) return undefined;
  return { ...blockNeed(startBytes, playBytes), twoSecondsBytes };
}

interface Extent {
  firstEnd: number;
  /** End of the samples that show the first frame. */
  startEnd: number;
  /** End of the samples with which the clock runs. */
  playEnd: number;
  /** End of what is decoded of audio before it plays. */
  prerollEnd: number;
  twoSecondsEnd: number;
}

function extentOf({ codec, samples }: SampleSource): Extent {
  const extent = { firstEnd: 0, startEnd: 0, playEnd: 0, prerollEnd: 0, twoSecondsEnd: 0 };
  const { toShow, toPlay } = samplesNeeded(decoderDelay(codec, samples));
  let firstTimeS: number | undefined;
  let index = 0;
  for (const sample of samples) {
    firstTimeS ??= sample.decodeTimeS;
    const end = sample.offset + sample.bytes;
    const passedS = sample.decodeTimeS - firstTimeS;
    const isStart = index < toPlay;
    if (!isStart && passedS > TWO_SECONDS) break;
    if (index === 0) extent.firstEnd = end;
    if (index < toShow) extent.startEnd = Math.max(extent.startEnd, end);
    if (isStart) extent.playEnd = Math.max(extent.playEnd, end);
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
