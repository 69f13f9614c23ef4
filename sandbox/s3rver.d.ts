/** The little of s3rver (3.7) and its koa that the origin uses; the package has no types of its own. */
declare module 's3rver' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Context {
    readonly method: string;
    /** Decoded by nobody yet; without the mount path. */
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly status: number;
  }

  class S3rver {
    constructor(options: {
      readonly directory: string;
      readonly silent: boolean;
      readonly vhostBuckets: boolean;
      readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
    });
    /** Koa's: run in order, each around the next. */
    readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
    configureBuckets(): Promise<unknown>;
    getMiddleware(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }

  export = S3rver;
}
