/**
 * The start of media in segments, HLS or DASH, once it is known what to fetch: initialisation, index where there is one, and
 * as much of the first segments as a player needs. Sound that comes in segments of its own is fetched beside the picture,
 * over a connection of its own, as players do.
 */
import type { BodyEnd } from '../net/response-body.ts';
import { BoxScanner } from './box-scanner.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { FetchFailed, isTooLarge, MediaError } from './media-error.ts';
import {
  bodyFailure,
  type FetchedOk,
  type FetchPlan,
  ignoresRange,
  type MediaFetcher,
} from './media-fetcher.ts';
import { type Movie, parseMovie } from './movie.ts';
import { type PlaybackRun, recordPhases } from './playback-run.ts';
import type { ByteRange, Resource, Segment } from './playlist.ts';
import { HORIZON_MS, type Point, predictRunway, type Runway } from './runway.ts';
import { parseSegmentIndex } from './segment-index.ts';
import { FragmentReader, type SegmentReader, WholeSegmentReader } from './segment-reader.ts';
import { StartMeter } from './start-meter.ts';
import { TWO_SECONDS } from './startup-model.ts';
import { TransportStreamReader } from './transport-stream.ts';

const TRANSPORT_STREAM_SYNC = 0x47;

/** What one kind of media is made of. */
export interface Track {
  readonly kind: 'video' | 'audio';
  readonly init?: Resource;
  /** Tells of the segments of the file at its URL, where there are none here. */
  readonly index?: Resource;
  readonly segments: readonly Segment[];
}

/** A track with the connections that its parts come over. */
export interface Lane {
  readonly track: Track;
  readonly fetcher: MediaFetcher;
  /** Where the first segment is asked for together with the initialisation, as hls.js does. */
  readonly segmentFetcher?: MediaFetcher;
}

/** The first segment, for what follows from it. */
interface FetchedSegment {
  readonly durationS: number;
  readonly byteCount: number;
  /** Request to first byte. */
  readonly waitMs: number;
}

/** One kind of media on its way to the player. */
export class TrackStart {
  readonly #run: PlaybackRun;
  readonly #track: Track;
  readonly #fetcher: MediaFetcher;
  /** Segments go over it. */
  readonly #segmentFetcher: MediaFetcher;
  readonly #meter = new StartMeter();
  readonly #onProgress: () => void;
  #segments: readonly Segment[];
  #initAtMs: number | undefined;
  #twoSecondsAtMs: number | undefined;
  /** Bytes of media, initialisation included. */
  received = 0;
  #firstSegmentFacts: FetchedSegment | undefined;
  /** Media that is there, and since when. */
  #coveredS = 0;
  #coveredAtMs = 0;
  #roundTrips: number | undefined;

  /** `onProgress` is called when a moment of the start has come. */
  constructor(run: PlaybackRun, { track, fetcher, segmentFetcher }: Lane, onProgress: () => void) {
    this.#run = run;
    this.#track = track;
    this.#fetcher = fetcher;
    this.#segmentFetcher = segmentFetcher ?? fetcher;
    this.#onProgress = onProgress;
    this.#segments = track.segments;
  }

  get kind(): Track['kind'] {
    return this.#track.kind;
  }

  /** Round trips until it was ready to be shown, or so far. */
  get roundTrips(): number {
    return this.#roundTrips ?? Math.max(this.#fetcher.roundTrips, this.#segmentFetcher.roundTrips);
  }

  /** What a player needs of it for a picture: of sound only to know what it is. */
  get shownAtMs(): number | undefined {
    return this.kind === 'audio' ? this.#initAtMs : this.#meter.firstFrameAtMs;
  }

  get playingAtMs(): number | undefined {
    return this.#meter.playingAtMs;
  }

  get twoSecondsAtMs(): number | undefined {
    return this.#twoSecondsAtMs;
  }

