/** Sends one request with payload and takes the time apart: writing, acceptance by the peer, answer. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { HttpSession, SessionResponse, SessionResult } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { heldByRange } from './content-range-header.ts';
import type { Cut, CutKind } from './cut.ts';
import { uploadOffset } from './ietf-headers.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import type { Accepted, DeliveryEvidence, SendWatch } from './send-watch.ts';
import { recordResponse, type UploadRun } from './upload-run.ts';

export interface BodyRequest {
  readonly method: 'PATCH' | 'PUT' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Instead of that of the run, for requests at the same time as others. */
  readonly session?: HttpSession;
  /** Instead of that of the run. */
  readonly signal?: AbortSignal;
  /** Break the connection on purpose. */
  readonly cut?: Cut | undefined;
  /** Called at each interim response, as of `HttpRequest`. */
  onInterim?(status: number, headers: Readonly<Record<string, string>>, atMs: number): void;
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

/**
 * Any status is an answer. Never throws for the deeds of the peer. Every body counts in the tally of the run, and what the
 * service says that it holds, by `Upload-Offset` or a `Range` with 308, counts as confirmed.
 */
export async function sendBody(run: UploadRun, request: BodyRequest, name: string): Promise<BodySent> {
  const session = request.session ?? run.session;
  const writer = new BodyWriter(run, request, session);
  const { body } = request;
  const asked = session.request(request.url, {
    method: request.method,
    headers:
      body.length > 0 ? { ...request.headers, 'content-length': String(body.length) } : request.headers,
    body: body.length > 0 ? writer.slices() : body,
    maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
    ...(request.signal ? { signal: request.signal } : {}),
    onConnected: ({ socket }) => writer.begin(socket),
    onBodySent: (byteCount, atMs) => writer.wrote(byteCount, atMs),
    onInterim: (status, headers, atMs) => {
      confirm(run, status, headers, atMs);
      request.onInterim?.(status, headers, atMs);
    },
  });
  const response = await Promise.race([asked, writer.silenced]);
  const { accepted, ...sent } = await writer.end(response);
  if (!response.ok) {
    const { ackedBytes, firstByteMs: fromMs, isCut } = sent;
    const note = ackedBytes === undefined ? 'no answer' : `${ackedBytes} bytes acknowledged, no answer`;
    if (fromMs !== undefined)
      run.timeline.add(`${name} ${isCut ? 'cut' : 'broken off'}`, fromMs, run.timeline.nowMs(), note);
    return { ...sent, ok: false, failure: response.failure };
  }
  recordResponse(run, response);
  confirm(run, response.status, response.headers, response.headMs);
  const answer = await response.body.collect();
  // A service may refuse before it was sent anything: then it accepted nothing, and the answer came at once.
  const firstByteMs = sent.firstByteMs ?? response.requestMs;
  const whole = accepted ?? { atMs: response.firstByteMs, clock: 'app' };
  run.sends.addChunk(response.headMs - firstByteMs);
  run.timeline.add(`${name} send`, firstByteMs, whole.atMs, `${body.length} bytes`);
  run.timeline.add(`${name} commit`, whole.atMs, answer.endMs, String(response.status));
  if (!answer.ok) return { ...sent, ok: false, failure: answer.failure };
  const { endMs } = answer;
  return { ...sent, ok: true, response, answer: answer.bytes, endMs, firstByteMs, accepted: whole };
}

/** What is handed to the connection at a time: what TLS encrypts in a tenth of a millisecond. */
const SLICE_BYTES = 64 * 1024;

const SILENCED: SessionResult & { ok: false } = {
  ok: false,
  failure: {
    layer: 'http',
    blame: 'agent',
    code: 'reset',
    message: 'The connection was silenced on purpose.',
  },
};

/** Hands a body over no faster than the kernel takes it, has it watched, and breaks the connection where it is told to. */
class BodyWriter {
  /** Resolves when the connection was left half open: it will not end by itself. */
  readonly silenced: Promise<SessionResult & { ok: false }>;
  #silence: (result: SessionResult & { ok: false }) => void = () => undefined;
  readonly #run: UploadRun;
  readonly #request: BodyRequest;
  readonly #session: HttpSession;
  #socket: Socket | undefined;
  #watch: SendWatch | undefined;
  #writtenBefore = 0;
  #firstByteMs: number | undefined;
  #isCut = false;
  #isAnswered = false;

