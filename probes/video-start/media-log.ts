/** What Chromium's media pipeline tells about itself through the DevTools protocol: codecs, errors, the reasons of stalls. */
import type { CDPSession } from 'playwright-core';

export interface MediaFacts {
  /** As ffmpeg names it: `h264`, `vp9`, `av1`, `hevc`. */
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  readonly videoDecoder?: string;
  /** A video track was found and left aside, since nothing here decodes its codec. */
  readonly unsupportedCodec?: string;
  /** `DEMUXER_ERROR_COULD_NOT_OPEN`, …; the first one is the cause. */
  readonly error?: string;
  /** `network`: the demuxer ran dry. `host`: the decoder did. */
  readonly stallCause?: 'network' | 'host';
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class MediaLog {
  readonly facts: Mutable<MediaFacts> = {};

  async attach(devtools: CDPSession): Promise<void> {
    devtools.on('Media.playerPropertiesChanged', ({ properties }) => {
      for (const { name, value } of properties) this.property(name, value);
    });
    devtools.on('Media.playerEventsAdded', ({ events }) => {
      for (const { value } of events) this.event(value);
    });
    devtools.on('Media.playerMessagesLogged', ({ messages }) => {
      for (const { message } of messages) this.message(message);
    });
    devtools.on('Media.playerErrorsRaised', ({ errors }) => {
      for (const { errorType } of errors) this.error(errorType);
    });
    await devtools.send('Media.enable');
  }

  /** Whether it said what was the matter with the media, or that it found a video track in order. */
  get tellsCause(): boolean {
    const { error, unsupportedCodec, videoCodec } = this.facts;
    return error !== undefined || unsupportedCodec !== undefined || videoCodec !== undefined;
  }

  property(name: string, value: string): void {
    if (name === 'kVideoDecoderName') this.facts.videoDecoder = value;
    const codec = name === 'kVideoTracks' || name === 'kAudioTracks' ? codecOf(value) : undefined;
    if (codec !== undefined && name === 'kVideoTracks') this.facts.videoCodec = codec;
    if (codec !== undefined && name === 'kAudioTracks') this.facts.audioCodec = codec;
  }

  /** `value`: JSON. Buffers are empty at the start too; a reason is given only where they ran dry later. */
  event(value: string): void {
    const reason = /"pipeline_buffering_state":\{[^}]*"reason":"(\w+)_UNDERFLOW"/.exec(value)?.[1];
    if (reason === 'DEMUXER') this.facts.stallCause ??= 'network';
    if (reason === 'DECODER') this.facts.stallCause ??= 'host';
  }

  message(text: string): void {
    const codec =
      /failed to create a valid\/supported video decoder configuration.*?config: ?codec: (\w+)/.exec(
        text,
      )?.[1];
    if (codec) this.facts.unsupportedCodec ??= codec;
  }

  /** e.g. `PipelineStatus::DEMUXER_ERROR_NO_SUPPORTED_STREAMS`. */
  error(errorType: string): void {
    this.facts.error ??= errorType.split('::').at(-1) ?? errorType;
  }
}

function codecOf(tracks: string): string | undefined {
  try {
    const [track] = JSON.parse(tracks) as readonly { readonly codec?: unknown }[];
    return typeof track?.codec === 'string' ? track.codec : undefined;
  } catch {
    return undefined;
  }
}
