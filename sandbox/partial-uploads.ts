/** Uploads that come in several requests: what is there of each, appended to request by request, never taken back. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { sleep } from './clock.ts';
import { refusedAtBytes } from './injected.ts';
import type { UploadLocks } from './locks.ts';
import type { Processing } from './processing.ts';
import type { Exchange } from './send.ts';
import type { UploadShelf } from './upload-shelf.ts';
import { writeAll } from './write-all.ts';

export interface PartialUpload {
  readonly id: string;
  /** Bytes that are stored, and will not be asked for again. */
  readonly offset: number;
  /** Of all of it; undefined until the client has said so. */
  length: number | undefined;
  /** The client said that this was all; nothing can be appended any more. */
  readonly isComplete: boolean;
  /** Hex, of all bytes; once it is complete. */
  readonly sha256: string | undefined;
}

/** How the body of a request ended. `refused` is what the query asked for. */
export type Appended = { readonly kind: 'whole' } | NotTaken;

export type NotTaken =
  | { readonly kind: 'broken_off' }
  | TooMuch
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'not_stored'; readonly code: string };

/** More than `bytesMax`, which the upload or this one request may have. */
export interface TooMuch {
  readonly kind: 'too_much';
  readonly of: 'upload' | 'request';
  readonly bytesMax: number;
}

export interface AppendOptions {
  /** Of this request; as many as the upload has room for when absent. */
  readonly bytesMax?: number | undefined;
  /** Which of the first `offset` bytes outlive a request that ends there but does not end the upload; all when absent. */
  keeps?(offset: number): number;
  /** The offset after each piece that was stored. */
  onProgress?(offset: number): void;
}

interface State extends PartialUpload {
  offset: number;
  isComplete: boolean;
  sha256: string | undefined;
  hash: Hash;
  /** The request that is being stored: a second one ends it. */
  writing: { readonly request: IncomingMessage; readonly ended: Promise<unknown> } | undefined;
  /** One for all requests that say that this was all: what is committed is committed once. */
  committing: Promise<void> | undefined;
}

export class PartialUploads {
  readonly #shelf: UploadShelf;
  readonly #bytesMax: number;
  readonly #locks: UploadLocks;
  readonly #uploads = new Map<string, State>();

  constructor(shelf: UploadShelf, bytesMax: number, locks: UploadLocks) {
    this.#shelf = shelf;
    this.#bytesMax = bytesMax;
    this.#locks = locks;
  }

  /** An upload of no bytes yet, with its place on the shelf. */
  async create(
    length: number | undefined,
    contentType: string | undefined,
    processing: Processing,
  ): Promise<PartialUpload> {
    const id = this.#shelf.newId();
    await this.#shelf.reserve(id, length, contentType, processing);
    // What the shelf has let go of is no upload any more.
    for (const known of this.#uploads.keys()) {
      if (this.#shelf.idOf(known) === undefined) this.#uploads.delete(known);
    }
    const state: State = {
      id,
      offset: 0,
      length,
      isComplete: false,
      sha256: undefined,
      hash: createHash('sha256'),
      writing: undefined,
      committing: undefined,
    };
    this.#uploads.set(id, state);
    return state;
  }

  /**
   * The upload as it stands, once a request that is still under way for it has been ended: its client takes it for lost.
   * `locked` for a while after a request broke off, where the query asked for that.
   */
  async find(id: string): Promise<PartialUpload | 'locked' | undefined> {
    const state = this.#shelf.status(id) ? this.#uploads.get(id) : undefined;
    if (!state) return undefined;
    if (this.#locks.isHeld(id)) return 'locked';
    state.writing?.request.destroy(new Error('Another request came for this upload.'));
    await state.writing?.ended;
    return this.#locks.isHeld(id) ? 'locked' : state;
  }

  /** Stores the body of a request, from the offset on; with `length` known, not a byte more than that. */
  async append(upload: PartialUpload, exchange: Exchange, options: AppendOptions = {}): Promise<Appended> {
    const state = this.#state(upload);
    const { request, injected } = exchange;
    // Of two requests that waited for the same one to end, the later is dropped.
    if (state.writing) return { kind: 'broken_off' };
    const ended = this.#store(state, exchange, options).catch(
      (error: NodeJS.ErrnoException): Appended =>
        request.destroyed && !request.complete
          ? { kind: 'broken_off' }
          : { kind: 'not_stored', code: error.code ?? error.message },
    );
    state.writing = { request, ended };
    const appended = await ended;
    state.writing = undefined;
    if (appended.kind === 'broken_off') this.#locks.hold(state.id, injected.lockedMs);
    if (appended.kind === 'refused' && isGone(appended.status)) await this.remove(state);
    return appended;
  }

  /** The client says that this was all: hands the upload over to be processed, after the injected delay of whoever said so first. */
  complete(upload: PartialUpload, exchange: Exchange): Promise<void> {
    const state = this.#state(upload);
    state.committing ??= this.#commit(state, exchange);
    return state.committing;
  }

  /** Forgets the upload, whole or not, with its file. */
  async remove({ id }: PartialUpload): Promise<void> {
    this.#uploads.delete(id);
    await this.#shelf.remove(id);
  }

  /** An upload that was removed meanwhile goes on in a state that nobody finds. */
  #state(upload: PartialUpload): State {
    return upload as State;
  }

