/** A request of an upload that carries none of its payload. */
import type { SessionResponse } from '../net/session.ts';
import type { Layer } from '../outcome.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { type Failed, placed, recordResponse, type UploadRun } from './upload-run.ts';

interface Question {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called at each interim response, as of `HttpRequest`. */
  onInterim?(status: number, headers: Readonly<Record<string, string>>, atMs: number): void;
}

interface Answer {
  readonly ok: true;
  readonly response: SessionResponse;
  readonly body: Buffer;
  /** When it was there whole. */
  readonly endMs: number;
}

/** Any status is an answer. `name` is that of the phase, `layer` that of a failure. */
export async function ask(
  run: UploadRun,
  { url, body, ...question }: Question,
  layer: Layer,
  name: string,
): Promise<Answer | Failed> {
  const response = await run.session.request(url, {
    ...question,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
    maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
  });
  if (!response.ok) return placed(response.failure, layer);
  recordResponse(run, response);
  const answer = await response.body.collect();
  run.timeline.add(name, response.requestMs, answer.endMs, String(response.status));
  if (!answer.ok) return placed(answer.failure, layer);
  return { ok: true, response, body: answer.bytes, endMs: answer.endMs };
}
