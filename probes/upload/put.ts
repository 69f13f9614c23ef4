/** An upload by one plain PUT. */
import { refused } from './refusals.ts';
import { recordSent, sendBody, unanswered } from './send-body.ts';
import type { Failed, Uploaded, UploadRun } from './upload-run.ts';

/** Puts the payload at the target, under a fresh name when the target is a folder. */
export async function uploadByPut(run: UploadRun): Promise<Uploaded | Failed> {
  const url = putUrl(run);
  run.metrics.upload_bytes = run.payload.length;
  const headers = { 'content-type': run.params.contentType };
  const sent = await sendBody(run, { method: 'PUT', url, headers, body: run.payload }, 'put');
  if (!sent.ok) return { ok: false, failure: unanswered(sent, true) };
  if (![200, 201, 204].includes(sent.response.status)) {
    return refused(sent.response, 'upload_commit', 'the PUT');
  }
  run.metrics.upload_chunk_count = 1;
  recordSent(run, sent, sent.firstByteMs);
  return {
    ok: true,
    endMs: sent.endMs,
    answer: sent.answer,
    deleteUrl: locationOf(sent.response.headers, url),
  };
}

/** The target, or a fresh name in it when it is a folder. */
export function putUrl({ url, random }: UploadRun): URL {
  if (!url.pathname.endsWith('/')) return url;
  const named = new URL(url);
  named.pathname += `outrider-${Math.floor(random() * 2 ** 48).toString(16)}.mp4`;
  return named;
}

/** Where the service put it (RFC 9110 §10.2.2), or where we did. */
function locationOf(headers: Readonly<Record<string, string>>, url: URL): URL {
  return (headers.location && URL.parse(headers.location, url)) || url;
}
