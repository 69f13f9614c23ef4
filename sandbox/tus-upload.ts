/** Resumable uploads: a real tus 1.0 server over the upload shelf. */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { UploadLimits, UploadShelf } from './upload-shelf.ts';

/** The endpoint; a creation is a POST to it, with or without a slash at the end. */
export const TUS_PATH = '/files';

/** The methods of tus; the server's own GET would hand out an upload before it is ready. */
export const TUS_METHODS = ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * A tus server whose uploads live on the shelf: created there, bounded by its limits (413 past `uploadBytes`), and
 * "processed" from the moment that the last byte has come.
 * `locationFor` gives the absolute URL of an upload for the request that created it.
 */
export function tusServer(
  shelf: UploadShelf,
  limits: UploadLimits,
  locationFor: (url: URL, host: string, id: string) => string,
): Server {
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
    getFileIdFromRequest: (request) => /^\/files\/([0-9a-f]{32})$/.exec(new URL(request.url).pathname)?.[1],
    async onUploadCreate(_request, upload) {
      await shelf.reserve(upload.id, upload.size, upload.metadata?.filetype ?? undefined);
      return {};
    },
    async onUploadFinish(_request, upload) {
      shelf.finish(upload.id, upload.size ?? upload.offset);
      return {};
    },
  });
  server.on('POST_TERMINATE', (_request, _response, id) => void shelf.remove(id));
  return server;
}
