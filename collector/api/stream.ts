/**
 * Server-sent events (HTML Standard §9.2) for many readers of one source: each event is made once, as bytes, and a reader
 * that lags is cut off instead of held in memory.
 */
import { API_LIMITS } from './limits.ts';

const encoder = new TextEncoder();

/** One event as bytes. `data` is JSON and so holds no raw line break. */
export function encodeEvent(event: string, data: unknown): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** What keeps proxies and EventSource from giving up, and tells EventSource how soon to come back. */
const OPENING = encoder.encode('retry: 2000\n: outrider\n\n');

type Reader = ReadableStreamDefaultController<Uint8Array>;

export class EventHub {
  readonly #readers = new Set<Reader>();
  /** The newest event of each name that a new reader is to start with. */
  readonly #latest = new Map<string, Uint8Array>();
  readonly #onDemand: (isWanted: boolean) => void;
  #closed = false;
  /** Readers cut off because they lagged. */
  lagged = 0;

  /** `onDemand` is told when the first reader comes and when the last has gone. */
  constructor(onDemand: (isWanted: boolean) => void) {
    this.#onDemand = onDemand;
  }

  get size(): number {
    return this.#readers.size;
  }

  get full(): boolean {
    return this.#closed || this.#readers.size >= API_LIMITS.streams.value;
  }

  /** A further reader: a body for a `text/event-stream` response. Ends when the reader goes, lags, or the hub closes. */
  open(): ReadableStream<Uint8Array> {
    let reader: Reader | undefined;
    const strategy = new CountQueuingStrategy({ highWaterMark: API_LIMITS.streamBacklogEvents.value });
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = controller;
          controller.enqueue(OPENING);
          for (const event of this.#latest.values()) controller.enqueue(event);
          this.#readers.add(controller);
          if (this.#readers.size === 1) this.#onDemand(true);
        },
        cancel: () => {
          if (reader) this.#remove(reader);
        },
      },
      strategy,
    );
  }

  /** Sends an event to every reader; `keep` makes later readers start with it. */
  publish(event: string, data: unknown, options: { readonly keep: boolean }): void {
    const bytes = encodeEvent(event, data);
    if (options.keep) this.#latest.set(event, bytes);
    for (const reader of this.#readers) {
      if ((reader.desiredSize ?? 0) <= 0) {
        this.lagged += 1;
        this.#remove(reader);
        reader.close();
        continue;
      }
      reader.enqueue(bytes);
    }
  }

  /** Forgets what new readers would start with: it has grown old while nobody read. */
  forget(): void {
    this.#latest.clear();
  }

  /** Ends every stream and admits no more. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers]) {
      this.#remove(reader);
      reader.close();
    }
  }

  #remove(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#onDemand(false);
  }
}
