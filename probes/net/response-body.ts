/** The body of one response as it arrives: iterated, collected or drained, once, and bounded in memory. */
import type { Failure } from '../outcome.ts';

export const BODY_LIMITS = {
  bufferBytes: {
    value: 256 * 1024,
    reason:
      'Two socket reads of the largest kind: enough that a reader who awaits between chunks never waits.',
    past: 'The socket is not read until the reader catches up; arrival times are then those of the reading.',
  },
} as const;

export interface BodyChunk {
  readonly bytes: Buffer;
  /** When it arrived, in the milliseconds of `clock.monotonicMs()`. */
  readonly atMs: number;
}

/** How a body ended. `byteCount` and `endMs` (last byte, or the failure) are there in every case. */
export type BodyEnd =
  | {
      readonly ok: true;
      /** False when the reader left before the end, which closes the connection. */
      readonly complete: boolean;
      readonly byteCount: number;
      readonly endMs: number;
    }
  | { readonly ok: false; readonly failure: Failure; readonly byteCount: number; readonly endMs: number };

/** What the body asks of the connection that it comes from. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The reader left early: nothing more is wanted. */
  abandon(): void;
}

/**
 * One reader only. Iteration never throws for what the peer did: it ends, and `end` says how. Leaving a `for await` early
 * closes the connection.
 */
export class ResponseBody implements AsyncIterable<BodyChunk> {
  /** Settles when the last byte arrived, the body failed, or the reader left. Never rejects. */
  readonly end: Promise<BodyEnd>;
  #settle: (end: BodyEnd) => void = () => undefined;
  #ended = false;
  #discarding = false;
  #queue: BodyChunk[] = [];
  #queuedBytes = 0;
  #paused = false;
  #wake: (() => void) | undefined;
  readonly #source: BodySource;

  constructor(source: BodySource) {
    this.#source = source;
    this.end = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** For the connection: a chunk arrived. */
  push(chunk: BodyChunk): void {
    if (this.#ended || this.#discarding) return;
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.bytes.length;
    if (this.#queuedBytes > BODY_LIMITS.bufferBytes.value && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wakeReader();
  }

  /** For the connection: nothing more will come. What was queued can still be read. */
  finish(end: BodyEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(end);
    this.#wakeReader();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BodyChunk, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk) yield chunk;
        else if (this.#ended) return;
        else await this.#arrival();
      }
    } finally {
      if (!this.#ended) this.#source.abandon();
    }
  }

  /** The whole body; on failure, what arrived of it. The request's `maxBodyBytes` bounds it. */
  async collect(): Promise<BodyEnd & { readonly bytes: Buffer }> {
    const chunks: Buffer[] = [];
    for await (const { bytes } of this) chunks.push(bytes);
    return { ...(await this.end), bytes: Buffer.concat(chunks) };
  }

  /** Reads to the end and keeps nothing. */
  drain(): Promise<BodyEnd> {
    this.#discarding = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#resumeSource();
    return this.end;
  }

  #take(): BodyChunk | undefined {
    const chunk = this.#queue.shift();
    if (!chunk) return undefined;
    this.#queuedBytes -= chunk.bytes.length;
    if (this.#queuedBytes === 0) this.#resumeSource();
    return chunk;
  }

  #resumeSource(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
