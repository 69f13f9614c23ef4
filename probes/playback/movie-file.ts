/**
 * Walks an MP4 file as Chromium's demuxer (that of FFmpeg) does: first its boxes, then its samples, in the order and from the
 * places that the demuxer reads them. A file in fragments without an index is looked through to its end before anything is
 * played, one request a fragment; with an index, or from a server without ranges, only as far as the first media.
 */
import type { BlockReader } from './block-reader.ts';
import { type Box, readBoxHeader, viewOf } from './boxes.ts';
import { checkFormat, FORMAT_BYTES } from './foreign-format.ts';
import { parseFragment } from './fragment.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';
import { type Movie, parseMovie, type Track } from './movie.ts';
import type { Sample } from './sample-table.ts';
import { parseSegmentIndex } from './segment-index.ts';

/** Samples of two tracks further apart than this are read in the order of time, others in that of the file. */
const INTERLEAVE_S = 1;
/** After each of these the demuxer asks itself whether it has seen enough. */
const LOOKS_UP: ReadonlySet<string> = new Set(['moov', 'mdat', 'moof', 'sidx']);
/** How far ahead samples are looked at for the reordering of frames. */
const LOOK_AHEAD = 32;

/** One track of sound or picture, read from its begin. */
export class TrackReader {
  readonly track: Track;
  readonly #header: Iterator<Sample>;
  /** Samples that were told and not read; those of the header come one by one. */
  readonly #known: Sample[] = [];
  #index = 0;

  constructor(track: Track) {
    this.track = track;
    this.#header = track.samples()[Symbol.iterator]();
  }

  /** Of fragments: they follow those of the header. */
  add(samples: readonly Sample[]): void {
    this.#pull(PLAYBACK_LIMITS.samples.value);
    const room = PLAYBACK_LIMITS.samples.value - this.#known.length;
    for (const sample of samples.slice(0, Math.max(0, room))) this.#known.push(sample);
  }

  /** The next sample, which stays the next. */
  get next(): Sample | undefined {
    this.#pull(this.#index + 1);
    return this.#known[this.#index];
  }

  /** So many next samples, fewer where no more are known. */
  ahead(count = LOOK_AHEAD): readonly Sample[] {
    this.#pull(this.#index + count);
    return this.#known.slice(this.#index, this.#index + count);
  }

  skip(): void {
    this.#index++;
  }

  /** Those that were not read, as far as they are known. */
  *rest(): Generator<Sample> {
    for (let at = this.#index; ; at++) {
      this.#pull(at + 1);
      const sample = this.#known[at];
      if (!sample) return;
      yield sample;
    }
  }

  #pull(count: number): void {
    while (this.#known.length < count) {
      const { value, done } = this.#header.next();
      if (done) return;
      this.#known.push(value);
    }
  }
}

export interface ReadSample {
  readonly reader: TrackReader;
  readonly sample: Sample;
}

export class MovieFile {
  readonly #reader: BlockReader;
  #movie: Movie | undefined;
  #tracks: readonly TrackReader[] = [];
  /** The fragments are known without looking for them: by a `sidx` up to the end of the file. */
  #indexed = false;
  #sawMedia = false;
  #mediaFirst = false;
  #trailerBytes: number | undefined;
  #boxes = 0;
  /** Where more boxes follow that are read when the samples are used up; undefined when all were read. */
  #nextRoot: number | undefined;
  #moovMs = 0;
  #moovBytes = 0;
  #fragmentCount = 0;

  private constructor(reader: BlockReader) {
    this.#reader = reader;
  }

  /** Reads the boxes that a player reads before any sample. @throws MediaError, FetchFailed. */
  static async open(reader: BlockReader, onMovie: (file: MovieFile) => void): Promise<MovieFile> {
    const file = new MovieFile(reader);
    await file.#walk(0, () => onMovie(file));
    if (!file.#movie) {
      throw new MediaError(
        'bad_media',
        file.#sawMedia ? 'no movie header came with its media' : 'it ended before a movie header came',
      );
    }
    return file;
  }

  get movie(): Movie | undefined {
    return this.#movie;
  }

  /** Sound and picture, in the order of the header. */
  get tracks(): readonly TrackReader[] {
    return this.#tracks;
  }

  /** The movie header came before any media. */
  get faststart(): boolean {
    return !this.#mediaFirst;
  }

  get indexed(): boolean {
    return this.#indexed;
  }

  /** Fragments that were looked at. */
  get fragmentCount(): number {
    return this.#fragmentCount;
  }

  get moovMs(): number {
    return this.#moovMs;
  }

  get moovBytes(): number {
    return this.#moovBytes;
  }

