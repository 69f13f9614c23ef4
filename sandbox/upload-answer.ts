/** What every way to upload answers when the upload is whole, and to what did not become one. */
import type { NotTaken, PartialUpload, PartialUploads } from './partial-uploads.ts';
import { type Exchange, sendError, sendJson } from './send.ts';

/** An upload that is whole: `{id, bytes, sha256, status_url, play_url}`, at the host that the client used. */
export function sendCompleted(
  { response }: Exchange,
  base: string,
  status: number,
  { id, offset, sha256 }: PartialUpload,
): void {
  const urls = { status_url: `${base}/status/${id}`, play_url: `${base}/play/${id}` };
  sendJson(response, status, { id, bytes: offset, sha256, ...urls });
}

/** The upload that a request is for; undefined once it is answered: there is none, it is locked, or it is deleted as asked. */
export async function uploadFor(
  exchange: Exchange,
  partials: PartialUploads,
  id: string,
): Promise<PartialUpload | undefined> {
  const upload = await partials.find(id);
  if (upload === undefined) sendUnknownUpload(exchange);
  else if (upload === 'locked') sendLocked(exchange);
  else if (exchange.request.method !== 'DELETE') return upload;
  else {
    await partials.remove(upload);
    exchange.response.writeHead(204).end();
  }
  return undefined;
}

/** Answers a body that was not taken. */
export function sendNotTaken({ response }: Exchange, appended: NotTaken): void {
  switch (appended.kind) {
    case 'too_much': {
      const what = appended.of === 'upload' ? 'The upload' : 'A request';
      sendError(response, 413, 'too_large', `${what} may have ${appended.bytesMax} bytes.`);
      break;
    }
    case 'refused':
      sendError(response, appended.status, 'injected', 'The request asked for this answer.');
      break;
    case 'not_stored':
      sendError(response, 507, 'not_stored', `The upload could not be written to disk (${appended.code}).`);
      break;
    case 'broken_off':
      response.destroy();
  }
}

/** Code and message. */
export const UNKNOWN_UPLOAD = [
  'not_found',
  'There is no such upload, or it was deleted to make room.',
] as const;

export function sendUnknownUpload({ response }: Exchange): void {
  sendError(response, 404, ...UNKNOWN_UPLOAD);
}

export function sendLocked({ response }: Exchange): void {
  sendError(response, 423, 'locked', 'An earlier request for this upload has not been given up yet.');
}