  async #commit(state: State, { injected, clock, signal }: Exchange): Promise<void> {
    // So that nothing is appended meanwhile.
    state.length = state.offset;
    await sleep(injected.commitMs, clock, signal);
    state.isComplete = true;
    state.sha256 = state.hash.digest('hex');
    this.#shelf.finish(state.id, state.offset, state.sha256);
  }

  async #store(state: State, exchange: Exchange, options: AppendOptions): Promise<Appended> {
    const { request } = exchange;
    const { keeps = (offset) => offset, bytesMax: requestMax = Number.POSITIVE_INFINITY } = options;
    const start = state.offset;
    const uploadEnd = Math.min(state.length ?? this.#bytesMax, this.#bytesMax);
    const refusedAt = this.#refusedAt(state, exchange);
    const refused: Appended = { kind: 'refused', status: exchange.injected.refuse?.status ?? 0 };
    await using file = await open(this.#shelf.path(state.id), constants.O_RDWR | constants.O_CREAT);
    const tail = new Tail(state, file, keeps);
    try {
      if (state.offset >= refusedAt) return refused;
      // The request must outlive an early end of this loop: the answer goes over the same socket.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const end = state.offset + chunk.length;
        if (end > uploadEnd) return { kind: 'too_much', of: 'upload', bytesMax: uploadEnd };
        if (end - start > requestMax) return { kind: 'too_much', of: 'request', bytesMax: requestMax };
        await tail.write(chunk);
        options.onProgress?.(state.offset);
        if (state.offset >= refusedAt) return refused;
      }
      return { kind: 'whole' };
    } finally {
      if (state.offset !== state.length) await tail.rollBack();
    }
  }

  /** Where the query wants the upload refused. Of a length that nobody has told it is as large as this request makes it, or may be. */
  #refusedAt({ length, offset }: State, { request, injected }: Exchange): number {
    const announced = request.headers['content-length'];
    const total = length ?? (announced === undefined ? this.#bytesMax : offset + Number(announced));
    return refusedAtBytes(injected, total);
  }
}

/** What was written since the last byte that outlives the request. */
class Tail {
  readonly #state: State;
  readonly #file: FileHandle;
  readonly #keeps: (offset: number) => number;
  #kept: { readonly offset: number; readonly hash: Hash };

  constructor(state: State, file: FileHandle, keeps: (offset: number) => number) {
    this.#state = state;
    this.#file = file;
    this.#keeps = keeps;
    this.#kept = { offset: state.offset, hash: state.hash.copy() };
  }

  async write(chunk: Buffer): Promise<void> {
    const state = this.#state;
    await writeAll(this.#file, chunk, state.offset);
    const kept = Math.max(0, this.#keeps(state.offset + chunk.length) - state.offset);
    if (kept > 0) {
      state.hash.update(chunk.subarray(0, kept));
      this.#kept = { offset: state.offset + kept, hash: state.hash.copy() };
    }
    state.hash.update(chunk.subarray(kept));
    state.offset += chunk.length;
  }

  async rollBack(): Promise<void> {
    if (this.#state.offset === this.#kept.offset) return;
    await this.#file.truncate(this.#kept.offset);
    this.#state.offset = this.#kept.offset;
    this.#state.hash = this.#kept.hash;
  }
}

/** An upload that a service calls gone is gone. */
export function isGone(status: number): boolean {
  return status === 404 || status === 410;
}
