/** Finds in a media segment, while it arrives, how much of it a player needs. */
import { BoxScanner } from './box-scanner.ts';
import { parseFragment } from './fragment.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';
import { type Movie, parseMovie } from './movie.ts';
import type { Sample } from './sample-table.ts';
import {
  coversPreroll,
  decoderDelay,
  type Need,
  needOf,
  type PlayedKind,
  type SampleSource,
  samplesNeeded,
  TWO_SECONDS,
  wholeNeed,
} from './startup-model.ts';

export interface SegmentReader {
  /** e.g. `avc1`; absent while it is not known. */
  readonly codec?: string | undefined;
  /** The next bytes. @throws MediaError when they break the format. */
  push(bytes: Uint8Array): void;
  /** Undefined while the bytes so far do not tell. */
  need(): Need | undefined;
  /** What is needed of a segment that has ended. @throws MediaError when it cannot be played. */
  finish(): Need;
}

const KEEP: ReadonlySet<string> = new Set(['moov', 'moof']);

/** Where a segment lies, and what it is for. */
interface SegmentPlace {
  /** Where in its file it begins: needs count from there. */
  readonly startAt: number;
  /** `audio`: of a rendition of sound alone. */
  readonly kind: PlayedKind;
}

/** The samples of a fragmented movie, fragment by fragment, as far as a start needs them. */
export class FragmentedMovie {
  readonly #movie: Movie;
  readonly #startAt: number;
  readonly #kind: PlayedKind;
  readonly #samples = new Map<number, Sample[]>();

  constructor(movie: Movie, { startAt = 0, kind = 'video' }: Partial<SegmentPlace> = {}) {
    this.#movie = movie;
    this.#startAt = startAt;
    this.#kind = kind;
  }

  /** A whole `moof` that begins at byte `start` of the file. @throws MediaError bad_media. */
  add(moof: Uint8Array, start: number): void {
    if (this.#coversTwoSeconds()) return;
    for (const { track, samples } of parseFragment(moof, start, this.#movie)) {
      const known = this.#samples.get(track.id) ?? [];
      const room = PLAYBACK_LIMITS.samples.value - known.length;
      for (const sample of samples.slice(0, room)) {
        known.push({ ...sample, offset: sample.offset - this.#startAt });
      }
      this.#samples.set(track.id, known);
    }
  }

  /** What the fragments so far leave open is absent, unless they are all there is: `isWhole`. */
  need(isWhole: boolean): Need | undefined {
    const sources: SampleSource[] = this.#movie.tracks.map(({ id, kind, codec }) => {
      return { kind, codec, samples: this.#samples.get(id) ?? [] };
    });
    const need = needOf(sources, this.#kind);
    if (!need || isWhole) return need;
    const video = sources.find(({ kind }) => kind === 'video');
    if (video && video.samples.length < samplesNeeded(decoderDelay(video.codec, video.samples)).toPlay) {
      return undefined;
    }
    const { playingBytes, twoSecondsBytes, ...start } = need;
    return {
      ...start,
      ...(playingBytes !== undefined && this.#hasPreroll() ? { playingBytes } : {}),
      ...(twoSecondsBytes !== undefined && this.#coversTwoSeconds() ? { twoSecondsBytes } : {}),
    };
  }

  #coversTwoSeconds(): boolean {
    const [firstS, lastS] = this.#span(this.#kind);
    return lastS - firstS > TWO_SECONDS;
  }

  #hasPreroll(): boolean {
    if (!this.#movie.tracks.some(({ kind }) => kind === 'audio')) return true;
    const [firstS, lastS] = this.#span('audio');
    return coversPreroll(firstS, lastS);
  }

  /** Decoding times of the first and the last sample of the first track of a kind; both 0 while there is none. */
  #span(kind: 'video' | 'audio'): readonly [number, number] {
    const track = this.#movie.tracks.find((candidate) => candidate.kind === kind);
    const samples = track && this.#samples.get(track.id);
    return [samples?.[0]?.decodeTimeS ?? 0, samples?.at(-1)?.decodeTimeS ?? 0];
  }
}

/** A segment of ISO BMFF fragments, with its movie header in an initialisation section or in front of them. */
export class FragmentReader implements SegmentReader {
  readonly #scanner: BoxScanner;
  readonly #place: Partial<SegmentPlace>;
  #movie: FragmentedMovie | undefined;
  #codec: string | undefined;

  constructor(movie: Movie | undefined, place: Partial<SegmentPlace> = {}) {
    this.#place = place;
    this.#scanner = new BoxScanner(KEEP, place.startAt);
    if (movie) this.#setMovie(movie);
  }

  get codec(): string | undefined {
    return this.#codec;
  }

  push(bytes: Uint8Array): void {
    for (const box of this.#scanner.push(bytes)) {
      if (box.type === 'moov' && box.bytes) this.#setMovie(parseMovie(box.bytes, this.#place.kind));
      if (box.type !== 'moof' || !box.bytes) continue;
      if (!this.#movie) throw new MediaError('bad_media', 'a fragment comes before any movie header');
      this.#movie.add(box.bytes, box.start);
    }
  }

  need(): Need | undefined {
    return this.#movie?.need(false);
  }

  finish(): Need {
    const need = this.#movie?.need(true);
    if (!need)
      throw new MediaError('bad_media', `the segment carries no ${this.#place.kind ?? 'video'} fragment`);
    return need;
  }

  #setMovie(movie: Movie): void {
    this.#movie = new FragmentedMovie(movie, this.#place);
    this.#codec = videoCodecOf(movie);
  }
}

/** The sample entry type of the first video track, e.g. `avc1`. */
export function videoCodecOf(movie: Movie): string | undefined {
  return movie.tracks.find((track) => track.kind === 'video')?.codec;
}

/** A segment that a player shows only once it is whole: encrypted, or appended whole. What is inside is looked at where it can be. */
export class WholeSegmentReader implements SegmentReader {
  readonly #inner: SegmentReader | undefined;
  #byteCount = 0;

  constructor(inner?: SegmentReader) {
    this.#inner = inner;
  }

  get codec(): string | undefined {
    return this.#inner?.codec;
  }

  push(bytes: Uint8Array): void {
    this.#byteCount += bytes.length;
    this.#inner?.push(bytes);
  }

  need(): undefined {
    return undefined;
  }

  finish(): Need {
    if (this.#byteCount === 0) throw new MediaError('bad_media', 'the segment is empty');
    const need = this.#inner?.finish();
    if (need && need.startBytes > this.#byteCount) throw cutOff(need.startBytes, this.#byteCount);
    return wholeNeed(this.#byteCount);
  }
}

function cutOff(needed: number, there: number): MediaError {
  return new MediaError(
    'bad_media',
    `it ends at byte ${there}, in the middle of the first frames, which end at byte ${needed}`,
  );
}
