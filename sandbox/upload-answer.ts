/** What every way to upload answers when the upload is whole, and to what did not become one. */
import type { NotTaken, PartialUpload } from './partial-uploads.ts';
import { type Exchange, sendError, sendJson } from './send.ts';

/** An upload that is whole: `{id, bytes, sha256, status_url, play_url}`, at the host that the client used. */
export function sendUploaded(
  { response }: Exchange,
  base: string,
  status: number,
  { id, bytes, sha256 }: { readonly id: string; readonly bytes: number; readonly sha256: string | undefined },
): void {
  const urls = { status_url: `${base}/status/${id}`, play_url: `${base}/play/${id}` };
  sendJson(response, status, { id, bytes, sha256, ...urls });
}

/** An upload in several requests that is whole now. */
export function sendCompleted(exchange: Exchange, base: string, status: number, upload: PartialUpload): void {
  sendUploaded(exchange, base, status, { id: upload.id, bytes: upload.offset, sha256: upload.sha256 });
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

export function sendLocked(response: Exchange['response']): void {
  sendError(response, 423, 'locked', 'An earlier request for this upload has not been given up yet.');
}
