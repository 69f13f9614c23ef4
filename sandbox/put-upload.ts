/** Plain uploads: `PUT /upload/<name>`, the body streamed to disk and hashed on the way. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Exchange, sendError, sendJson } from './send.ts';
import type { UploadShelf } from './upload-shelf.ts';

/** File names, not paths: no slash, no leading dot. */
const NAME = /^[\w-][\w.-]{0,127}$/;

/** How the body of an upload ended. */
type Received =
  | { readonly kind: 'whole'; readonly id: string; readonly bytes: number; readonly sha256: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'broken_off' }
  | { readonly kind: 'not_stored'; readonly code: string };

/**
 * Answers 201 with `{id, bytes, sha256, status_url, play_url}`; 400 for a name that is none, 413 past `bytesMax`, 507
 * when the disk takes no more. `name` is the raw path segment.
 */
export async function putUpload(
  exchange: Exchange,
  shelf: UploadShelf,
  base: string,
  name: string,
  bytesMax: number,
): Promise<void> {
  const { request, response } = exchange;
  if (!NAME.test(decoded(name))) {
    sendError(
      response,
      400,
      'bad_name',
      'The name must be letters, digits, dots, dashes and underscores, such as clip.mp4.',
    );
    return;
  }
  const announced = request.headers['content-length'];
  const received: Received =
    Number(announced ?? 0) > bytesMax
      ? { kind: 'too_large' }
      : await receive(request, shelf, announced, bytesMax);
  switch (received.kind) {
    case 'whole': {
      const { id, bytes, sha256 } = received;
      const urls = { status_url: `${base}/status/${id}`, play_url: `${base}/play/${id}` };
      response.setHeader('location', urls.play_url);
      return sendJson(response, 201, { id, bytes, sha256, ...urls });
    }
    case 'too_large':
      return sendError(response, 413, 'too_large', `An upload may have ${bytesMax} bytes.`);
    case 'not_stored':
      return sendError(
        response,
        507,
        'not_stored',
        `The upload could not be written to disk (${received.code}).`,
      );
    case 'broken_off':
      response.destroy();
  }
}

/** Stores the body under a fresh id; what does not arrive whole leaves nothing behind. */
async function receive(
  request: IncomingMessage,
  shelf: UploadShelf,
  announced: string | undefined,
  bytesMax: number,
): Promise<Received> {
  const id = shelf.newId();
  const expected = announced === undefined ? undefined : Number(announced);
  await shelf.reserve(id, expected, request.headers['content-type']);
  const received = await write(request, shelf.path(id), bytesMax).catch(
    (error: NodeJS.ErrnoException): Received => {
      return request.errored
        ? { kind: 'broken_off' }
        : { kind: 'not_stored', code: error.code ?? error.message };
    },
  );
  if (received.kind !== 'stored') {
    await shelf.remove(id);
    return received;
  }
  shelf.finish(id, received.bytes, received.sha256);
  return { kind: 'whole', id, bytes: received.bytes, sha256: received.sha256 };
}

async function write(
  request: IncomingMessage,
  path: string,
  bytesMax: number,
): Promise<{ kind: 'stored'; bytes: number; sha256: string } | { kind: 'too_large' }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await using file = await open(path, 'wx');
  // The request must outlive an early end of this loop: the answer goes over the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return { kind: 'too_large' };
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { kind: 'stored', bytes, sha256: hash.digest('hex') };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
