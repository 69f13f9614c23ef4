/** What was uploaded: bounded in count, bytes and age, and "processed" into renditions for a while before it can be played. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { LimitValues, ORIGIN_LIMITS } from './limits.ts';
import type { Processing } from './processing.ts';

export type UploadLimits = Pick<
  LimitValues<typeof ORIGIN_LIMITS>,
  'uploadBytes' | 'storedUploads' | 'storedBytes' | 'storedAgeMs'
>;

/** Where an upload is: still coming in, being processed, playable in at least one rendition, or never to be played. */
export type UploadState = 'uploading' | 'processing' | 'ready' | 'failed';

export interface RenditionStatus {
  readonly name: string;
  readonly state: UploadState;
  /** Since when it can be played, on the shelf's clock; for `ready` ones. */
  readonly readyMs: number;
}

export interface UploadStatus {
  readonly id: string;
  readonly state: UploadState;
  /** Received; while uploading, what is reserved for it. */
  readonly bytes: number;
  /** Hex, of the bytes received; null until it has been computed. */
  readonly sha256: string | null;
  readonly contentType: string;
  readonly renditions: readonly RenditionStatus[];
  readonly processing: Processing;
}

interface Entry {
  bytes: number;
  contentType: string;
  /** By which it can be found too, such as the name in a URL. */
  name?: string;
  readonly processing: Processing;
  sha256: string | null;
  readonly createdMs: number;
  finishedMs: number | undefined;
}

export interface UploadShelfOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly limits: UploadLimits;
}

const ID = /^[0-9a-f]{32}$/;
/** Upload data, and the record that the tus file store keeps beside it. */
const STORED_FILE = /^[0-9a-f]{32}(\.json)?$/;

export class UploadShelf {
  readonly directory: string;
  readonly #options: UploadShelfOptions;
  /** In order of creation: the first is the oldest. */
  readonly #entries = new Map<string, Entry>();
  /** The newest upload of each name. */
  readonly #names = new Map<string, string>();
  /** Called with each name that has no upload any more, whoever let go of it. */
  readonly onRemoved: ((name: string) => Promise<void>)[] = [];
  #deleted = 0;

  private constructor(options: UploadShelfOptions) {
    this.directory = options.directory;
    this.#options = options;
  }

  /** Opens the shelf empty: uploads of an earlier process are deleted, nothing else in the folder is touched. */
  static async open(options: UploadShelfOptions): Promise<UploadShelf> {
    await mkdir(options.directory, { recursive: true });
    const left = (await readdir(options.directory)).filter((name) => STORED_FILE.test(name));
    await Promise.all(left.map((name) => rm(join(options.directory, name), { force: true })));
    return new UploadShelf(options);
  }

  /** A fresh id: 32 hex digits, not to be guessed. Ids of any other form are never looked up. */
  newId(): string {
    return randomBytes(16).toString('hex');
  }