  /** The sample that a player reads next; undefined at the end. @throws MediaError, FetchFailed. */
  async next(): Promise<ReadSample | undefined> {
    for (;;) {
      const reader = this.#choose();
      const sample = reader?.next;
      if (reader && sample) {
        reader.skip();
        return { reader, sample };
      }
      if (this.#nextRoot === undefined) return undefined;
      const at = this.#nextRoot;
      this.#nextRoot = undefined;
      this.#sawMedia = false;
      await this.#walk(at);
    }
  }

  /** `mov_find_next_sample` of FFmpeg: the one that lies first, unless it is a second ahead of the other. */
  #choose(): TrackReader | undefined {
    let chosen: { readonly reader: TrackReader; readonly sample: Sample } | undefined;
    for (const reader of this.#tracks) {
      const sample = reader.next;
      if (!sample) continue;
      if (!chosen || this.#isBefore(sample, chosen.sample)) chosen = { reader, sample };
    }
    return chosen?.reader;
  }

  #isBefore(sample: Sample, other: Sample): boolean {
    const apartS = Math.abs(sample.decodeTimeS - other.decodeTimeS);
    const byTime = this.#reader.canSeek && apartS > INTERLEAVE_S;
    return byTime ? sample.decodeTimeS < other.decodeTimeS : sample.offset < other.offset;
  }

  async #walk(from: number, onMovie?: () => void): Promise<void> {
    let at = from;
    for (;;) {
      const box = await this.#header(at);
      if (!box) return;
      await this.#take(box, onMovie);
      at = box.end;
      if (!this.#movie || !this.#sawMedia || !LOOKS_UP.has(box.type)) continue;
      if (!this.#reader.canSeek || this.#indexed) {
        this.#nextRoot = at;
        return;
      }
    }
  }

  /** The header at `at`; undefined at the end of the file, or of what makes sense in it. */
  async #header(at: number): Promise<Box | undefined> {
    if (at >= (this.#reader.length ?? Number.POSITIVE_INFINITY) || !Number.isFinite(at)) return undefined;
    if (++this.#boxes > PLAYBACK_LIMITS.rootBoxes.value) throw new MediaError('bad_media', 'too many boxes');
    if (at === 0) checkFormat(await this.#reader.read(0, FORMAT_BYTES));
    let bytes = await this.#reader.read(at, at + 8);
    if (bytes.length < 8) return undefined;
    if (viewOf(bytes).getUint32(0) === 1) bytes = await this.#reader.read(at, at + 16);
    try {
      const header = readBoxHeader(bytes, 0);
      if (!header) return undefined;
      return { ...header, start: at, bodyStart: at + header.bodyStart, end: at + header.end };
    } catch (error) {
      // What follows the last box that is one is not looked at by players either.
      if (at > 0 && error instanceof MediaError) return undefined;
      throw error;
    }
  }

  async #take(box: Box, onMovie?: () => void): Promise<void> {
    if (box.type === 'mdat') {
      this.#sawMedia = true;
      if (!this.#movie) this.#checkHeaderFollows(box);
      return;
    }
    if (box.type === 'moov' && !this.#movie) {
      this.#setMovie(box, parseMovie(await this.#whole(box)));
      onMovie?.();
    }
    if (box.type === 'moof' && this.#movie) {
      this.#fragmentCount++;
      for (const { track, samples } of parseFragment(await this.#whole(box), box.start, this.#movie)) {
        this.#tracks.find((reader) => reader.track === track)?.add(samples);
      }
    }
    if (box.type === 'sidx') await this.#takeIndex(box);
  }

  #checkHeaderFollows(mdat: Box): void {
    this.#mediaFirst = true;
    if (mdat.end < (this.#reader.length ?? Number.POSITIVE_INFINITY)) return;
    throw new MediaError('bad_media', 'media fills it to the end, and no movie header came');
  }

  #setMovie(box: Box, movie: Movie): void {
    this.#movie = movie;
    this.#moovMs = this.#reader.nowMs;
    this.#moovBytes = box.end - box.start;
    this.#tracks = movie.tracks.filter(({ kind }) => kind !== 'other').map((track) => new TrackReader(track));
  }

  /** An index counts when it reaches to the end of the file, or to the old kind of index (`mfra`) that stands there. */
  async #takeIndex(box: Box): Promise<void> {
    const { length, canSeek } = this.#reader;
    if (this.#indexed || length === undefined) return;
    const { end, nested } = parseSegmentIndex(await this.#whole(box), box.end);
    if (nested) return;
    if (end !== length && canSeek && this.#trailerBytes === undefined) {
      // The last word of an `mfra` is its size. A player looks for it where it may be.
      const word = await this.#reader.read(length - 4, length);
      this.#trailerBytes = word.length === 4 ? word.readUInt32BE(0) : 0;
    }
    this.#indexed = end === length || end + (this.#trailerBytes ?? 0) === length;
  }

  async #whole(box: Box): Promise<Buffer> {
    const byteCount = box.end - box.start;
    if (byteCount > PLAYBACK_LIMITS.boxBytes.value) {
      throw new MediaError(
        'too_large',
        `the box ${box.type} has ${byteCount} bytes, more than the probe holds`,
      );
    }
    const bytes = await this.#reader.read(box.start, box.end);
    if (bytes.length < byteCount)
      throw new MediaError('bad_media', `it ends in the middle of its ${box.type}`);
    return bytes;
  }
}
