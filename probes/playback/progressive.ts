/**
 * The start of a progressive MP4 as Chromium makes it: read from byte 0; when media comes before the movie header, give
 * that request up, fetch the header from behind the media, then go on where the first request was. A fragmented file is
 * read in order: without an index Chromium looks into every fragment first, so its real start is later than this says.
 */
import type { SessionResponse } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { BoxScanner, type ScannedBox } from './box-scanner.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';
import { bodyFailure, type FetchedOk, type FetchPlan, mediaFailure } from './media-fetcher.ts';
import { type Movie, parseMovie } from './movie.ts';
import {
  type PlaybackRun,
  recordFirstFrame,
  recordPhases,
  recordPlaying,
  recordTwoSeconds,
  type StartOutcome,
} from './playback-run.ts';
import { FragmentedMovie, videoCodecOf } from './segment-reader.ts';
import { StartMeter } from './start-meter.ts';
import { ceilToBlock, floorToBlock, needOf, seeksTo } from './startup-model.ts';

const KEEP: ReadonlySet<string> = new Set(['moov', 'moof']);

/** The plan of a request for the file from byte `from` on; the first is a range too, as a browser's is. */
export function mediaPlan(from: number): FetchPlan {
  return { name: 'media', layer: 'http', range: { from }, maxBodyBytes: PLAYBACK_LIMITS.mediaBytes.value };
}

/** Starts the file whose response from byte 0 has just arrived. */
export function startProgressive(run: PlaybackRun, first: FetchedOk): Promise<StartOutcome> {
  return new ProgressiveStart(run, first).start();
}

class ProgressiveStart {
  readonly #run: PlaybackRun;
  readonly #first: FetchedOk;
  readonly #canSeek: boolean;
  readonly #meter = new StartMeter();
  #movie: Movie | undefined;
  #fragments: FragmentedMovie | undefined;
  /** Media bytes over all requests. */
  #received = 0;

  constructor(run: PlaybackRun, first: FetchedOk) {
    this.#run = run;
    this.#first = first;
    const { status, headers } = first.response;
    // A server may answer a range from byte 0 with 200 and still serve others.
    this.#canSeek = status === 206 || /\bbytes\b/.test(headers['accept-ranges'] ?? '');
    const length = fileLength(first.response);
    if (length !== undefined) this.#meter.setLength(length);
  }

