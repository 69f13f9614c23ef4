/** What follows an upload, outside its timings: is it whole, can it be played, and tidying up. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../outcome.ts';
import { parseJson } from '../parse-json.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { refused } from './refusals.ts';
import { type Failed, failed, type Uploaded, type UploadRun } from './upload-run.ts';

/** What a service tells about an upload, in its answer to PUT or at its status URL. Fields of other types are not taken. */
interface UploadStatus {
  readonly state?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly status_url?: string;
  readonly play_url?: string;
}

/** Words for a state that will not get better. */
const BROKEN_STATES: ReadonlySet<string> = new Set(['failed', 'error', 'rejected']);

/** Verifies and waits as the parameters ask; the failure that this finds, or nothing. Attribute `integrity` says what it found. */
export async function examine(run: UploadRun, uploaded: Uploaded): Promise<Failure | undefined> {
  const { verify, awaitPlayable } = run.params;
  run.attributes.integrity = 'unchecked';
  if (verify === 'none' && !awaitPlayable) return undefined;
  const told = parseStatus(uploaded.answer);
  if (verify !== 'none') {
    const held = await (verify === 'sha256'
      ? hashByService(run, uploaded, told)
      : hashByReading(run, uploaded, told));
    if (!held.ok) return held.failure;
    const wrong = compare(run, held);
    if (wrong) return wrong.failure;
  }
  return awaitPlayable ? waitUntilPlayable(run, uploaded, told) : undefined;
}

/** What the service holds. */
interface Held {
  readonly ok: true;
  readonly sha256: string;
  readonly bytes: number | undefined;
}

function compare(run: UploadRun, held: Held): Failed | undefined {
  const isSame = held.sha256.toLowerCase() === sha256Of(run.payload);
  run.attributes.integrity = isSame ? 'ok' : 'wrong';
  if (isSame) return undefined;
  const told = held.bytes === undefined ? '' : ` (${held.bytes} bytes, ${run.payload.length} were sent)`;
  return failed('upload_commit', 'integrity', `The service holds something else than was sent${told}.`);
}

/** As the service names it, in its answer to the upload or in its status. */
async function hashByService(run: UploadRun, uploaded: Uploaded, told: UploadStatus): Promise<Held | Failed> {
  if (told.sha256 !== undefined) return { ok: true, sha256: told.sha256, bytes: told.bytes };
  const polled = await poll(run, statusUrl(run, uploaded, told), ({ sha256 }) => sha256 !== undefined);
  if (!polled.ok) return polled;
  const { sha256 = '', bytes } = polled.status;
  return { ok: true, sha256, bytes };
}

/** By fetching all of it: once it is ready, where there is a status, or else at once. */
async function hashByReading(run: UploadRun, uploaded: Uploaded, told: UploadStatus): Promise<Held | Failed> {
  let { play_url } = told;
  const status = statusUrl(run, uploaded, told);
  if (status) {
    const polled = await poll(run, status, ({ state }) => state === 'ready');
    if (!polled.ok) return polled;
    play_url = polled.status.play_url ?? play_url;
  }
  const url =
    resolve(run, run.params.playUrl ?? play_url, uploaded) ?? uploaded.readUrl ?? uploaded.deleteUrl;
  if (!url) return failed('processing', 'bad_response', 'Nothing says where to read it back: set playUrl.');
  const response = await run.session.request(url, {
    method: 'GET',
    headers: { 'cache-control': 'no-cache' },
    // A byte more, so that a longer answer is told from one that is only too long for us.
    maxBodyBytes: run.payload.length + 1,
  });
  if (!response.ok) return { ok: false, failure: inProcessing(response.failure) };
  if (response.status !== 200) return refused(response, 'processing', 'the request to read the upload back');
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of response.body) {
    hash.update(chunk.bytes);
    bytes += chunk.bytes.length;
  }
  const end = await response.body.end;
  if (!end.ok && end.failure.code !== 'too_large') return { ok: false, failure: inProcessing(end.failure) };
  return { ok: true, sha256: hash.digest('hex'), bytes: end.ok ? bytes : undefined };
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function waitUntilPlayable(
  run: UploadRun,
  uploaded: Uploaded,
  told: UploadStatus,
): Promise<Failure | undefined> {
  const polled = await poll(run, statusUrl(run, uploaded, told), ({ state }) => state === 'ready');
  if (!polled.ok) return polled.failure;
  const playUrl = resolve(run, run.params.playUrl ?? polled.status.play_url ?? told.play_url, uploaded);
  if (!playUrl) {
    return failed('processing', 'bad_response', 'The status names no play_url: set playUrl.').failure;
  }
  const response = await run.session.request(playUrl, {
    method: 'GET',
    headers: { range: `bytes=0-${UPLOAD_LIMITS.playableBytes.value - 1}` },
    maxBodyBytes: UPLOAD_LIMITS.sizeBytes.value,
  });
  if (!response.ok) return inProcessing(response.failure);
  // The first bytes are enough: where the range is ignored the rest is not read.
  for await (const _ of response.body) break;
  run.timeline.add('playable', uploaded.endMs, response.firstByteMs, String(response.status));
  if (response.status !== 200 && response.status !== 206) {
    const message = `The service says that the upload is ready, and answers ${response.status} where it should play.`;
    return failed('processing', 'status', message).failure;
  }
  run.metrics.upload_playable_ms = response.firstByteMs - uploaded.endMs;
  run.attributes.poll_ms = String(run.params.pollMs);
  return undefined;
}