  /** How long it plays on, if the rest of it comes as its first segment did. */
  runway(playingAtMs: number): Runway | undefined {
    const first = this.#firstSegmentFacts;
    if (!first) return undefined;
    const points: Point[] = [];
    const bytesPerS = first.durationS > 0 ? first.byteCount / first.durationS : 0;
    let mediaMs = 0;
    let arrivesMs = this.#coveredAtMs;
    for (const { durationS, range } of this.#segments) {
      const startMs = mediaMs;
      mediaMs += durationS * 1000;
      if (mediaMs <= this.#coveredS * 1000 + 1) continue;
      arrivesMs += first.waitMs + this.#run.throughput.timeFor(range?.length ?? durationS * bytesPerS);
      points.push({ mediaMs: startMs, arrivesMs });
      if (startMs > HORIZON_MS) break;
    }
    return predictRunway(points, playingAtMs, mediaMs);
  }

  /** Up to two seconds of it. @throws FetchFailed, MediaError: before the start; what fails later leaves the two seconds out. */
  async start(): Promise<void> {
    if (this.#track.index) await this.#readIndex(this.#track.index);
    const movie = this.#init();
    // A failure of it is thrown where it is waited for.
    movie.catch(() => undefined);
    if (this.#segmentFetcher === this.#fetcher) await movie;
    const [segment, ...following] = this.#segments;
    if (!segment) throw new MediaError('bad_media', 'its index names no segment');
    const isRead = await this.#firstSegment(segment, movie);
    if (!isRead || segment.durationS >= TWO_SECONDS) this.#twoSecondsAtMs = this.#meter.twoSecondsAtMs;
    else await this.#untilTwoSeconds(segment.durationS, following);
    this.#onProgress();
  }

  async #init(): Promise<Movie | undefined> {
    const { init } = this.#track;
    if (!init) return undefined;
    const { response, bytes, endMs } = await this.#collect(init, 'init');
    if (this.kind === 'video') this.#run.metrics.init_ms = endMs - response.requestMs;
    const moov = new BoxScanner(new Set(['moov'])).push(bytes).find((box) => box.bytes);
    if (!moov?.bytes) throw new MediaError('bad_media', 'its initialisation has no movie header');
    const movie = parseMovie(moov.bytes, this.kind);
    this.#initAtMs = endMs;
    this.#onProgress();
    return movie;
  }

  async #readIndex(index: Resource): Promise<void> {
    const { bytes } = await this.#collect(index, 'index');
    const from = index.range?.offset ?? 0;
    const box = new BoxScanner(new Set(['sidx']), from).push(bytes).find((found) => found.bytes);
    if (!box?.bytes) throw new MediaError('bad_media', 'there is no index where the manifest says');
    const { segments, nested } = parseSegmentIndex(box.bytes, box.end);
    if (nested) throw new MediaError('bad_media', 'its index leads to further indexes, which players refuse');
    this.#segments = segments.slice(0, PLAYBACK_LIMITS.segmentsAhead.value).map((segment) => ({
      url: index.url,
      range: { offset: segment.offset, length: segment.bytes },
      durationS: segment.durationS,
      encrypted: false,
    }));
  }

  async #collect(
    resource: Resource,
    what: 'init' | 'index',
  ): Promise<{ readonly response: FetchedOk['response']; readonly bytes: Buffer; readonly endMs: number }> {
    const { response, plan } = await this.#open(resource, what, PLAYBACK_LIMITS.boxBytes.value);
    const body = await response.body.collect();
    this.received += body.byteCount;
    recordPhases(this.#run, plan.name, response, body.endMs);
    const failure = bodyFailure(body, plan);
    if (failure) throw new FetchFailed(failure);
    return { response, bytes: body.bytes, endMs: body.endMs };
  }

  /** As far as the start needs it; false where a limit of the probe ends it after the first frame. */
  async #firstSegment(segment: Segment, init: Promise<Movie | undefined>): Promise<boolean> {
    const fetched = await this.#open(segment, 'segment');
    const { response, plan } = fetched;
    // The rest of a short segment is needed for the two seconds, and leaves the connection good for the next.
    const readsAll = segment.durationS < TWO_SECONDS;
    const meter = this.#meter;
    const arrived = this.#run.throughput.ofBody();
    let reader: SegmentReader | undefined;
    let endMs = response.headMs;
    let isRead = true;
    try {
      // Whatever comes before the initialisation waits for it.
      const movie = await init;
      for await (const { bytes, atMs } of response.body) {
        arrived(bytes.length, atMs);
        endMs = atMs;
        this.received += bytes.length;
        meter.add(bytes.length, atMs);
        reader ??= this.#readerOf(segment, bytes, movie);
        reader.push(bytes);
        const need = reader.need();
        if (need) meter.setNeed(need, atMs);
        this.#progress(response.requestMs);
        if (meter.isDone && !readsAll) break;
      }
      const failure = bodyFailure(await response.body.end, plan);
      if (failure) throw new FetchFailed(failure);
      if (!meter.isDone) {
        this.#recordSegment(endMs - response.requestMs);
        this.#segmentEnded(reader, Math.max(endMs, this.#initAtMs ?? endMs));
      }
      this.#progress(response.requestMs);
    } catch (error) {
      if (meter.firstFrameAtMs === undefined || !isTooLarge(error)) throw error;
      isRead = false;
    } finally {
      recordPhases(this.#run, plan.name, response, endMs);
    }
    if (this.kind === 'video') this.#run.attributes.codec ??= reader?.codec ?? 'unknown';
    this.#recordFirst(segment, fetched, endMs);
    return isRead;
  }

  #readerOf(segment: Segment, start: Uint8Array, movie: Movie | undefined): SegmentReader {
    if (segment.encrypted) return new WholeSegmentReader();
    const isStream = !movie && start[0] === TRANSPORT_STREAM_SYNC;
    const reader = isStream
      ? new TransportStreamReader()
      : new FragmentReader(movie, { startAt: segment.range?.offset ?? 0, kind: this.kind });
    return this.#run.params.append === 'segment' ? new WholeSegmentReader(reader) : reader;
  }

  #segmentEnded(reader: SegmentReader | undefined, endMs: number): void {
    if (!reader) throw new MediaError('bad_media', 'its first segment is empty');
    this.#meter.setLength(this.#meter.bytes);
    this.#meter.setNeed(reader.finish(), endMs);
  }

  #progress(requestMs: number): void {
    const atMs = this.#meter.firstFrameAtMs;
    if (this.shownAtMs !== undefined) this.#roundTrips ??= this.roundTrips;
    if (atMs !== undefined) {
      this.#initAtMs ??= atMs;
      this.#recordSegment(atMs - requestMs);
    }
    this.#onProgress();
  }

  #recordFirst(segment: Segment, { response }: FetchedOk, endMs: number): void {
    const got = this.#meter.bytes;
    const byteCount = Math.max(got, segment.range?.length ?? lengthOf(response) ?? got);
    const { durationS } = segment;
    this.#firstSegmentFacts = { durationS, byteCount, waitMs: response.firstByteMs - response.requestMs };
    this.#coveredS = durationS;
    this.#coveredAtMs = endMs + this.#run.throughput.timeFor(byteCount - got);
    if (this.kind !== 'video') return;
    const appendedWhole = segment.encrypted || this.#run.params.append === 'segment';
    this.#run.facts.segment = { durationS, byteCount, appendedWhole };
  }

  #recordSegment(tookMs: number): void {
    if (this.kind === 'video') this.#run.metrics.segment_ms ??= tookMs;
  }

  /** Whole segments until two seconds are there. What fails here fails after the start: it only leaves the metric out. */
  async #untilTwoSeconds(haveS: number, following: readonly Segment[]): Promise<void> {
    let coveredS = haveS;
    let lastMs = this.#run.timeline.nowMs();
    for (const segment of following.slice(0, PLAYBACK_LIMITS.segments.value)) {
      if (coveredS >= TWO_SECONDS) break;
      const fetched = await this.#try(segment);
      if (!fetched) return;
      const end = await this.#drain(fetched);
      if (!end.ok) return;
      lastMs = end.endMs;
      coveredS += segment.durationS;
      this.#coveredS = coveredS;
      this.#coveredAtMs = lastMs;
    }
    const isAllThereIs = following.length <= PLAYBACK_LIMITS.segments.value;
    if (coveredS >= TWO_SECONDS || isAllThereIs) this.#twoSecondsAtMs = lastMs;
  }

  /** Reads to the end and keeps nothing but how fast it came. */
  async #drain({ response, plan }: FetchedOk): Promise<BodyEnd> {
    const arrived = this.#run.throughput.ofBody();
    for await (const { bytes, atMs } of response.body) arrived(bytes.length, atMs);
    const end = await response.body.end;
    recordPhases(this.#run, plan.name, response, end.endMs);
    return end;
  }

  async #open(resource: Resource, what: string, maxBodyBytes?: number): Promise<FetchedOk> {
    const fetcher = what === 'segment' ? this.#segmentFetcher : this.#fetcher;
    const fetched = await fetcher.open(resource.url, this.#planOf(resource, what, maxBodyBytes));
    if (!fetched.ok) throw new FetchFailed(fetched.failure);
    const { range } = resource;
    if (range && ignoresRange(fetched.response, fetched.plan)) {
      throw new FetchFailed(ignoredRange(fetched.plan, range));
    }
    return fetched;
  }

  async #try(segment: Segment): Promise<FetchedOk | undefined> {
    const fetched = await this.#segmentFetcher.open(segment.url, this.#planOf(segment, 'segment'));
    return fetched.ok ? fetched : undefined;
  }

  /** What came before counts: the requests of a track share the limit. */
  #planOf(
    { range }: Resource,
    what: string,
    maxBodyBytes = PLAYBACK_LIMITS.mediaBytes.value - this.received,
  ): FetchPlan {
    const bounded = range ? { range: { from: range.offset, to: range.offset + range.length - 1 } } : {};
    const name = this.kind === 'audio' ? `audio ${what}` : what;
    return { name, layer: 'segment', maxBodyBytes, ...bounded };
  }
}

/** A player appends what it gets as if it were what it asked for. */
function ignoredRange({ name, layer }: FetchPlan, { offset, length }: ByteRange): FetchFailed['failure'] {
  const message = `The ${name} is ${length} bytes from byte ${offset} of a file, and the server answered with the whole file.`;
  return { layer, blame: 'target', code: 'bad_response', message };
}

function lengthOf({ headers }: FetchedOk['response']): number | undefined {
  const length = Number(headers['content-length']);
  return headers['content-length'] !== undefined && Number.isSafeInteger(length) ? length : undefined;
}
