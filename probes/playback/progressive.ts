/** The start of an MP4 file through the `src` of a video element, progressive or in fragments, as Chromium makes it. */
import { BlockReader } from './block-reader.ts';
import { isTooLarge, MediaError } from './media-error.ts';
import { type FetchedOk, mediaFailure } from './media-fetcher.ts';
import { MovieFile } from './movie-file.ts';
import { type PlaybackRun, recordRunway, recordStart, type StartOutcome } from './playback-run.ts';
import { HORIZON_MS, type Point, predictRunway, worseRunway } from './runway.ts';
import { StartConditions } from './start-conditions.ts';
import { ceilToBlock } from './startup-model.ts';

/** Starts the file whose response from byte 0 has just arrived. */
export async function startProgressive(run: PlaybackRun, first: FetchedOk): Promise<StartOutcome> {
  const reader = new BlockReader(run, first);
  try {
    const file = await MovieFile.open(reader, (opened) => recordMovie(run, opened));
    recordLayout(run, file);
    await new FileStart(run, { reader, file, first }).start();
    return undefined;
  } catch (error) {
    return mediaFailure(error, 'decode', 'the file');
  } finally {
    reader.stop();
  }
}

interface OpenFile {
  readonly reader: BlockReader;
  readonly file: MovieFile;
  readonly first: FetchedOk;
}

class FileStart {
  readonly #run: PlaybackRun;
  readonly #open: OpenFile;
  readonly #conditions: StartConditions;

  constructor(run: PlaybackRun, open: OpenFile) {
    this.#run = run;
    this.#open = open;
    this.#conditions = new StartConditions(open.file);
  }

  async start(): Promise<void> {
    const { reader } = this.#open;
    const conditions = this.#conditions;
    const isRead = await this.#readOn();
    if (conditions.videoCount === 0) throw new MediaError('bad_media', 'it names no video frames');
    if (isRead) conditions.end(reader.nowMs);
    this.#record();
    this.#recordRate();
    this.#recordRunway();
  }

  /** As far as the start needs it, or to the end of the file; false where a limit of the probe ends it after the first frame. */
  async #readOn(): Promise<boolean> {
    try {
      await this.#readSamples();
      return true;
    } catch (error) {
      if (this.#conditions.firstFrameAtMs === undefined || !isTooLarge(error)) throw error;
      return false;
    }
  }

  async #readSamples(): Promise<void> {
    const { file, reader } = this.#open;
    const conditions = this.#conditions;
    while (!conditions.isDone) {
      const read = await file.next();
      if (!read) return;
      const { offset, bytes } = read.sample;
      const end = offset + bytes;
      if (!(await reader.reach(offset, end))) {
        if (conditions.firstFrameAtMs !== undefined) return;
        throw new MediaError('bad_media', cutOff(reader.length, end));
      }
      conditions.take(read, reader.nowMs);
      this.#record();
    }
  }

  #record(): void {
    const run = this.#run;
    const isFirst = run.metrics.first_frame_ms === undefined;
    const { received } = this.#open.reader;
    recordStart(run, this.#conditions, { mediaBytes: received, roundTrips: run.fetcher.roundTrips });
    if (isFirst && this.#conditions.firstFrameAtMs !== undefined)
      this.#recordFacts(this.#conditions.firstFrameAtMs);
  }

  #recordFacts(readyAtMs: number): void {
    const { file, reader, first } = this.#open;
    const { timeline, throughput, facts } = this.#run;
    const { bytes, frameBytes } = this.#conditions;
    const best = first.response.firstByteMs + throughput.timeFor(ceilToBlock(file.moovBytes + bytes));
    facts.file = {
      faststart: file.faststart,
      fragmented: file.movie?.fragmented === true,
      indexed: file.indexed,
      fragmentCount: file.fragmentCount,
      moovBytes: file.moovBytes,
      cover: file.movie?.cover === true,
      startBytes: bytes,
      frameBytes,
      readyMs: timeline.elapsed(readyAtMs),
      bestMs: timeline.elapsed(best),
      bytesPerS: undefined,
      extraRequests: reader.extraRequests,
    };
  }

  #recordRate(): void {
    const { facts } = this.#run;
    const { bytes, coveredS } = this.#conditions;
    if (facts.file && coveredS > 1) facts.file = { ...facts.file, bytesPerS: bytes / coveredS };
  }

  #recordRunway(): void {
    const { playingAtMs, played } = this.#conditions;
    if (playingAtMs === undefined) return;
    const { reader: blocks } = this.#open;
    const runways = played.map(({ reader, firstS }) => {
      const points: Point[] = [];
      let knownMs = 0;
      for (const { decodeTimeS, offset, bytes } of reader.rest()) {
        const mediaMs = (decodeTimeS - firstS) * 1000;
        knownMs = Math.max(knownMs, mediaMs);
        if (mediaMs > HORIZON_MS) break;
        points.push({ mediaMs, arrivesMs: blocks.arrivalOf(offset + bytes) });
      }
      // Where nothing is left to come, what was read is all there is.
      const readMs = this.#conditions.coveredS * 1000;
      return predictRunway(points, playingAtMs, Math.max(knownMs, readMs));
    });
    recordRunway(this.#run, runways.reduce(worseRunway));
  }
}

function recordMovie(run: PlaybackRun, file: MovieFile): void {
  run.metrics.moov_ms = run.timeline.elapsed(file.moovMs);
  run.attributes.codec = file.tracks.find(({ track }) => track.kind === 'video')?.track.codec ?? '';
  run.attributes.faststart = String(file.faststart);
  if (file.movie?.tracks.some(({ encrypted }) => encrypted)) run.attributes.encrypted = 'true';
}

function recordLayout(run: PlaybackRun, file: MovieFile): void {
  if (file.movie?.fragmented) run.attributes.fragments = file.indexed ? 'indexed' : 'not indexed';
}

function cutOff(length: number | undefined, end: number): string {
  return `it ends at byte ${length}, in the middle of the first frames, which end at byte ${end}`;
}