/** Asks until the status is as wanted. A status that is not there yet is waited for like one that is not ready. */
async function poll(
  run: UploadRun,
  url: URL | undefined,
  isWanted: (status: UploadStatus) => boolean,
): Promise<{ readonly ok: true; readonly status: UploadStatus } | Failed> {
  if (!url) return failed('processing', 'bad_response', 'The answer names no status_url: set statusUrl.');
  let last = 'nothing';
  for (let n = 0; n < UPLOAD_LIMITS.polls.value && !run.signal.aborted; n++) {
    const response = await run.session.request(url, {
      method: 'GET',
      // A status that a cache answers is of the past.
      headers: { accept: 'application/json', 'cache-control': 'no-cache' },
      maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
    });
    if (!response.ok) {
      if (run.signal.aborted) break;
      return { ok: false, failure: inProcessing(response.failure) };
    }
    const body = await response.body.collect();
    if (!body.ok) {
      if (run.signal.aborted) break;
      return { ok: false, failure: inProcessing(body.failure) };
    }
    const status = response.status === 200 ? parseStatus(body.bytes) : {};
    if (isWanted(status)) return { ok: true, status };
    last = response.status === 200 ? `state ${status.state ?? 'unknown'}` : `status ${response.status}`;
    if (status.state !== undefined && BROKEN_STATES.has(status.state)) {
      return failed('processing', 'bad_body', `The service could not process the upload: ${last}.`);
    }
    await sleep(run.params.pollMs, undefined, { signal: run.signal }).catch(() => undefined);
  }
  const when = run.signal.aborted ? 'before the deadline' : `after ${UPLOAD_LIMITS.polls.value} polls`;
  return failed('processing', 'timeout', `The upload was not ready ${when}; last answer: ${last}.`);
}

function inProcessing(failure: Failure): Failure {
  return failure.layer === 'http' ? { ...failure, layer: 'processing' } : failure;
}

function statusUrl(run: UploadRun, uploaded: Uploaded, told: UploadStatus): URL | undefined {
  return resolve(run, run.params.statusUrl ?? told.status_url, uploaded);
}

function resolve(run: UploadRun, text: string | undefined, { id }: Uploaded): URL | undefined {
  if (text === undefined) return undefined;
  return URL.parse(text.replaceAll('{id}', encodeURIComponent(id ?? '')), run.url) ?? undefined;
}

function parseStatus(body: Buffer): UploadStatus {
  const told = parseJson(body);
  if (typeof told !== 'object' || told === null) return {};
  const fields = told as Record<string, unknown>;
  const texts = ['state', 'sha256', 'status_url', 'play_url'].filter(
    (name) => typeof fields[name] === 'string',
  );
  return {
    ...Object.fromEntries(texts.map((name) => [name, fields[name]])),
    ...(typeof fields.bytes === 'number' ? { bytes: fields.bytes } : {}),
  };
}

/**
 * Deletes the upload, finished or not, where the service lets us; attribute `cleanup` says what came of it. Never fails the
 * run, and has its own little time when the run has none left.
 */
export async function tidyUp(
  run: UploadRun,
  { deleteUrl, deleteHeaders = {} }: Pick<Uploaded, 'deleteUrl' | 'deleteHeaders'>,
): Promise<void> {
  if (!run.params.cleanup || !deleteUrl) return;
  const response = await run.session.request(deleteUrl, {
    method: 'DELETE',
    headers: deleteHeaders,
    maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
    signal: AbortSignal.timeout(UPLOAD_LIMITS.cleanupMs.value),
  });
  if (!response.ok) {
    run.attributes.cleanup = response.failure.code;
    return;
  }
  await response.body.drain();
  const isDeleted = response.status >= 200 && response.status < 300;
  run.attributes.cleanup = isDeleted ? 'deleted' : `refused ${response.status}`;
}
