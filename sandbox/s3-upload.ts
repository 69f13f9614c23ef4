/** The S3 API by s3rver, below /s3/: its objects are uploads like others, found by the name `s3/BUCKET/KEY`. */
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type S3rver from 's3rver';
import { sleep, systemClock } from './clock.ts';
import type { Processing } from './processing.ts';
import type { Route } from './route.ts';
import { MultipartUploads } from './s3-multipart.ts';
import { wrongSignature } from './s3-signature.ts';
import { decoded, type Exchange, integerOf } from './send.ts';
import { sendNotTaken } from './upload-answer.ts';
import type { UploadShelf } from './upload-shelf.ts';

export interface S3Options {
  readonly shelf: UploadShelf;
  /** Emptied at the start. */
  readonly directory: string;
  readonly bytesMax: number;
  readonly processing: Processing;
}

/** Of the errors that are not those of a signature. */
const STATUSES = {
  InvalidURI: 400,
  InvalidArgument: 400,
  NoSuchUpload: 404,
  MissingContentLength: 411,
  NotImplemented: 501,
} as const;
type S3Code = keyof typeof STATUSES;

const MOUNT = '/s3';
const BUCKET = 'videos';
/** How s3rver leaves what it says that it stored: not on disk yet. Looked at so often, for so long. */
const FLUSH_POLL_MS = 2;
const FLUSH_MS = 5000;

/** Loads s3rver, which only tests install, and makes the bucket; the route serves it. */
export async function s3Route({ shelf, directory, bytesMax, processing }: S3Options): Promise<Route> {
  const { default: Server } = await import('s3rver');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const configureBuckets = [{ name: BUCKET, configs: [] }];
  const server = new Server({ directory, silent: true, vhostBuckets: false, configureBuckets });
  await server.configureBuckets();
  publishObjects(server.store, shelf, processing);
  const multipart = new MultipartUploads({ store: server.store, shelf, bytesMax, processing });
  const handle = server.getMiddleware();
  return {
    pattern: /^\/s3\/(.*)$/,
    methods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    about: `S3, with the bucket ${BUCKET}; an object is found as /status/s3/BUCKET/KEY too.`,
    answer: async (exchange, _base, path) => {
      const { request } = exchange;
      const wrong = (await wrongSignature(request, exchange.url, Date.now())) ?? wrongWith(exchange, path);
      if (wrong !== undefined) return sendS3Error(exchange, wrong);
      const bytes = integerOf(request.headers['content-length']) ?? 0;
      if (bytes > bytesMax) return sendNotTaken(exchange, { kind: 'too_much', of: 'upload', bytesMax });
      if (await answerUpload(exchange, multipart, bytes)) return;
      const { url = '' } = request;
      Object.assign(request, { url: url.slice(MOUNT.length), baseUrl: MOUNT });
      await handle(request, exchange.response);
      request.url = url;
    },
  };
}

/** What s3rver would take and cannot bound, in the words of S3. */
function wrongWith({ request: { headers }, url }: Exchange, path: string): S3Code | undefined {
  // s3rver joins keys to its folder as they are, and arguments that come twice.
  if (/(^|[/\\])\.{1,2}([/\\]|$)/.test(decoded(path))) return 'InvalidURI';
  if (['uploadId', 'partNumber'].some((name) => url.searchParams.getAll(name).length > 1))
    return 'InvalidArgument';
  if (headers['transfer-encoding'] !== undefined) return 'MissingContentLength';
  return headers['x-amz-copy-source'] === undefined ? undefined : 'NotImplemented';
}

/** Answers what concerns an upload in parts and is not for s3rver: true when that is all. */
async function answerUpload(
  exchange: Exchange,
  multipart: MultipartUploads,
  bytes: number,
): Promise<boolean> {
  const { request, response, url } = exchange;
  const uploadId = url.searchParams.get('uploadId');
  if (uploadId === null) return false;
  if (!multipart.isOpen(uploadId)) sendS3Error(exchange, 'NoSuchUpload');
  else if (request.method === 'DELETE') {
    // AbortMultipartUpload, which s3rver does not know.
    await multipart.close(uploadId);
    response.writeHead(204).end();
  } else if (request.method === 'PUT') {
    const wrong = await multipart.announce(uploadId, url.searchParams.get('partNumber') ?? '', bytes);
    if (wrong === undefined) return false;
    if (wrong === 'bad_part') sendS3Error(exchange, 'InvalidArgument');
    else sendNotTaken(exchange, wrong);
  } else return false;
  return true;
}

/** An object that is whole goes onto the shelf, and one that was deleted from it, before the client is told. */
function publishObjects(store: S3rver['store'], shelf: UploadShelf, processing: Processing): void {
  const nameOf = (bucket: string, key: string): string => `s3/${bucket}/${key}`;
  const { putObject, putPart, deleteObject } = store;
  store.putPart = async (bucket, uploadId, partNumber, content) => {
    const stored = await putPart.call(store, bucket, uploadId, partNumber, endingWhenCut(content));
    const file = join(store.getResourcePath(bucket, undefined, 'uploads'), uploadId, String(partNumber));
    await flushed(file, stored.size);
    if (isCut(content)) await rm(file, { force: true });
    return stored;
  };
  store.putObject = async (object) => {
    const { content } = object;
    if (content instanceof Readable) object.content = endingWhenCut(content);
    const stored = await putObject.call(store, object);
    const file = store.getResourcePath(object.bucket, object.key, 'object');
    await flushed(file, stored.size);
    const name = nameOf(object.bucket, object.key);
    if (isCut(content)) {
      await store.deleteObject(object.bucket, object.key);
      return stored;
    }
    const [id, earlier] = [shelf.newId(), shelf.idOf(name)];
    await shelf.reserve(id, stored.size, undefined, processing, name);
    await link(file, shelf.path(id));
    shelf.finish(id, stored.size);
    // The object of that key was written over, and its file with it.
    if (earlier !== undefined) await shelf.remove(earlier);
    return stored;
  };
  store.deleteObject = async (bucket, key) => {
    const id = shelf.idOf(nameOf(bucket, key));
    if (id !== undefined) await shelf.remove(id);
    else await deleteObject.call(store, bucket, key);
  };
  shelf.onRemoved.push(async (name) => {
    const [, bucket, key] = /^s3\/([^/]+)\/(.+)$/.exec(name) ?? [];
    if (bucket !== undefined && key !== undefined) await deleteObject.call(store, bucket, key);
  });
}

/** The same bytes, which end when the client leaves too: s3rver waits for an end, with the file open. */
function endingWhenCut(body: Readable): Readable {
  const copy = new PassThrough();
  if (body.destroyed) copy.end();
  else body.once('close', () => copy.end());
  return body.pipe(copy);
}

function isCut(body: unknown): boolean {
  return body instanceof Readable && !body.readableEnded;
}

/** Waits until a file has the size that it shall have. */
async function flushed(file: string, size: number): Promise<void> {
  const untilMs = systemClock.monotonicMs() + FLUSH_MS;
  while ((await stat(file)).size !== size) {
    if (systemClock.monotonicMs() > untilMs) throw new Error(`${file} does not grow to ${size} bytes.`);
    await sleep(FLUSH_POLL_MS, systemClock);
  }
}

/** An error as S3 words it. */
function sendS3Error({ response }: Exchange, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.writeHead(code in STATUSES ? STATUSES[code as S3Code] : 403, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
