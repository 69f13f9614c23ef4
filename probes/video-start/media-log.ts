/**
 * What Chromium's media pipelines tell about themselves through the DevTools protocol: codecs, errors, when they were up, why they
 * ran dry. A page may have several; times are kept on the clock of the protocol and told on that of the page.
 */
import type { CDPSession } from 'playwright-core';
import { VIDEO_START_LIMITS } from './limits.ts';

export type StallCause = 'network' | 'host';

export interface MediaFacts {
  /** As ffmpeg names it: `h264`, `vp9`, `av1`, `hevc`. */
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  readonly videoDecoder?: string;
  /** `true`: decoded by hardware. */
  readonly platformDecoder?: string;
  /** Of the whole file, as its header says. */
  readonly bitsPerSecond?: number;
  /** A video track was found and left aside, since nothing here decodes its codec. */
  readonly unsupportedCodec?: string;
  /** `DEMUXER_ERROR_COULD_NOT_OPEN`, …; the first one is the cause. */
  readonly error?: string;
  /** When decoders and renderers were up: what is left is to decode and to present. */
  readonly playingAtMs?: number;
  /** When its buffers ran dry, and why. `network`: the demuxer had nothing. `host`: the decoder was too slow. */
  readonly underflows: readonly { readonly atMs: number; readonly cause: StallCause }[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Pipeline extends Mutable<Omit<MediaFacts, 'underflows'>> {
  /** What it was told to load. */
  url?: string;
  underflows: { atMs: number; cause: StallCause }[];
}

const NOTHING: MediaFacts = { underflows: [] };

const SAME_MS = 100;
const CODECS = { kVideoTracks: 'videoCodec', kAudioTracks: 'audioCodec' } as const;

export class MediaLog {
  readonly #pipelines = new Map<string, Pipeline>();

  async attach(devtools: CDPSession): Promise<void> {
    devtools.on('Media.playerPropertiesChanged', ({ playerId, properties }) => {
      for (const { name, value } of properties) this.property(playerId, name, value);
    });
    devtools.on('Media.playerEventsAdded', ({ playerId, events }) => {
      for (const { timestamp, value } of events) this.event(playerId, timestamp, value);
    });
    devtools.on('Media.playerMessagesLogged', ({ playerId, messages }) => {
      for (const { message } of messages) this.message(playerId, message);
    });
    devtools.on('Media.playerErrorsRaised', ({ playerId, errors }) => {
      for (const { errorType } of errors) this.error(playerId, errorType);
    });
    await devtools.send('Media.enable');
  }

  /**
   * Of the player that loaded `source`, else of the last one that knows its media. `originS`: the protocol's monotonic seconds at the
   * zero of the page's clock.
   */
  facts(originS: number, source?: string): MediaFacts {
    const all = [...this.#pipelines.values()];
    const telling = all.filter(tells);
    const pipeline =
      all.findLast(({ url }) => url !== undefined && url === source) ?? telling.at(-1) ?? all.at(-1);
    if (!pipeline) return NOTHING;
    const { url: _url, playingAtMs, underflows, ...facts } = pipeline;
    const moved = (atMs: number): number => atMs - originS * 1000;
    return {
      ...facts,
      ...(playingAtMs === undefined ? {} : { playingAtMs: moved(playingAtMs) }),
      underflows: underflows.map(({ atMs, cause }) => ({ atMs: moved(atMs), cause })),
    };
  }

  /** Whether any said what was the matter with the media, or that it found a video track in order. */
  get tellsCause(): boolean {
    return [...this.#pipelines.values()].some(tells);
  }

  /** Whether any was up. */
  get hasPlayed(): boolean {
    return [...this.#pipelines.values()].some(({ playingAtMs }) => playingAtMs !== undefined);
  }

  property(playerId: string, name: string, value: string): void {
    const pipeline = this.#of(playerId);
    if (name === 'kVideoDecoderName') pipeline.videoDecoder = value;
    if (name === 'kIsPlatformVideoDecoder') pipeline.platformDecoder = value;
    if (name === 'kBitrate' && Number(value) > 0) pipeline.bitsPerSecond = Number(value);
    if (name !== 'kVideoTracks' && name !== 'kAudioTracks') return;
    const codec = codecOf(value);
    if (codec !== undefined) pipeline[CODECS[name]] = codec;
  }

  /** `value`: JSON. Buffers are empty at the start too; a reason is given only where they ran dry later. */
  event(playerId: string, timestampS: number, value: string): void {
    const pipeline = this.#of(playerId);
    const url = /"event":"kLoad","url":"([^"]*)"/.exec(value)?.[1];
    if (url !== undefined) pipeline.url = url;
    if (value.includes('"pipeline_state":"kPlaying"')) pipeline.playingAtMs ??= timestampS * 1000;
    // Where one stream alone ran dry the pipeline at times tells nothing of its own.
    const reason = /"(?:pipeline|video|audio)_buffering_state":\{[^}]*"reason":"(\w+)_UNDERFLOW"/.exec(
      value,
    )?.[1];
    if (reason === undefined || pipeline.underflows.length >= VIDEO_START_LIMITS.stalls.value) return;
    const cause = reason === 'DEMUXER' ? 'network' : reason === 'DECODER' ? 'host' : undefined;
    if (!cause || isSame(pipeline.underflows.at(-1), timestampS * 1000, cause)) return;
    pipeline.underflows.push({ atMs: timestampS * 1000, cause });
  }

  message(playerId: string, text: string): void {
    const codec =
      /failed to create a valid\/supported video decoder configuration.*?config: ?codec: (\w+)/.exec(
        text,
      )?.[1];
    if (codec) this.#of(playerId).unsupportedCodec ??= codec;
  }

  /** e.g. `PipelineStatus::DEMUXER_ERROR_NO_SUPPORTED_STREAMS`. */
  error(playerId: string, errorType: string): void {
    this.#of(playerId).error ??= errorType.split('::').at(-1) ?? errorType;
  }

  #of(playerId: string): Pipeline {
    const known = this.#pipelines.get(playerId);
    if (known) return known;
    const made: Pipeline = { underflows: [] };
    if (this.#pipelines.size < VIDEO_START_LIMITS.videos.value) this.#pipelines.set(playerId, made);
    return made;
  }
}

/** Picture, sound and the pipeline as a whole tell of the same moment one after the other. */
function isSame(last: Pipeline['underflows'][number] | undefined, atMs: number, cause: StallCause): boolean {
  return last !== undefined && last.cause === cause && atMs - last.atMs < SAME_MS;
}

function tells({ error, unsupportedCodec, videoCodec }: Pipeline): boolean {
  return error !== undefined || unsupportedCodec !== undefined || videoCodec !== undefined;
}

function codecOf(tracks: string): string | undefined {
  try {
    const [track] = JSON.parse(tracks) as readonly { readonly codec?: unknown }[];
    return typeof track?.codec === 'string' ? track.codec : undefined;
  } catch {
    return undefined;
  }
}
