/**
 * The one loop of every upload that can be resumed, whatever its protocol: request after request, cut where the run is told
 * to, resumed by asking the service how far it came, and counted. A protocol is a driver of four functions.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../outcome.ts';
import type { Chunk } from './chunk-plan.ts';
import { type Cut, cutPoints, cutWithin } from './cut.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { type BodySent, recordSent, unanswered } from './send-body.ts';
import { type Failed, failed, type Uploaded, type UploadRun } from './upload-run.ts';

/** The payload of one request. Hand `cut` on to `sendBody`, which carries it out. */
export interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Its last byte is the last of the upload. */
  readonly isLast: boolean;
  readonly cut: Cut | undefined;
}

/** What became of a part: taken, not answered (`sent` as `sendBody` gave it; may be resumed), or refused. */
export type Appended =
  | {
      readonly ok: true;
      readonly sent: BodySent & { readonly ok: true };
      /** What the service says that it holds now; the end of the part where the protocol does not say. */
      readonly offset: number;
    }
  | { readonly ok: false; readonly sent: BodySent & { readonly ok: false } }
  | Failed;

/** How far the service says that it came. */
export interface Standing {
  readonly ok: true;
  readonly offset: number;
  /** The upload is finished, not only whole. */
  readonly isComplete: boolean;
  /** The body of the final answer, where it came with the standing. */
  readonly answer?: Buffer;
}

/** One upload in a protocol that can resume. A driver keeps no offset: the loop does. */
export interface Resumable {
  /** Makes the upload, and measures `upload_create_ms`. Does nothing where the first part makes it. */
  create(): Promise<{ readonly ok: true } | Failed>;
  /** The chunk that begins at `offset`, wherever an interruption left it; undefined when every byte was sent. */
  next(offset: number): Chunk | undefined;
  /** Sends one part by `sendBody`, and takes its answer apart. */
  append(part: Part): Promise<Appended>;
  /** Asks the service what it holds, over a new connection after a cut. Not what was sent: that is the truth. */
  standing(): Promise<Standing | Failed>;
}

/** Creates the upload and sends all of it; records every metric but `upload_create_ms`. */
export function uploadResumably(run: UploadRun, driver: Resumable): Promise<Uploaded | Failed> {
  return new ResumableUpload(run, driver).upload();
}

class ResumableUpload {
  readonly #run: UploadRun;
  readonly #driver: Resumable;
  /** Where to cut, in bytes; each once. */
  #points: number[];
  #chunks = 0;
  /** Resumes after losses that nobody ordered. */
  #repairs = 0;
  #resumes = 0;
  #lostBytes: number | undefined = 0;
  /** Since when the running resume is under way: until the first new byte is acknowledged. */
  #resumingMs: number | undefined;
  #firstByteMs: number | undefined;

  constructor(run: UploadRun, driver: Resumable) {
    this.#run = run;
    this.#driver = driver;
    this.#points = cutPoints(run.payload.length, run.params.cutAtPercent);
    run.metrics.upload_bytes = run.payload.length;
  }

  async upload(): Promise<Uploaded | Failed> {
    const created = await this.#driver.create();
    if (!created.ok) return created;
    const sent = await this.#sendAll();
    this.#record();
    return sent;
  }

  async #sendAll(): Promise<Uploaded | Failed> {
    const { length } = this.#run.payload;
    let offset = 0;
    for (;;) {
      if (this.#chunks >= UPLOAD_LIMITS.requests.value) return this.#tooMany(offset);
      const part = this.#part(offset);
      const appended = await this.#append(part);
      if (appended.ok) {
        const wrong = misplaced(appended.offset, part);
        if (wrong) return wrong;
        offset = appended.offset;
        if (offset < length) continue;
        const { sent } = appended;
        recordSent(this.#run, sent, this.#firstByteMs ?? sent.firstByteMs);
        return { ok: true, endMs: sent.endMs, answer: sent.answer };
      }
      const resumed = await this.#resume(part, appended);
      if (!resumed.ok) return resumed;
      // The connection broke when the service had everything, and its answer was lost.
      if (resumed.isComplete) return this.#finishedByResume(resumed);
      offset = resumed.offset;
    }
  }

  /** The next request; an empty one where every byte is there and the upload is not finished. */
  #part(offset: number): Part {
    const { payload, params } = this.#run;
    const { length } = this.#driver.next(offset) ?? { length: 0 };
    const end = offset + length;
    const cut = cutWithin(this.#points, offset, length, params.cut);
    return { offset, bytes: payload.subarray(offset, end), isLast: end === payload.length, cut };
  }

  async #append(part: Part): Promise<Appended> {
    this.#chunks++;
    const appended = await this.#driver.append(part);
    if (!('sent' in appended)) return appended;
    const { firstByteMs, firstAckedMs } = appended.sent;
    this.#firstByteMs ??= firstByteMs;
    if (this.#resumingMs !== undefined && firstAckedMs !== undefined) {
      const tookMs = firstAckedMs - this.#resumingMs;
      const { metrics } = this.#run;
      metrics.upload_resume_ms = Math.max(metrics.upload_resume_ms ?? 0, tookMs);
      this.#resumingMs = undefined;
    }
    return appended;
  }

