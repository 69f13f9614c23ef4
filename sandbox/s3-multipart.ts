/** Uploads to S3 in parts: each is an upload on the shelf until it is completed, bounded in count, bytes and age as others are. */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type S3rver from 's3rver';
import type { TooMuch } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import type { UploadShelf } from './upload-shelf.ts';

export interface MultipartOptions {
  readonly store: S3rver['store'];
  readonly shelf: UploadShelf;
  readonly bytesMax: number;
  readonly processing: Processing;
}

/** What S3 takes; s3rver makes a file of whatever is said. */
const PART_NUMBER = /^(?:[1-9]\d{0,3}|10000)$/;

export class MultipartUploads {
  readonly #options: MultipartOptions;
  /** Of each upload the announced bytes by part number. */
  readonly #parts = new Map<string, Map<string, number>>();

  constructor(options: MultipartOptions) {
    const { store, shelf } = options;
    this.#options = options;
    shelf.onRemoved.push((name) => this.#forget(name));
    const { initiateUpload, putPart, putObjectMultipart } = store;
    store.initiateUpload = async (bucket, key, uploadId, metadata) => {
      await this.#open(bucket, uploadId);
      await initiateUpload.call(store, bucket, key, uploadId, metadata);
    };
    store.putPart = async (bucket, uploadId, partNumber, content) => {
      try {
        return await putPart.call(store, bucket, uploadId, partNumber, content);
      } finally {
        // s3rver makes the folder anew that went meanwhile.
        if (!this.isOpen(uploadId)) await this.#removeFolder(bucket, uploadId);
      }
    };
    store.putObjectMultipart = async (bucket, uploadId, parts) => {
      await this.#haveCome(bucket, uploadId, parts);
      const stored = await putObjectMultipart.call(store, bucket, uploadId, parts);
      await this.close(uploadId);
      return stored;
    };
  }

  isOpen(uploadId: string): boolean {
    return this.#parts.has(uploadId) && this.#options.shelf.status(uploadId) !== undefined;
  }

  /** Makes room for a part of so many bytes before it comes, in place of one of the same number; or says why there is none. */
  async announce(
    uploadId: string,
    partNumber: string,
    bytes: number,
  ): Promise<TooMuch | 'bad_part' | undefined> {
    const { shelf, bytesMax } = this.#options;
    const parts = this.#parts.get(uploadId);
    if (!parts || !PART_NUMBER.test(partNumber)) return 'bad_part';
    const others = [...parts].reduce((sum, [number, size]) => sum + (number === partNumber ? 0 : size), 0);
    if (others + bytes > bytesMax) return { kind: 'too_much', of: 'upload', bytesMax };
    parts.set(partNumber, bytes);
    await shelf.resize(uploadId, others + bytes);
    return undefined;
  }

  /** Completed or aborted: nothing of it stays. */
  close(uploadId: string): Promise<void> {
    return this.#options.shelf.remove(uploadId);
  }

  async #open(bucket: string, uploadId: string): Promise<void> {
    const { shelf, processing } = this.#options;
    this.#parts.set(uploadId, new Map());
    await shelf.reserve(uploadId, 0, undefined, processing, `s3-parts/${bucket}/${uploadId}`);
  }

  async #forget(name: string): Promise<void> {
    const [, bucket, uploadId] = /^s3-parts\/([^/]+)\/([0-9a-f]{32})$/.exec(name) ?? [];
    if (bucket === undefined || uploadId === undefined) return;
    this.#parts.delete(uploadId);
    await this.#removeFolder(bucket, uploadId);
  }

  /** s3rver would not outlive a part that is named and is not there. */
  async #haveCome(
    bucket: string,
    uploadId: string,
    parts: readonly { readonly number: number }[],
  ): Promise<void> {
    const files = parts.map(({ number }) => join(this.#folder(bucket, uploadId), String(number)));
    await Promise.all(files.map((file) => access(file))).catch(() => {
      const told = { status: 400, expose: true };
      throw Object.assign(new Error('One or more of the parts could not be found.'), told);
    });
  }

  async #removeFolder(bucket: string, uploadId: string): Promise<void> {
    await rm(this.#folder(bucket, uploadId), { recursive: true, force: true });
  }

  #folder(bucket: string, uploadId: string): string {
    return join(this.#options.store.getResourcePath(bucket, undefined, 'uploads'), uploadId);
  }
}
