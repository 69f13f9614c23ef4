/** A resumable upload by tus 1.0 (https://tus.io/protocols/resumable-upload): OPTIONS, creation, PATCH after PATCH. */
import type { SessionResponse } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { nextChunk } from './chunk-plan.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { type BodySent, recordSent, sendBody, unanswered } from './send-body.ts';
import {
  type Failed,
  failed,
  placed,
  recordResponse,
  refused,
  type Uploaded,
  type UploadRun,
} from './upload-run.ts';

const VERSION = { 'tus-resumable': '1.0.0' };

/** Uploads the payload in chunks; resumes after a lost connection as often as the parameters allow. */
export async function uploadByTus(run: UploadRun): Promise<Uploaded | Failed> {
  return new TusUpload(run).upload();
}

interface Answer {
  readonly ok: true;
  readonly response: SessionResponse;
}

class TusUpload {
  readonly #run: UploadRun;
  /** What the server offers; undefined when it does not say. */
  #extensions: ReadonlySet<string> | undefined;
  #firstByteMs: number | undefined;
  #chunks = 0;
  #resumes = 0;
  #lostBytes = 0;

  constructor(run: UploadRun) {
    this.#run = run;
    run.metrics.upload_bytes = run.payload.length;
  }

  async upload(): Promise<Uploaded | Failed> {
    const discovered = await this.#discover();
    if (!discovered.ok) return discovered;
    const created = await this.#create();
    if (!created.ok) return created;
    const { url } = created;
    const sent = await this.#sendAll(url);
    this.#run.metrics.upload_chunk_count = this.#chunks;
    if (this.#resumes > 0) {
      this.#run.attributes.resumes = String(this.#resumes);
      this.#run.attributes.resume_lost_bytes = String(this.#lostBytes);
    }
    if (!sent.ok) return sent;
    const id = url.pathname.split('/').filter(Boolean).at(-1);
    const canDelete = this.#extensions?.has('termination') === true;
    return { ...sent, ...(id ? { id } : {}), ...(canDelete ? { deleteUrl: url } : {}) };
  }

  /** What the server can do. One that does not answer OPTIONS well is taken to have creation, and nothing else. */
  async #discover(): Promise<{ readonly ok: true } | Failed> {
    const answer = await this.#ask('OPTIONS', this.#run.url, {}, 'options');
    if (!answer.ok) return answer;
    const { status, headers } = answer.response;
    if (status >= 500) return refused(answer.response, 'upload_create', 'OPTIONS');
    if (status >= 300) return { ok: true };
    const versions = headers['tus-version'];
    if (versions !== undefined && !words(versions).has('1.0.0')) {
      return failed('upload_create', 'bad_response', `The server speaks tus ${versions}, not 1.0.0.`);
    }
    const maxBytes = Number(headers['tus-max-size'] ?? Number.POSITIVE_INFINITY);
    if (this.#run.payload.length > maxBytes) {
      const message = `The server takes at most ${maxBytes} bytes (Tus-Max-Size): lower sizeBytes.`;
      return failed('upload_create', 'too_large', message);
    }
    const extensions = headers['tus-extension'];
    if (extensions === undefined) return { ok: true };
    this.#extensions = words(extensions);
    if (this.#extensions.has('creation')) return { ok: true };
    return failed('upload_create', 'bad_response', `The server does not offer creation, only ${extensions}.`);
  }

