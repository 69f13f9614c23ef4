/**
 * When the reading of a file has come so far that a player shows the first frame, and that its clock runs. Before anything
 * is decoded, Chromium's demuxer probes the streams: it wants a sample of each, and twenty-one of a picture whose frame rate the
 * movie header does not tell, which is that of fragments. A picture of the cover makes it read on to the end of the probe.
 */
import type { MovieFile, ReadSample, TrackReader } from './movie-file.ts';
import { AUDIO_PREROLL_S, decoderDelay, samplesNeeded, TWO_SECONDS } from './startup-model.ts';

/** `avformat_find_stream_info` of FFmpeg: how much of a stream of unknown frame rate is looked at. */
const PROBE_SAMPLES = 21;
const PROBE_BYTES = 5_000_000;
const PROBE_S = 60;

interface Progress {
  count: number;
  firstS: number;
  /** From the first sample to the end of the last one. */
  coveredS: number;
  lastS: number;
}

export class StartConditions {
  readonly #tracks: readonly TrackReader[];
  readonly #video: TrackReader | undefined;
  readonly #audio: TrackReader | undefined;
  readonly #progress = new Map<TrackReader, Progress>();
  readonly #toShow: number;
  readonly #toPlay: number;
  readonly #probesFrameRate: boolean;
  readonly #hasCover: boolean;
  #probedBytes = 0;
  #frameBytes = 0;
  #probed = false;
  firstFrameAtMs: number | undefined;
  playingAtMs: number | undefined;
  twoSecondsAtMs: number | undefined;

  constructor({ movie, tracks }: MovieFile) {
    this.#tracks = tracks;
    this.#video = tracks.find(({ track }) => track.kind === 'video');
    this.#audio = tracks.find(({ track }) => track.kind === 'audio');
    const delay = decoderDelay(this.#video?.track.codec, this.#video?.ahead() ?? []);
    const { toShow, toPlay } = samplesNeeded(delay);
    this.#toShow = toShow;
    this.#toPlay = toPlay;
    this.#hasCover = movie?.cover === true;
    this.#probesFrameRate = this.#video?.track.inHeader === false;
  }

  get isDone(): boolean {
    return this.playingAtMs !== undefined && this.twoSecondsAtMs !== undefined;
  }

  /** Of all samples that were read. */
  get bytes(): number {
    return this.#probedBytes;
  }

  /** Of the samples of the picture that the first frame needs by itself. */
  get frameBytes(): number {
    return this.#frameBytes;
  }

  /** Of sound and picture that are played: where they begin, on their own clocks. */
  get played(): readonly { readonly reader: TrackReader; readonly firstS: number }[] {
    return [this.#video, this.#audio]
      .filter((reader) => reader !== undefined)
      .map((reader) => ({ reader, firstS: this.#of(reader).firstS }));
  }

  /** Media that was read, in seconds of the picture. */
  get coveredS(): number {
    return this.#of(this.#video).coveredS;
  }

  /** Video samples that were read. */
  get videoCount(): number {
    return this.#of(this.#video).count;
  }

  /** A sample is there whole. */
  take({ reader, sample }: ReadSample, atMs: number): void {
    const progress = this.#of(reader);
    if (progress.count === 0) progress.firstS = sample.decodeTimeS;
    const lastsS = progress.count === 0 ? 0 : Math.max(0, sample.decodeTimeS - progress.lastS);
    progress.count++;
    progress.lastS = sample.decodeTimeS;
    progress.coveredS = sample.decodeTimeS - progress.firstS + lastsS;
    this.#progress.set(reader, progress);
    if (reader === this.#video && progress.count <= this.#toShow) this.#frameBytes += sample.bytes;
    this.#probedBytes += sample.bytes;
    this.#judge(atMs, false);
  }

  /** Nothing more comes: what there is must do. */
  end(atMs: number): void {
    this.#judge(atMs, true);
  }

  #judge(atMs: number, isEnd: boolean): void {
    this.#probed ||= isEnd || this.#isProbed();
    const { count } = this.#of(this.#video);
    if (!this.#probed || count === 0) return;
    if (count >= this.#toShow || isEnd) this.firstFrameAtMs ??= atMs;
    const hasSound = !this.#audio || this.#of(this.#audio).coveredS >= AUDIO_PREROLL_S;
    if ((count >= this.#toPlay && hasSound) || isEnd) this.playingAtMs ??= atMs;
    if (isEnd || this.played.every(({ reader }) => this.#of(reader).coveredS > TWO_SECONDS)) {
      this.twoSecondsAtMs ??= atMs;
    }
  }

  #isProbed(): boolean {
    if (this.#probedBytes >= PROBE_BYTES) return true;
    if (!this.#tracks.every((reader) => this.#of(reader).count > 0)) return false;
    const video = this.#of(this.#video);
    // The cover never turns out to have a frame rate, so it is looked for as far as the probe goes.
    if (this.#hasCover) return video.coveredS >= PROBE_S;
    return !this.#probesFrameRate || video.count >= PROBE_SAMPLES || video.coveredS >= PROBE_S;
  }

  #of(reader: TrackReader | undefined): Progress {
    const progress = reader && this.#progress.get(reader);
    return progress ?? { count: 0, firstS: 0, coveredS: 0, lastS: 0 };
  }
}
