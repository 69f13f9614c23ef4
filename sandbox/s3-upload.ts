/** The S3 API by s3rver, below /s3/: its objects are uploads like others, found by the name `s3/BUCKET/KEY`. */
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Processing } from './processing.ts';
import type { Route } from './route.ts';
import { sendError } from './send.ts';
import type { UploadShelf } from './upload-shelf.ts';

export interface S3Options {
  readonly shelf: UploadShelf;
  /** Emptied at the start. */
  readonly directory: string;
  readonly bytesMax: number;
  readonly processing: Processing;
}

export interface S3Uploads {
  route(): Route;
}

const MOUNT = '/s3';
const BUCKET = 'videos';

/** Loads s3rver, which only tests install, and makes the bucket. */
export async function startS3({ shelf, directory, bytesMax, processing }: S3Options): Promise<S3Uploads> {
  const { default: S3rver } = await import('s3rver');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const configureBuckets = [{ name: BUCKET, configs: [] }];
  const server = new S3rver({ directory, silent: true, vhostBuckets: false, configureBuckets });
  await server.configureBuckets();
  const files = (path: string) =>
    ['object', 'object.md5', 'metadata.json'].map((kind) => join(directory, `${path}._S3rver_${kind}`));

  /** An object that is whole goes onto the shelf, one that was deleted from it, before the client is told. */
  server.middleware.unshift(async (context, next) => {
    await next();
    const path = decodeURIComponent(context.path.slice(1));
    const isObject = path.includes('/') && !path.endsWith('/');
    const isWhole = context.method === 'PUT' ? !('uploadId' in context.query) : 'uploadId' in context.query;
    if (!isObject || context.status >= 300) return;
    if (context.method === 'DELETE' && !('uploadId' in context.query)) {
      const id = shelf.idOf(`s3/${path}`);
      if (id !== undefined) await shelf.remove(id);
    } else if ((context.method === 'PUT' || context.method === 'POST') && isWhole) {
      await publish(path);
    }
  });
  const publish = async (path: string): Promise<void> => {
    const [object = ''] = files(path);
    const { size } = await stat(object);
    const [id, earlier] = [shelf.newId(), shelf.idOf(`s3/${path}`)];
    await shelf.reserve(id, size, undefined, processing);
    await link(object, shelf.path(id));
    shelf.name(id, `s3/${path}`);
    shelf.finish(id, size);
    // The object of that key was written over, and its file with it.
    if (earlier !== undefined) await shelf.remove(earlier);
  };
  shelf.onRemoved = async (name) => {
    if (!name?.startsWith('s3/')) return;
    await Promise.all(files(name.slice('s3/'.length)).map((file) => rm(file, { force: true })));
  };

  const handle = server.getMiddleware();
  return {
    route: () => ({
      pattern: /^\/s3\/(.*)$/,
      methods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
      about: `S3, with the bucket ${BUCKET}; an object is found as /status/s3/BUCKET/KEY too.`,
      answer: async ({ request, response }, _base, path) => {
        if (Number(request.headers['content-length'] ?? 0) > bytesMax)
          return sendError(response, 413, 'too_large', `An upload may have ${bytesMax} bytes.`);
        // s3rver joins keys to its folder as they are.
        if (/(^|[/\\])\.{1,2}([/\\]|$)/.test(decodeURIComponent(path)))
          return sendError(response, 400, 'bad_name', 'A key may not have . or .. between slashes.');
        const { url = '' } = request;
        Object.assign(request, { url: url.slice(MOUNT.length), baseUrl: MOUNT });
        await handle(request, response);
        request.url = url;
      },
    }),
  };
}
