/** The start of an MP4 file through the `src` of a video element, progressive or in fragments, as Chromium makes it. */
import { BlockReader } from './block-reader.ts';
import { MediaError } from './media-error.ts';
import { type FetchedOk, mediaFailure } from './media-fetcher.ts';
import { MovieFile } from './movie-file.ts';
import { type PlaybackRun, recordStart, type StartOutcome } from './playback-run.ts';
import { StartConditions } from './start-conditions.ts';

/** Starts the file whose response from byte 0 has just arrived. */
export async function startProgressive(run: PlaybackRun, first: FetchedOk): Promise<StartOutcome> {
  const reader = new BlockReader(run, first);
  try {
    const file = await MovieFile.open(reader, (opened) => recordMovie(run, opened));
    recordLayout(run, file);
    await playUntilStarted(run, reader, file);
    return undefined;
  } catch (error) {
    return mediaFailure(error, 'decode', 'the file');
  } finally {
    reader.stop();
  }
}

async function playUntilStarted(run: PlaybackRun, reader: BlockReader, file: MovieFile): Promise<void> {
  const conditions = new StartConditions(file);
  const record = (): void => recordStart(run, conditions, reader.received);
  while (!conditions.isDone) {
    const read = await file.next();
    if (!read) break;
    const { offset, bytes } = read.sample;
    const end = offset + bytes;
    if (!(await reader.reach(offset, end))) {
      if (conditions.firstFrameAtMs === undefined)
        throw new MediaError('bad_media', cutOff(reader.length, end));
      break;
    }
    conditions.take(read, reader.nowMs);
    record();
  }
  if (conditions.videoCount === 0) throw new MediaError('bad_media', 'it names no video frames');
  conditions.end(reader.nowMs);
  record();
}

function recordMovie(run: PlaybackRun, file: MovieFile): void {
  run.metrics.moov_ms = run.timeline.elapsed(file.moovMs);
  run.attributes.codec = file.tracks.find(({ track }) => track.kind === 'video')?.track.codec ?? '';
  run.attributes.faststart = String(file.faststart);
}

function recordLayout(run: PlaybackRun, file: MovieFile): void {
  if (file.movie?.fragmented) run.attributes.fragments = file.indexed ? 'indexed' : 'not indexed';
}

function cutOff(length: number | undefined, end: number): string {
  return `it ends at byte ${length}, in the middle of the first frames, which end at byte ${end}`;
}
