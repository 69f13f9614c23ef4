/** Plain uploads: `PUT /upload/<name>`, and `DELETE` of what is there. */
import type { PartialUploads } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import { decoded, type Exchange, sendError } from './send.ts';
import { sendCompleted, sendNotTaken, sendUnknownUpload } from './upload-answer.ts';
import type { UploadShelf } from './upload-shelf.ts';

/** File names, not paths: no slash, no leading dot. */
const NAME = /^[\w-][\w.-]{0,127}$/;

export interface PutOptions {
  readonly shelf: UploadShelf;
  readonly partials: PartialUploads;
  readonly bytesMax: number;
  readonly processing: Processing;
}

/**
 * Answers 201 with `{id, bytes, sha256, status_url, play_url}`; 400 for a name that is none, 413 past `bytesMax`, 507
 * when the disk takes no more. `name` is the raw path segment. What does not arrive whole leaves nothing behind.
 */
export async function putUpload(
  exchange: Exchange,
  base: string,
  name: string,
  { shelf, partials, bytesMax, processing }: PutOptions,
): Promise<void> {
  const { request, response } = exchange;
  const fileName = decoded(name);
  if (!NAME.test(fileName)) {
    sendError(
      response,
      400,
      'bad_name',
      'The name must be letters, digits, dots, dashes and underscores, such as clip.mp4.',
    );
    return;
  }
  const announced = request.headers['content-length'];
  const length = announced === undefined ? undefined : Number(announced);
  if (length !== undefined && length > bytesMax)
    return sendNotTaken(exchange, { kind: 'too_much', of: 'upload', bytesMax });
  const upload = await partials.create(length, request.headers['content-type'], processing);
  const appended = await partials.append(upload, exchange);
  if (appended.kind !== 'whole') {
    await partials.remove(upload);
    return sendNotTaken(exchange, appended);
  }
  await partials.complete(upload, exchange);
  shelf.name(upload.id, `upload/${fileName}`);
  // What can be deleted again; where it plays is in the answer.
  response.setHeader('location', `${base}/upload/${upload.id}`);
  sendCompleted(exchange, base, 201, upload);
}

/** Deletes an upload by its id, however it was made, or the newest one that was PUT under a name. */
export async function deleteUpload(exchange: Exchange, shelf: UploadShelf, idOrName: string): Promise<void> {
  const name = decoded(idOrName);
  const id = shelf.idOf(name) ?? shelf.idOf(`upload/${name}`);
  if (id === undefined) return sendUnknownUpload(exchange);
  await shelf.remove(id);
  exchange.response.writeHead(204).end();
}
