/** Every way to upload to the reference origin: plain PUT, tus, the IETF draft, chunks and sessions by Content-Range, S3. */
import type { Server as TusServer } from '@tus/server';
import { ChunkedUploads } from './chunked-upload.ts';
import { IetfUploads } from './ietf-upload.ts';
import type { LimitValues, ORIGIN_LIMITS } from './limits.ts';
import type { UploadLocks } from './locks.ts';
import { PartialUploads } from './partial-uploads.ts';
import { type Processing, readProcessing } from './processing.ts';
import { deleteUpload, putUpload } from './put-upload.ts';
import type { Route } from './route.ts';
import { type Exchange, sendPreflight } from './send.ts';
import { SessionUploads } from './session-upload.ts';
import { answerTus, TUS_METHODS } from './tus-upload.ts';
import type { UploadShelf } from './upload-shelf.ts';

export interface UploadOptions {
  readonly shelf: UploadShelf;
  readonly locks: UploadLocks;
  readonly tus: TusServer;
  /** None unless the origin was asked for it. */
  readonly s3: Route | undefined;
  /** What becomes of an upload whose query does not say. */
  readonly processing: Processing;
  readonly limits: LimitValues<typeof ORIGIN_LIMITS>;
}

const IETF_METHODS = ['POST', 'PUT', 'HEAD', 'PATCH', 'DELETE'];

export function uploadRoutes({ shelf, locks, tus, s3, processing, limits }: UploadOptions): Route[] {
  const bytesMax = limits.uploadBytes;
  const partials = new PartialUploads(shelf, bytesMax, locks);
  const ietf = new IetfUploads({ partials, bytesMax, ageMaxMs: limits.storedAgeMs });
  const { chunkBytesMin, chunkBytesMax } = limits;
  const chunked = new ChunkedUploads({ partials, bytesMax, chunkBytesMin, chunkBytesMax });
  const sessions = new SessionUploads({ partials, bytesMax });
  const asked = ({ url }: Exchange): Processing => readProcessing(url.searchParams, processing);
  return [
    {
      pattern: /^\/files(?:\/.*)?$/,
      methods: TUS_METHODS,
      ownOptions: true,
      about: 'Resumable uploads by tus 1.0.',
      answer: (exchange) => answerTus(exchange, tus, shelf, locks),
    },
    {
      pattern: /^\/ietf\/$/,
      methods: [...IETF_METHODS.slice(0, 2), 'OPTIONS'],
      ownOptions: true,
      about: 'Resumable Uploads for HTTP (IETF draft, interop version 8): creation.',
      answer: async (exchange, base) => {
        if (exchange.request.method !== 'OPTIONS') return ietf.create(exchange, base, asked(exchange));
        ietf.announce(exchange);
        sendPreflight(exchange, IETF_METHODS);
      },
    },
    {
      pattern: /^\/ietf\/([0-9a-f]{32})$/,
      methods: IETF_METHODS.slice(2),
      about: 'An upload of the IETF draft.',
      answer: (exchange, base, id) => ietf.answer(exchange, base, id),
    },
    {
      pattern: /^\/chunked\/init$/,
      methods: ['POST'],
      about: 'Uploads in chunks, as by the Content Posting API of TikTok: announcement.',
      answer: (exchange, base) => chunked.create(exchange, base, asked(exchange)),
    },
    {
      pattern: /^\/chunked\/([0-9a-f]{32})$/,
      methods: ['PUT', 'DELETE'],
      about: 'The next chunk.',
      answer: (exchange, base, id) => chunked.answer(exchange, base, id),
    },
    {
      pattern: /^\/session\/$/,
      methods: ['POST'],
      about: 'Resumable upload sessions, as by the Data API of YouTube: opening.',
      answer: (exchange, base) => sessions.create(exchange, base, asked(exchange)),
    },
    {
      pattern: /^\/session\/([0-9a-f]{32})$/,
      methods: ['PUT', 'DELETE'],
      about: 'Bytes of a session, or the question what it holds.',
      answer: (exchange, base, id) => sessions.answer(exchange, base, id),
    },
    {
      pattern: /^\/upload\/(.+)$/,
      methods: ['PUT', 'DELETE'],
      about: 'Plain uploads: PUT /upload/NAME; DELETE by that name, or by the id of any upload.',
      answer: (exchange, base, name) =>
        exchange.request.method === 'DELETE'
          ? deleteUpload(exchange, shelf, name)
          : putUpload(exchange, base, name, { shelf, partials, bytesMax, processing: asked(exchange) }),
    },
    ...(s3 ? [s3] : []),
  ];
}
