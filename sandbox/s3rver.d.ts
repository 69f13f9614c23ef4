/** The little of s3rver (3.7) that the origin uses; the package has no types of its own. */
declare module 's3rver' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  import type { Readable } from 'node:stream';

  interface Stored {
    readonly size: number;
    readonly md5: string;
  }

  interface StoredObject {
    readonly bucket: string;
    readonly key: string;
    content: Readable | Buffer;
  }

  interface Part {
    readonly number: number;
  }

  interface Store {
    /** Of multipart uploads too, once they are completed. Resolves before the file is written to its end. */
    putObject(object: StoredObject): Promise<Stored>;
    putObjectMultipart(bucket: string, uploadId: string, parts: readonly Part[]): Promise<Stored>;
    initiateUpload(bucket: string, key: string, uploadId: string, metadata: unknown): Promise<void>;
    putPart(bucket: string, uploadId: string, partNumber: number, content: Readable): Promise<Stored>;
    deleteObject(bucket: string, key: string): Promise<void>;
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
  }

  class S3rver {
    constructor(options: {
      readonly directory: string;
      readonly silent: boolean;
      readonly vhostBuckets: boolean;
      readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
    });
    readonly store: Store;
    configureBuckets(): Promise<unknown>;
    getMiddleware(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }

  export = S3rver;
}
