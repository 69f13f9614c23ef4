/**
 * Fragmented MP4 through media source extensions: so much of it as is wanted ahead, the rest when the clip is on the screen. Sent into the
 * page as text, as video-start's recorder.
 */
import type { Recorder } from '../video-start/recorder.ts';
import type { readMovieHeader, wholeBoxes } from './fragmented-boxes.ts';

export interface FragmentedOptions {
  /** Media time to have before `lift`; what the last fragment of it has beyond that is there too. */
  readonly aheadMs: number;
  /** Where the header of the movie must end. */
  readonly headBytesMax: number;
}

export interface FragmentedSource {
  /** From now on as fast as it comes. */
  lift(): void;
  /** Stops what is under way. */
  destroy(): void;
}

interface FragmentedGlobals {
  readonly outriderFeed: {
    readonly wholeBoxes: typeof wholeBoxes;
    readonly readMovieHeader: typeof readMovieHeader;
  };
}

export function attachFragmented(
  recorder: Recorder,
  url: string,
  options: FragmentedOptions,
): FragmentedSource {
  const { outriderFeed } = globalThis as unknown as FragmentedGlobals;
  const { video } = recorder;
  const media = new MediaSource();
  const lifted = Promise.withResolvers<void>();
  let isLifted = false;
  let isStopped = false;
  let request = new AbortController();
  /** Bytes that were taken from responses. */
  let takenBytes = 0;
  let totalBytes = Number.POSITIVE_INFINITY;
  /** Bytes of the response that were taken from an earlier one. */
  let repeatedBytes = 0;

  /** Undefined when nothing is left to ask for, or it was refused. */
  async function open(): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined> {
    request = new AbortController();
    const { signal } = request;
    const range = takenBytes === 0 ? {} : { headers: { range: `bytes=${takenBytes}-` } };
    const response = await fetch(url, { signal, ...range });
    // Range not satisfiable (RFC 9110 §15.5.17): the last piece ended with the file.
    if (takenBytes > 0 && response.status === 416) return undefined;
    if (!response.ok) recorder.fail('media', 'status', `status ${response.status}`);
    const { headers, status } = response;
    if (status === 200) totalBytes = Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);
    // A server without ranges begins anew.
    repeatedBytes = status === 206 ? 0 : takenBytes;
    return response.ok ? response.body?.getReader() : undefined;
  }

  function addBuffer(moov: Uint8Array): SourceBuffer | undefined {
    const { isFragmented, codecs } = outriderFeed.readMovieHeader(moov);
    const type = `video/mp4; codecs="${codecs.join(',')}"`;
    if (!isFragmented) recorder.fail('media', 'not_fragmented', 'the movie header announces no fragments');
    else if (!MediaSource.isTypeSupported(type)) recorder.fail('media', 'no_decoder', type);
    else return media.addSourceBuffer(type);
    return undefined;
  }

  function append(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return new Promise((resolve, reject) => {
      buffer.onupdateend = () => resolve();
      buffer.onerror = () => reject(new Error('a fragment cannot be parsed'));
      buffer.appendBuffer(bytes);
    });
  }

  function hasEnough(): boolean {
    const { buffered } = video;
    return !isLifted && buffered.length > 0 && buffered.end(0) * 1000 >= options.aheadMs;
  }

  function joined(rest: Uint8Array, fresh: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(rest.length + fresh.length);
    bytes.set(rest);
    bytes.set(fresh, rest.length);
    return bytes;
  }

  async function run(): Promise<void> {
    await new Promise((resolve) => media.addEventListener('sourceopen', resolve, { once: true }));
    // The address alone would keep the media in memory.
    URL.revokeObjectURL(video.src);
    let buffer: SourceBuffer | undefined;
    let rest = new Uint8Array(0);
    let reader = await open();
    while (reader && !isStopped) {
      const { done, value } = await reader.read();
      if (done) break;
      const fresh = value.subarray(Math.min(repeatedBytes, value.length));
      repeatedBytes -= value.length - fresh.length;
      takenBytes += fresh.length;
      const bytes = joined(rest, fresh);
      const { length, moov } = outriderFeed.wholeBoxes(bytes);
      if (moov) buffer ??= addBuffer(moov);
      const hasHead = buffer !== undefined || (moov === undefined && bytes.length <= options.headBytesMax);
      if (!hasHead) break;
      rest = bytes.slice(buffer ? length : 0);
      if (buffer && length > 0) await append(buffer, bytes.slice(0, length));
      if (!buffer || !hasEnough()) continue;
      request.abort();
      if (takenBytes === totalBytes) break;
      await lifted.promise;
      reader = isStopped ? undefined : await open();
    }
    if (isStopped) return;
    request.abort();
    if (buffer) media.endOfStream();
    else {
      const { headBytesMax } = options;
      const where = takenBytes > headBytesMax ? `the first ${headBytesMax}` : `all of its ${takenBytes}`;
      recorder.fail('media', 'no_header', `no movie header in ${where} bytes`);
    }
  }

  video.src = URL.createObjectURL(media);
  run().catch((error: Error) => {
    // MediaError 3: decoding failed in data that was received (HTML, MEDIA_ERR_DECODE).
    if (!isStopped) recorder.fail('media', error.name === 'TypeError' ? 'network' : '3', error.message);
  });
  return {
    lift() {
      isLifted = true;
      lifted.resolve();
    },
    destroy() {
      isStopped = true;
      lifted.resolve();
      request.abort();
    },
  };
}