  /** Asks what the service holds after a lost connection, and goes on from there. */
  async #resume(part: Part, lost: Appended & { ok: false }): Promise<Standing | Failed> {
    const failure = 'sent' in lost ? unanswered(lost.sent, part.isLast) : lost.failure;
    const isCut = 'sent' in lost && lost.sent.isCut === true;
    if (isCut) this.#noteCut(part);
    else if (!this.#mayRepair(lost, failure)) return { ok: false, failure };
    const sinceMs = this.#run.timeline.nowMs();
    this.#resumes++;
    this.#resumingMs = sinceMs;
    const standing = await this.#standing();
    this.#run.timeline.add(
      'resume',
      sinceMs,
      this.#run.timeline.nowMs(),
      isCut ? 'after the cut' : failure.code,
    );
    if (!standing.ok) return isCut ? standing : afterLoss(failure, standing);
    const end = part.offset + part.bytes.length;
    // It acknowledged the start of the part, and was never sent more than its end.
    if (standing.offset < part.offset || standing.offset > end)
      return outside(standing.offset, part.offset, end);
    this.#countLost(part, lost, standing.offset);
    return standing;
  }

  /** Losses are resumed from as often as the parameters allow; so is a lock that the lost request left behind. */
  #mayRepair(lost: Appended & { ok: false }, failure: Failure): boolean {
    const isLost = 'sent' in lost && isLostConnection(failure);
    const isLocked = 'status' in lost && lost.status === LOCKED && this.#resumes > 0;
    if ((!isLost && !isLocked) || this.#repairs >= this.#run.params.resumes) return false;
    this.#repairs++;
    return true;
  }

  /** Until the lock of the request that broke off is gone, within a bound. */
  async #standing(): Promise<Standing | Failed> {
    const { signal, timeline } = this.#run;
    const untilMs = timeline.nowMs() + UPLOAD_LIMITS.lockedMs.value;
    for (;;) {
      const standing = await this.#driver.standing();
      if (standing.ok || standing.status !== LOCKED || timeline.nowMs() >= untilMs) return standing;
      this.#run.attributes.lock_waited = 'true';
      await sleep(LOCK_POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return standing;
    }
  }

  #noteCut({ offset, cut }: Part): void {
    const { payload, params } = this.#run;
    const reached = offset + (cut?.atBytes ?? 0) + 1;
    this.#points = this.#points.filter((point) => point > reached);
    const done = params.cutAtPercent.filter(
      (percent) => Math.floor((payload.length * percent) / 100) <= reached,
    );
    this.#run.attributes.cut_at_percent = done.sort((a, b) => a - b).join(',');
  }

  /** What was acknowledged less what the service holds. Where the system does not tell what was acknowledged: unknown. */
  #countLost(part: Part, lost: Appended & { ok: false }, offset: number): void {
    const acked = 'sent' in lost ? lost.sent.ackedBytes : 0;
    if (acked === undefined || this.#lostBytes === undefined) this.#lostBytes = undefined;
    else this.#lostBytes += Math.max(0, part.offset + acked - offset);
  }

  /** The bytes are there; when they were accepted was lost with the connection, so only the total is told. */
  #finishedByResume({ answer }: Standing): Uploaded {
    const endMs = this.#run.timeline.nowMs();
    this.#run.metrics.upload_total_ms = this.#run.timeline.elapsed(endMs);
    return { ok: true, endMs, answer: answer ?? Buffer.alloc(0) };
  }

  #record(): void {
    const { metrics, attributes } = this.#run;
    metrics.upload_chunk_count = this.#chunks;
    if (this.#resumes === 0) return;
    metrics.upload_resume_count = this.#resumes;
    if (this.#lostBytes !== undefined) metrics.upload_resume_lost_bytes = this.#lostBytes;
    attributes.resumed = 'true';
  }

  #tooMany(offset: number): Failed {
    const message = `After ${this.#chunks} requests the service holds ${offset} of ${this.#run.payload.length} bytes.`;
    return failed('upload_chunk', 'bad_response', message);
  }
}

/** WebDAV's Locked (RFC 4918 §11.3), with which resumable services refuse a second request for one upload. */
const LOCKED = 423;
const LOCK_POLL_MS = 250;

/** A service that took no byte of a part, or more than there were, is not one to go on with. */
function misplaced(offset: number, { offset: from, bytes }: Part): Failed | undefined {
  const end = from + bytes.length;
  if (offset <= end && (offset > from || bytes.length === 0)) return undefined;
  const message = `The service holds ${offset} bytes after a part from ${from} to ${end}.`;
  return failed('upload_chunk', 'offset_mismatch', message);
}

function outside(offset: number, from: number, to: number): Failed {
  const message = `The service holds ${offset} bytes where it should hold ${from} to ${to}.`;
  return failed('upload_chunk', 'offset_mismatch', message);
}

/** What was lost is the finding; that it could not be resumed is told with it, unless the service gave an answer. */
function afterLoss(lost: Failure, standing: Failed): Failed {
  if (standing.status !== undefined || standing.failure.code === 'bad_response') return standing;
  const message = `${lost.message} It could not be resumed: ${standing.failure.message}`;
  return { ok: false, failure: { ...lost, message } };
}

function isLostConnection({ code, layer }: Failure): boolean {
  const isUpload = layer === 'upload_chunk' || layer === 'upload_commit';
  return isUpload && (code === 'reset' || code === 'truncated' || code === 'unreachable');
}
