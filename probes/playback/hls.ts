/** The start of an HLS presentation: playlists, the initialisation section, and as much of the first segment as a player needs. */
import { BoxScanner } from './box-scanner.ts';
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
import {
  chooseVariant,
  type Playlist,
  parsePlaylist,
  type Resource,
  type Segment,
  startingSegments,
} from './playlist.ts';
import { FragmentReader, type SegmentReader, WholeSegmentReader } from './segment-reader.ts';
import { StartMeter } from './start-meter.ts';
import { TWO_SECONDS } from './startup-model.ts';
import { TransportStreamReader } from './transport-stream.ts';

const TRANSPORT_STREAM_SYNC = 0x47;

export const MANIFEST_PLAN: FetchPlan = {
  name: 'manifest',
  layer: 'manifest',
  maxBodyBytes: PLAYBACK_LIMITS.playlistBytes.value,
};
const INIT_PLAN: FetchPlan = { name: 'init', layer: 'segment', maxBodyBytes: PLAYBACK_LIMITS.boxBytes.value };

/** Starts the presentation whose first playlist's response has just arrived. */
export function startHls(run: PlaybackRun, first: FetchedOk): Promise<StartOutcome> {
  return new HlsStart(run).start(first);
}

type Step<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: NonNullable<StartOutcome> };

class HlsStart {
  readonly #run: PlaybackRun;
  /** Media bytes over all requests, initialisation included. */
  #received = 0;

  constructor(run: PlaybackRun) {
    this.#run = run;
  }