  /**
   * Makes room for an upload, deleting the oldest others. `bytes` unknown: as many as one upload may have. With a `name` it is found
   * by that from now on, so that one of the same name that is deleted to make room does not take the name with it.
   */
  async reserve(
    id: string,
    bytes: number | undefined,
    contentType: string | undefined,
    processing: Processing,
    name?: string,
  ): Promise<void> {
    const { limits, clock } = this.#options;
    this.#entries.set(id, {
      bytes: bytes ?? limits.uploadBytes,
      contentType: safeType(contentType),
      processing,
      sha256: null,
      createdMs: clock.monotonicMs(),
      finishedMs: undefined,
    });
    if (name !== undefined) this.name(id, name);
    await this.#makeRoomFor(id);
  }

  /** An upload whose length nobody has told has grown, or is about to: makes room for that. */
  async resize(id: string, bytes: number): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.bytes = bytes;
    await this.#makeRoomFor(id);
  }

  /** The bytes are all there. Without `sha256` it is computed from the file, and the upload is not ready before. */
  finish(id: string, bytes: number, sha256?: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.bytes = bytes;
    entry.finishedMs = this.#options.clock.monotonicMs();
    entry.sha256 = sha256 ?? null;
    if (sha256 === undefined) void this.#hash(id, entry);
  }

  /** Lets an upload be found by a name; one of that name from before is found by its id alone from now on. */
  name(id: string, name: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.name = name;
    this.#names.set(name, id);
  }

  /** The id of an upload by its id or its name. */
  idOf(idOrName: string): string | undefined {
    return this.#entries.has(idOrName) ? idOrName : this.#names.get(idOrName);
  }

  /** Undefined for ids that never were, were deleted, or are none. */
  status(id: string): UploadStatus | undefined {
    const entry = ID.test(id) ? this.#entries.get(id) : undefined;
    if (!entry || this.#expired(entry)) return undefined;
    const { bytes, sha256, contentType, processing } = entry;
    const renditions = this.#renditions(entry);
    // Ready with the first of them; the states of the others are told one by one.
    const state = renditions.find((rendition) => rendition.state === 'ready')?.state ?? renditions[0]?.state;
    return { id, state: state ?? 'processing', bytes, sha256, contentType, renditions, processing };
  }

  /** The file of an upload. Only for ids from `newId`. */
  path(id: string): string {
    return join(this.directory, id);
  }

  /** Deletes one upload with its files. */
  async remove(id: string): Promise<void> {
    const name = this.#entries.get(id)?.name;
    this.#entries.delete(id);
    const isNewest = name !== undefined && this.#names.get(name) === id;
    if (isNewest) this.#names.delete(name);
    await Promise.all([
      rm(this.path(id), { force: true }),
      rm(`${this.path(id)}.json`, { force: true }),
      ...(isNewest ? this.onRemoved.map((listener) => listener(name)) : []),
    ]);
  }

  /** Deletes what is too old. */
  async sweep(): Promise<void> {
    for (const [id, entry] of this.#entries) {
      if (!this.#expired(entry)) return;
      await this.#delete(id);
    }
  }

  /** How much is held, and how many uploads were deleted to keep to the limits. */
  counts(): { readonly uploads: number; readonly bytes: number; readonly deleted: number } {
    return { uploads: this.#entries.size, bytes: this.#stored(), deleted: this.#deleted };
  }

  #renditions({ finishedMs, sha256, processing }: Entry): RenditionStatus[] {
    const nowMs = this.#options.clock.monotonicMs();
    const delays = Object.entries(processing.renditions);
    const firstMs = Math.min(...delays.map(([, delayMs]) => delayMs));
    return delays.map(([name, delayMs]) => {
      if (finishedMs === undefined) return { name, state: 'uploading', readyMs: Number.POSITIVE_INFINITY };
      const readyMs = finishedMs + (processing.fails ? firstMs : delayMs);
      const isDone = nowMs >= readyMs && sha256 !== null;
      return { name, state: !isDone ? 'processing' : processing.fails ? 'failed' : 'ready', readyMs };
    });
  }

  async #hash(id: string, entry: Entry): Promise<void> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(this.path(id))) hash.update(chunk as Buffer);
      entry.sha256 = hash.digest('hex');
    } catch {
      // Deleted in the meantime; one that cannot be read stays "processing", which is what it is.
    }
  }

  /** Keeps to the limits by deleting the oldest others. */
  async #makeRoomFor(newId: string): Promise<void> {
    const { limits } = this.#options;
    await this.sweep();
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= limits.storedUploads && this.#stored() <= limits.storedBytes) return;
      if (id !== newId) await this.#delete(id);
    }
  }

  #expired(entry: Entry): boolean {
    return this.#options.clock.monotonicMs() - entry.createdMs > this.#options.limits.storedAgeMs;
  }

  #stored(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  }

  async #delete(id: string): Promise<void> {
    this.#deleted += 1;
    await this.remove(id);
  }
}

/** What does not say what it is, is a video; what says that it is no media is handed out as mere bytes, never as a page. */
function safeType(contentType: string | undefined): string {
  if (contentType === undefined) return 'video/mp4';
  return /^(video|audio)\/[\w.+-]{1,60}$/.test(contentType) ? contentType : 'application/octet-stream';
}