  async #create(): Promise<{ readonly ok: true; readonly url: URL } | Failed> {
    const { payload, params, url } = this.#run;
    const headers = {
      'upload-length': String(payload.length),
      'upload-metadata': `filename ${base64(params.filename)},filetype ${base64(params.contentType)}`,
    };
    const answer = await this.#ask('POST', url, headers, 'create');
    if (!answer.ok) return answer;
    const { response } = answer;
    if (response.status !== 201) return refused(response, 'upload_create', 'the creation request');
    const location = response.headers.location;
    const created = location ? URL.parse(location, url) : null;
    if (!created) {
      const message =
        'The server created an upload and did not say where: its Location is missing or no URL.';
      return failed('upload_create', 'bad_response', message);
    }
    this.#run.metrics.upload_create_ms = response.headMs - response.requestMs;
    return { ok: true, url: created };
  }

  async #sendAll(url: URL): Promise<Uploaded | Failed> {
    const { payload, params } = this.#run;
    let offset = 0;
    for (;;) {
      const chunk = nextChunk(offset, payload.length, params.chunkBytes);
      // Only after a resume: the connection broke when the server had everything, and its answer was lost.
      if (!chunk) return this.#finishedByResume();
      const end = chunk.offset + chunk.length;
      const sent = await this.#patch(url, offset, payload.subarray(offset, end));
      if (sent.ok) {
        const wrong = wrongAnswer(sent.response, end, end === payload.length);
        if (wrong) return wrong;
        offset = end;
        if (offset < payload.length) continue;
        recordSent(this.#run, sent, this.#firstByteMs ?? sent.firstByteMs);
        return { ok: true, endMs: sent.endMs, answer: sent.answer };
      }
      const failure = unanswered(sent, end === payload.length);
      if (!isLostConnection(failure) || this.#resumes >= params.resumes) return { ok: false, failure };
      const resumed = await this.#resume(url, failure, offset, end);
      if (!resumed.ok) return resumed;
      offset = resumed.offset;
    }
  }

  async #patch(url: URL, offset: number, body: Uint8Array): Promise<BodySent> {
    this.#chunks++;
    const headers = {
      ...VERSION,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    };
    const sent = await sendBody(this.#run, { method: 'PATCH', url, headers, body }, `chunk ${this.#chunks}`);
    this.#firstByteMs ??= sent.firstByteMs;
    return sent;
  }

  /** Asks over a new connection what the server holds; that is the truth, not what was sent. */
  async #resume(
    url: URL,
    lost: Failure,
    sentFrom: number,
    sentTo: number,
  ): Promise<{ readonly ok: true; readonly offset: number } | Failed> {
    this.#resumes++;
    const answer = await this.#ask('HEAD', url, {}, 'resume');
    if (!answer.ok) {
      const message = `${lost.message} It could not be resumed: ${answer.failure.message}`;
      return { ok: false, failure: { ...lost, message } };
    }
    const { response } = answer;
    if (response.status !== 200 && response.status !== 204) {
      return refused(response, 'upload_chunk', 'the question for the offset');
    }
    const offset = offsetOf(response);
    if (offset === undefined) {
      return failed('upload_chunk', 'bad_response', 'The server did not say which offset it holds.');
    }
    // It acknowledged `sentFrom`, and was never sent more than `sentTo`.
    if (offset < sentFrom || offset > sentTo) {
      const message = `The server holds ${offset} bytes where it should hold ${sentFrom} to ${sentTo}.`;
      return failed('upload_chunk', 'offset_mismatch', message);
    }
    this.#lostBytes += sentTo - offset;
    return { ok: true, offset };
  }

  /** The bytes are there; when they were accepted was lost with the connection, so only the total is told. */
  #finishedByResume(): Uploaded {
    const endMs = this.#run.timeline.nowMs();
    this.#run.metrics.upload_total_ms = this.#run.timeline.elapsed(endMs);
    return { ok: true, endMs, answer: Buffer.alloc(0) };
  }

  /** A request without a payload. */
  async #ask(
    method: 'OPTIONS' | 'POST' | 'HEAD',
    url: URL,
    headers: Readonly<Record<string, string>>,
    name: string,
  ): Promise<Answer | Failed> {
    const layer = name === 'resume' ? 'upload_chunk' : 'upload_create';
    const response = await this.#run.session.request(url, {
      method,
      headers: { ...VERSION, ...headers },
      maxBodyBytes: UPLOAD_LIMITS.answerBytes.value,
    });
    if (!response.ok) return placed(response.failure, layer);
    recordResponse(this.#run, response);
    const end = await response.body.drain();
    this.#run.timeline.add(name, response.requestMs, end.endMs, String(response.status));
    return end.ok ? { ok: true, response } : placed(end.failure, layer);
  }
}

/** What is wrong with the answer to a PATCH after which the server must hold `expected` bytes. */
function wrongAnswer(response: SessionResponse, expected: number, isLast: boolean): Failed | undefined {
  const { status } = response;
  if (status === 409) {
    const message = 'The server answered 409: it holds another offset than the chunk began at.';
    return failed('upload_chunk', 'offset_mismatch', message);
  }
  if (status !== 204 && status !== 200) {
    // The server had every byte of the last chunk: what failed is putting the upload together.
    return refused(response, isLast && status >= 500 ? 'upload_commit' : 'upload_chunk', 'a chunk');
  }
  const offset = offsetOf(response);
  if (offset === undefined) {
    return failed('upload_chunk', 'bad_response', 'The server took a chunk and did not say its new offset.');
  }
  if (offset === expected) return undefined;
  const message = `The server holds ${offset} bytes after a chunk that ended at ${expected}.`;
  return failed('upload_chunk', 'offset_mismatch', message);
}

function isLostConnection({ code, layer }: Failure): boolean {
  const isUpload = layer === 'upload_chunk' || layer === 'upload_commit';
  return isUpload && (code === 'reset' || code === 'truncated' || code === 'unreachable');
}

function offsetOf(response: SessionResponse): number | undefined {
  const text = response.headers['upload-offset'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((word) => word.trim()));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
