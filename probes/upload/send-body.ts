/** Sends one request with payload and takes the time apart: writing, acceptance by the peer, answer. */
import type { SessionResponse } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import type { Cut } from './cut.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { type Accepted, type DeliveryEvidence, SendWatch } from './send-watch.ts';
import { recordResponse, type UploadRun } from './upload-run.ts';

export interface BodyRequest {
  readonly method: 'PATCH' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Break the connection on purpose. */
  readonly cut?: Cut | undefined;
}

/** All times are milliseconds of the clock. */
export type BodySent =
  | {
      readonly ok: true;
      readonly response: SessionResponse;
      readonly answer: Buffer;
      /** When the first byte of the body was handed over. */
      readonly firstByteMs: number;
      /** When the peer's kernel had the first bytes of the body; absent where the system does not tell. */
      readonly firstAckedMs?: number;
      readonly accepted: Accepted;
      /** When the answer was there whole. */
      readonly endMs: number;
    }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly evidence: DeliveryEvidence;
      readonly firstByteMs?: number;
      readonly firstAckedMs?: number;
      /** Of the body, by the peer's kernel when the connection ended; absent where the system does not tell. */
      readonly ackedBytes?: number;
      /** The connection was broken by the order of the request. */
      readonly isCut?: true;
    };

/** Any status is an answer. Never throws for the deeds of the peer. */
export async function sendBody(run: UploadRun, request: BodyRequest, name: string): Promise<BodySent> {
  let watch: SendWatch | undefined;
  let firstByteMs: number | undefined;
  let written = 0;
  const response = await run.session.request(request.url, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
    onConnected: ({ socket }) => {
      watch = new SendWatch(socket, { clock: run.clock });
    },
    onBodySent: (byteCount, atMs) => {
      firstByteMs ??= atMs;
      written += byteCount;
      if (written === request.body.length) watch?.written(atMs);
    },
  });
  const accepted = await watch?.stop(response.ok ? response.firstByteMs : undefined);
  const first = firstByteMs === undefined ? {} : { firstByteMs };
  const evidence = watch?.evidence ?? 'none';
  if (!response.ok) return { ok: false, failure: response.failure, evidence, ...first };
  recordResponse(run, response);
  const body = await response.body.collect();
  // A service may refuse before it was sent anything: then it accepted nothing, and the answer came at once.
  const sent = {
    firstByteMs: firstByteMs ?? response.requestMs,
    accepted: accepted ?? { atMs: response.firstByteMs, clock: 'app' as const },
  };
  run.timeline.add(`${name} send`, sent.firstByteMs, sent.accepted.atMs, `${request.body.length} bytes`);
  run.timeline.add(`${name} commit`, sent.accepted.atMs, body.endMs, String(response.status));
  if (!body.ok) return { ok: false, failure: body.failure, evidence, ...first };
  return { ok: true, response, answer: body.bytes, endMs: body.endMs, ...sent };
}

/** The numbers of a body, or of all chunks from the first byte of the first on, that ended with this answer. */
export function recordSent(run: UploadRun, sent: BodySent & { ok: true }, firstByteMs: number): void {
  const sendMs = sent.accepted.atMs - firstByteMs;
  run.metrics.upload_send_ms = Math.max(0, sendMs);
  run.metrics.upload_commit_ms = Math.max(0, sent.response.headMs - sent.accepted.atMs);
  run.metrics.upload_total_ms = run.timeline.elapsed(sent.endMs);
  if (sendMs > 0) run.metrics.upload_goodput_bps = Math.round((run.payload.length * 8 * 1000) / sendMs);
  run.attributes.send_clock = sent.accepted.clock;
}

/**
 * A body request that got no answer: once the peer's kernel has every byte it is the commit that failed, and a deadline
 * that passes then is the service's; one that passes while bytes wait here is the network's.
 */
export function unanswered(sent: BodySent & { ok: false }, isLast: boolean): Failure {
  const { failure, evidence } = sent;
  if (failure.layer !== 'http') return failure;
  const isAccepted = evidence === 'accepted';
  const layer = isLast && isAccepted ? 'upload_commit' : 'upload_chunk';
  if (failure.code !== 'timeout') return { ...failure, layer };
  if (isAccepted) {
    const message = 'The service took every byte and did not answer before the deadline.';
    return { ...failure, layer, blame: 'target', message };
  }
  if (evidence === 'none') return { ...failure, layer };
  const message = 'The deadline passed while bytes were still waiting to be taken by the network.';
  return { ...failure, layer, blame: 'network', message };
}