  async start(first: FetchedOk): Promise<StartOutcome> {
    const playlists = await this.#playlists(first);
    if (!playlists.ok) return playlists.failure;
    const [segment, ...following] = playlists.value;
    if (!segment)
      return mediaFailure(new MediaError('bad_manifest', 'it is empty'), 'manifest', 'the playlist');
    const movie = await this.#init(segment);
    if (!movie.ok) return movie.failure;
    const meter = new StartMeter();
    const failure = await this.#firstSegment(segment, movie.value, meter);
    if (failure) return failure;
    if (segment.durationS >= TWO_SECONDS) recordTwoSeconds(this.#run, meter.twoSecondsAtMs);
    else await this.#untilTwoSeconds(segment.durationS, following);
    return undefined;
  }

  /** The segments to play, in order, by way of a variant where the first playlist is a list of those. */
  async #playlists(first: FetchedOk): Promise<Step<readonly Segment[]>> {
    const startMs = first.response.requestMs;
    let read = await this.#playlist(first);
    if (read.ok && read.value.kind === 'master') {
      const { url, resolution, bandwidthBps } = chooseVariant(read.value.variants, this.#run.params.variant);
      this.#run.attributes.rendition = resolution ?? `${bandwidthBps}bps`;
      const fetched = await this.#run.fetcher.open(url, { ...MANIFEST_PLAN, name: 'playlist' });
      if (!fetched.ok) return fetched;
      read = await this.#playlist(fetched);
    }
    if (!read.ok) return read;
    this.#run.metrics.manifest_ms = read.endMs - startMs;
    if (read.value.kind === 'master') {
      const error = new MediaError('bad_manifest', 'a variant leads to another list of variants');
      return { ok: false, failure: mediaFailure(error, 'manifest', 'the playlist') };
    }
    return { ok: true, value: startingSegments(read.value.segments, read.value.ended) };
  }

  async #playlist({ response, plan }: FetchedOk): Promise<Step<Playlist> & { readonly endMs: number }> {
    const body = await response.body.collect();
    recordPhases(this.#run, plan.name, response, body.endMs);
    const { endMs } = body;
    const failure = bodyFailure(body, plan);
    if (failure) return { ok: false, failure, endMs };
    try {
      return { ok: true, value: await parsePlaylist(body.bytes.toString('utf8'), response.url), endMs };
    } catch (error) {
      return { ok: false, failure: mediaFailure(error, 'manifest', `the ${plan.name}`), endMs };
    }
  }

  async #init({ init }: Segment): Promise<Step<Movie | undefined>> {
    if (!init) return { ok: true, value: undefined };
    const fetched = await this.#open(init, INIT_PLAN);
    if (!fetched.ok) return fetched;
    const { response } = fetched;
    const body = await response.body.collect();
    this.#received += body.byteCount;
    recordPhases(this.#run, 'init', response, body.endMs);
    const failure = bodyFailure(body, INIT_PLAN);
    if (failure) return { ok: false, failure };
    this.#run.metrics.init_ms = body.endMs - response.requestMs;
    try {
      const moov = new BoxScanner(new Set(['moov'])).push(body.bytes).find((box) => box.bytes);
      if (!moov?.bytes) throw new MediaError('bad_media', 'it has no movie header');
      return { ok: true, value: parseMovie(moov.bytes) };
    } catch (error) {
      return { ok: false, failure: mediaFailure(error, 'decode', 'the initialisation section') };
    }
  }

  async #firstSegment(segment: Segment, movie: Movie | undefined, meter: StartMeter): Promise<StartOutcome> {
    const fetched = await this.#openSegment(segment);
    if (!fetched.ok) return fetched.failure;
    const { response, plan } = fetched;
    // The rest of a short segment is needed for the two seconds, and leaves the connection good for the next.
    const readsAll = segment.durationS < TWO_SECONDS;
    let reader: SegmentReader | undefined;
    let endMs = response.headMs;
    try {
      for await (const { bytes, atMs } of response.body) {
        endMs = atMs;
        this.#received += bytes.length;
        meter.add(bytes.length, atMs);
        reader ??= this.#readerOf(segment, bytes, movie);
        reader.push(bytes);
        const need = reader.need();
        if (need) meter.setNeed(need, atMs);
        this.#progress(meter, response.requestMs);
        if (meter.isDone && !readsAll) break;
      }
      const failure = bodyFailure(await response.body.end, plan);
      if (failure) return failure;
      if (!meter.isDone) this.#segmentEnded(reader, meter, endMs, response.requestMs);
      this.#run.attributes.codec ??= reader?.codec ?? 'unknown';
      return undefined;
    } catch (error) {
      return mediaFailure(error, 'decode', 'the first segment');
    } finally {
      recordPhases(this.#run, 'segment', response, endMs);
      recordPlaying(this.#run, meter);
    }
  }

  #readerOf(segment: Segment, start: Uint8Array, movie: Movie | undefined): SegmentReader {
    if (segment.encrypted || this.#run.params.append === 'segment') return new WholeSegmentReader();
    if (!movie && start[0] === TRANSPORT_STREAM_SYNC) return new TransportStreamReader();
    return new FragmentReader(movie, segment.range?.offset ?? 0);
  }

  #segmentEnded(
    reader: SegmentReader | undefined,
    meter: StartMeter,
    endMs: number,
    requestMs: number,
  ): void {
    if (!reader) throw new MediaError('bad_media', 'it is empty');
    meter.setLength(meter.bytes);
    meter.setNeed(reader.finish(), endMs);
    this.#progress(meter, requestMs);
  }

  #progress(meter: StartMeter, requestMs: number): void {
    recordFirstFrame(this.#run, meter, this.#received);
    const atMs = meter.firstFrameAtMs;
    if (atMs !== undefined) this.#run.metrics.segment_ms ??= atMs - requestMs;
  }

  /** Whole segments until two seconds are there. What fails here fails after the start: it only leaves the metric out. */
  async #untilTwoSeconds(haveS: number, following: readonly Segment[]): Promise<void> {
    let coveredS = haveS;
    let lastMs = this.#run.timeline.nowMs();
    for (const segment of following.slice(0, PLAYBACK_LIMITS.segments.value)) {
      if (coveredS >= TWO_SECONDS) break;
      const fetched = await this.#openSegment(segment);
      if (!fetched.ok) return;
      const end = await fetched.response.body.drain();
      this.#received += end.byteCount;
      recordPhases(this.#run, 'segment', fetched.response, end.endMs);
      if (!end.ok) return;
      lastMs = end.endMs;
      coveredS += segment.durationS;
    }
    const isAllThereIs = following.length <= PLAYBACK_LIMITS.segments.value;
    if (coveredS >= TWO_SECONDS || isAllThereIs) recordTwoSeconds(this.#run, lastMs);
  }

  /** The requests of a run share the limit of media. */
  #openSegment(segment: Segment): ReturnType<PlaybackRun['fetcher']['open']> {
    const maxBodyBytes = PLAYBACK_LIMITS.mediaBytes.value - this.#received;
    return this.#open(segment, { name: 'segment', layer: 'segment', maxBodyBytes });
  }

  #open(resource: Resource, plan: FetchPlan): ReturnType<PlaybackRun['fetcher']['open']> {
    const { url, range } = resource;
    const bounded = range ? { range: { from: range.offset, to: range.offset + range.length - 1 } } : {};
    return this.#run.fetcher.open(url, { ...plan, ...bounded });
  }
}