  constructor(run: UploadRun, request: BodyRequest, session: HttpSession) {
    this.#run = run;
    this.#request = request;
    this.#session = session;
    this.silenced = new Promise((resolve) => {
      this.#silence = resolve;
    });
  }

  begin(socket: Socket): void {
    this.#socket = socket;
    this.#writtenBefore = socket.bytesWritten;
    this.#watch = this.#run.sends.watch(socket);
  }

  wrote(byteCount: number, atMs: number): void {
    const written = (this.#socket?.bytesWritten ?? 0) - this.#writtenBefore;
    this.#watch?.wrote(byteCount, atMs, written - byteCount);
  }

  /** The next slice is asked for when the one before has left the process. */
  async *slices(): AsyncGenerator<Uint8Array> {
    const { body, cut } = this.#request;
    const end = cut?.atBytes ?? body.length;
    this.#firstByteMs = this.#run.clock.monotonicMs();
    for (let at = 0; at < end; at += SLICE_BYTES) yield body.subarray(at, Math.min(end, at + SLICE_BYTES));
    if (end > 0) this.#watch?.wroteAll();
    if (cut) await this.#breakOff(cut);
  }

  /** Once the peer's kernel has all that was written: how much was lost is then known to the byte. */
  async #breakOff({ kind }: Cut): Promise<void> {
    const socket = this.#socket as Socket;
    await this.#watch?.settled();
    if (socket.destroyed || this.#run.signal.aborted) return;
    // A service that answers before it has the body refuses it, and the rest of its answer may still be on the way.
    if (!this.#isAnswered) this.#cut(kind, socket);
    // The client takes the end of the slices for the end of the body.
    if (!socket.closed) await once(socket, 'close').catch(() => undefined);
  }

  #cut(kind: CutKind, socket: Socket): void {
    this.#isCut = true;
    if (kind === 'half_open') {
      this.#session.forsake();
      this.#silence(SILENCED);
    } else {
      socket.destroy();
    }
  }

  /** Ends the watch; what it saw counts. */
  async end(response: SessionResult) {
    this.#isAnswered = response.ok;
    const watch = this.#watch;
    const accepted = await watch?.stop(response.ok ? response.firstByteMs : undefined);
    const firstByteMs = this.#firstByteMs;
    if (firstByteMs !== undefined) {
      this.#run.sends.addBody(firstByteMs, accepted?.atMs ?? this.#run.clock.monotonicMs(), watch);
    }
    const ackedBytes = watch?.ackedBytes;
    const firstAckedMs = watch?.firstAckedMs;
    return {
      accepted,
      evidence: watch?.evidence ?? ('none' as const),
      ...(firstByteMs === undefined ? {} : { firstByteMs }),
      ...(firstAckedMs === undefined ? {} : { firstAckedMs }),
      ...(ackedBytes === undefined ? {} : { ackedBytes }),
      ...(this.#isCut ? { isCut: true as const } : {}),
    };
  }
}

/** What the service says that it holds: tus and the IETF draft by `Upload-Offset`, sessions of video platforms by `Range`. */
function confirm(
  run: UploadRun,
  status: number,
  headers: Readonly<Record<string, string>>,
  atMs: number,
): void {
  const held = status === 308 ? heldByRange(headers.range) : uploadOffset(headers);
  if (held !== undefined) run.sends.confirm(held, atMs);
}

/** The numbers of a body, or of all chunks from the first byte of the first on, that ended with this answer. */
export function recordSent(run: UploadRun, sent: BodySent & { ok: true }, firstByteMs: number): void {
  const sendMs = sent.accepted.atMs - firstByteMs;
  run.metrics.upload_send_ms = Math.max(0, sendMs);
  run.metrics.upload_commit_ms = Math.max(0, sent.response.headMs - sent.accepted.atMs);
  run.metrics.upload_total_ms = run.timeline.elapsed(sent.endMs);
  if (sendMs > 0) run.metrics.upload_goodput_bps = Math.round((run.payload.length * 8 * 1000) / sendMs);
  const { leftMs } = run.sends;
  if (leftMs !== undefined) run.metrics.upload_app_send_ms = Math.max(0, leftMs - firstByteMs);
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