  async start(): Promise<StartOutcome> {
    try {
      const failure = await this.#fetch();
      if (!failure) this.#checkStarted();
      return failure;
    } catch (error) {
      return mediaFailure(error, 'decode', 'the file');
    } finally {
      recordPlaying(this.#run, this.#meter);
      recordTwoSeconds(this.#run, this.#meter.twoSecondsAtMs);
    }
  }

  async #fetch(): Promise<StartOutcome> {
    const scanner = new BoxScanner(KEEP);
    let media: ScannedBox | undefined;
    let headerAt: number | undefined;
    const failure = await this.#readFromStart(this.#first, (bytes, atMs) => {
      for (const box of scanner.push(bytes)) {
        this.#take(box, atMs);
        if (box.type === 'mdat' && !this.#movie) media = box;
      }
      if (media && !this.#movie) headerAt = this.#seekBehind(media);
      return headerAt !== undefined;
    });
    if (failure || headerAt === undefined) return failure;
    return (await this.#readHeader(headerAt)) ?? (await this.#resume());
  }

  /** Where to ask for the movie header; undefined when it is better waited for, or the server can only be read on. */
  #seekBehind(mdat: ScannedBox): number | undefined {
    this.#run.attributes.faststart = 'false';
    if (mdat.end >= (this.#meter.length ?? Number.POSITIVE_INFINITY)) {
      throw new MediaError('bad_media', 'media fills it to the end, and no movie header came');
    }
    // The player learns where the media ends with the block that says so.
    const isKnown = this.#meter.bytes >= ceilToBlock(mdat.bodyStart);
    return this.#canSeek && isKnown && seeksTo(mdat.end, this.#meter.bytes) ? mdat.end : undefined;
  }

  #take(box: ScannedBox, atMs: number): void {
    if (!box.bytes) return;
    if (box.type === 'moov') {
      this.#movie = parseMovie(box.bytes);
      this.#run.metrics.moov_ms = this.#run.timeline.elapsed(atMs);
      this.#run.attributes.codec = videoCodecOf(this.#movie) ?? '';
      this.#run.attributes.faststart ??= 'true';
      if (this.#movie.fragmented) this.#fragments = new FragmentedMovie(this.#movie);
      const need = needOf(this.#movie.tracks.map(({ kind, samples }) => ({ kind, samples: samples() })));
      if (need) this.#meter.setNeed(need, atMs);
    }
    if (box.type === 'moof' && this.#fragments) {
      this.#fragments.add(box.bytes, box.start);
      const need = this.#fragments.need(false);
      if (need) this.#meter.setNeed(need, atMs);
    }
  }

  /** Reads bytes that follow those already there, until the start is done or `look` says stop. */
  #readFromStart(
    fetched: FetchedOk,
    look?: (bytes: Uint8Array, atMs: number) => boolean,
  ): Promise<StartOutcome> {
    return this.#read(fetched, (bytes, atMs) => {
      this.#meter.add(bytes.length, atMs);
      const isEnough = look?.(bytes, atMs) === true;
      recordFirstFrame(this.#run, this.#meter, this.#received);
      return isEnough || this.#meter.isDone;
    });
  }

  async #readHeader(from: number): Promise<StartOutcome> {
    const fetched = await this.#open(floorToBlock(from));
    if (!fetched.ok) return fetched.failure;
    const scanner = new BoxScanner(KEEP, floorToBlock(from), from);
    const failure = await this.#read(fetched, (bytes, atMs) => {
      for (const box of scanner.push(bytes)) this.#take(box, atMs);
      return this.#movie !== undefined;
    });
    if (!failure && !this.#movie) throw new MediaError('bad_media', 'no movie header follows its media');
    recordFirstFrame(this.#run, this.#meter, this.#received);
    return failure;
  }

  /** Goes on after the bytes that the first request brought before it was given up. */
  async #resume(): Promise<StartOutcome> {
    if (this.#meter.isDone) return undefined;
    this.#meter.rewindToBlock();
    const fetched = await this.#open(this.#meter.bytes);
    return fetched.ok ? this.#readFromStart(fetched) : fetched.failure;
  }

  async #open(
    from: number,
  ): Promise<FetchedOk | { readonly ok: false; readonly failure: NonNullable<StartOutcome> }> {
    const fetched = await this.#run.fetcher.open(this.#first.response.url, mediaPlan(from));
    if (!fetched.ok || fetched.response.status === 206) return fetched;
    const message = `The server offers byte ranges, and answered one from byte ${from} with the whole file.`;
    return { ok: false, failure: { layer: 'content', blame: 'target', code: 'bad_response', message } };
  }

  /** Reads a body until `look` says stop or it ends; stopping early closes the connection. */
  async #read(fetched: FetchedOk, look: (bytes: Uint8Array, atMs: number) => boolean): Promise<StartOutcome> {
    const { response, plan } = fetched;
    let lastMs = response.headMs;
    let isEnough = false;
    try {
      for await (const { bytes, atMs } of response.body) {
        lastMs = atMs;
        this.#received += bytes.length;
        // More than one response allows by itself: the requests of a run share the limit.
        if (this.#received > PLAYBACK_LIMITS.mediaBytes.value) return tooMuch();
        isEnough = look(bytes, atMs);
        if (isEnough) return undefined;
      }
    } finally {
      recordPhases(this.#run, 'media', response, lastMs);
    }
    return bodyFailure(await response.body.end, plan);
  }

  /** Everything that there is was read. */
  #checkStarted(): void {
    if (this.#meter.isDone) return;
    if (!this.#movie) throw new MediaError('bad_media', 'it ended before a movie header came');
    this.#meter.setLength(this.#meter.bytes);
    const need = this.#fragments?.need(true);
    if (need) this.#meter.setNeed(need, this.#run.timeline.nowMs());
    if (!this.#meter.need) throw new MediaError('bad_media', 'it names no video frames');
    recordFirstFrame(this.#run, this.#meter, this.#received);
  }
}

/** The length of the whole file, where the response tells it. */
function fileLength(response: SessionResponse): number | undefined {
  const total =
    response.status === 206
      ? /\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]
      : response.headers['content-length'];
  const length = Number(total);
  return total !== undefined && Number.isSafeInteger(length) ? length : undefined;
}

function tooMuch(): Failure {
  const message = `The file: ${PLAYBACK_LIMITS.mediaBytes.value} bytes came and no start was possible yet.`;
  return { layer: 'content', blame: 'target', code: 'too_large', message };
}
