/** Resumable uploads: a real tus 1.0 server over the upload shelf. */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { refusedAtBytes } from './injected.ts';
import type { UploadLocks } from './locks.ts';
import { isGone } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import { type Exchange, sendError } from './send.ts';
import { sendLocked } from './upload-answer.ts';
import type { UploadLimits, UploadShelf } from './upload-shelf.ts';

/** The endpoint; a creation is a POST to it, with or without a slash at the end. */
export const TUS_PATH = '/files';

/** The methods of tus; the server's own GET would hand out an upload before it is ready. */
export const TUS_METHODS = ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'];

export interface TusOptions {
  readonly shelf: UploadShelf;
  readonly limits: UploadLimits;
  /** The absolute URL of an upload for the request that created it. */
  locationFor(url: URL, host: string, id: string): string;
  /** What the query of the creation asks for. */
  processingFor(url: URL): Processing;
  /** Waits as the query asks for, before the upload is answered whose last byte has come; no longer than the client stays. */
  commitDelay(url: URL, signal: AbortSignal): Promise<void>;
}

/**
 * A tus server whose uploads live on the shelf: created there, bounded by its limits (413 past `uploadBytes`), and
 * "processed" from the moment that the last byte has come.
 */
export function tusServer({ shelf, limits, locationFor, processingFor, commitDelay }: TusOptions): Server {
  const server = new Server({
    path: TUS_PATH,
    datastore: new FileStore({
      directory: shelf.directory,
      expirationPeriodInMilliseconds: limits.storedAgeMs,
    }),
    maxSize: limits.uploadBytes,
    namingFunction: () => shelf.newId(),
    generateUrl: (request, { host, id }) => locationFor(new URL(request.url), host, id),
    // By path alone, so that a query does not become part of the id; anything but an id is "not found".
    getFileIdFromRequest: (request) => idIn(new URL(request.url)),
    async onUploadCreate(request, upload) {
      const processing = processingFor(new URL(request.url));
      await shelf.reserve(upload.id, upload.size, upload.metadata?.filetype ?? undefined, processing);
      return {};
    },
    async onUploadFinish(request, upload) {
      await commitDelay(new URL(request.url), request.signal);
      shelf.finish(upload.id, upload.size ?? upload.offset);
      return {};
    },
  });
  server.on('POST_TERMINATE', (_request, _response, id) => void shelf.remove(id));
  return server;
}

/**
 * Answers a tus request. A refusal and a lock that the query asks for come before the tus server sees the request, so that a
 * PATCH that would reach the point of refusal is refused as a whole.
 */
export async function answerTus(
  exchange: Exchange,
  tus: Server,
  shelf: UploadShelf,
  locks: UploadLocks,
): Promise<void> {
  const { request, response, url, injected } = exchange;
  const id = idIn(url);
  if (id !== undefined && locks.isHeld(id) && request.method !== 'DELETE') {
    return sendLocked(exchange);
  }
  const total = id === undefined ? undefined : shelf.status(id)?.bytes;
  if (id !== undefined && total !== undefined && request.method === 'PATCH' && injected.refuse) {
    const { 'upload-offset': offset, 'content-length': length } = request.headers;
    // One that does not say how much it brings may bring the rest.
    const end = length === undefined ? total : Number(offset) + Number(length);
    if (end >= refusedAtBytes(injected, total)) {
      const { status } = injected.refuse;
      if (isGone(status)) await shelf.remove(id);
      return sendError(response, status, 'injected', 'The request asked for this answer.');
    }
  }
  response.once('close', () => {
    if (id !== undefined && !request.complete) locks.hold(id, injected.lockedMs);
  });
  await tus.handle(request, response);
}

function idIn({ pathname }: URL): string | undefined {
  return /^\/files\/([0-9a-f]{32})$/.exec(pathname)?.[1];
}
