/**
 * Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload, interoperability version 8): a payload of one chunk
 * rides in the creation request and is resumed where that breaks; one of several begins with an empty creation request.
 */
import { ask } from './ask.ts';
import { type Chunk, nextChunk } from './chunk-plan.ts';
import {
  type Headers,
  INTEROP,
  type UploadLimit,
  uploadComplete,
  uploadLimit,
  uploadOffset,
} from './ietf-headers.ts';
import { refused } from './refusals.ts';
import { type Appended, type Part, type Resumable, type Standing, uploadResumably } from './resumable.ts';
import { type BodySent, sendBody } from './send-body.ts';
import { type Failed, failed, idOf, type Uploaded, type UploadRun } from './upload-run.ts';

export async function uploadByIetf(run: UploadRun): Promise<Uploaded | Failed> {
  const driver = new IetfUpload(run);
  const sent = await uploadResumably(run, driver);
  return { ...sent, ...driver.leftBehind };
}

/** Upload Resumption Supported: where the upload is, or how far it came. */
const RESUMPTION_SUPPORTED = 104;

class IetfUpload implements Resumable {
  readonly #run: UploadRun;
  /** The upload resource; undefined until the service names it. */
  #url: URL | undefined;
  #namedMs: number | undefined;
  #limit: UploadLimit = {};
  #chunks = 0;

  constructor(run: UploadRun) {
    this.#run = run;
  }

  /** Of a failed upload too: an unfinished one is cancelled as a finished one is deleted. */
  get leftBehind(): Pick<Uploaded, 'id' | 'deleteUrl' | 'deleteHeaders'> {
    if (!this.#url) return {};
    return { ...idOf(this.#url), deleteUrl: this.#url, deleteHeaders: INTEROP };
  }

  async create(): Promise<{ readonly ok: true } | Failed> {
    const { payload, params, url } = this.#run;
    if (params.chunkBytes >= payload.length) return { ok: true };
    const question = {
      ...{ method: 'POST', url, headers: { ...this.#creationHeaders(), 'upload-complete': '?0' } },
      onInterim: this.#onInterim,
    };
    const answer = await ask(this.#run, question, 'upload_create', 'create');
    if (!answer.ok) return answer;
    const { response } = answer;
    if (response.status >= 300) return refused(response, 'upload_create', 'the creation request');
    this.#learn(response.headers, response.headMs);
    if (!this.#url) {
      const message = 'The service made an upload and did not say where: its Location is missing or no URL.';
      return failed('upload_create', 'bad_response', message);
    }
    this.#run.metrics.upload_create_ms = response.headMs - response.requestMs;
    return this.#outsideLimit() ?? { ok: true };
  }

  /** As large as the parameters say, within what the service takes in one request. */
  next(offset: number): Chunk | undefined {
    const { minAppendSize = 1, maxAppendSize = Number.POSITIVE_INFINITY } = this.#limit;
    const chunkBytes = Math.min(Math.max(this.#run.params.chunkBytes, minAppendSize, 1), maxAppendSize);
    return nextChunk(offset, this.#run.payload.length, chunkBytes);
  }

  async append({ offset, bytes, isLast, cut }: Part): Promise<Appended> {
    const resource = this.#url;
    const headers = {
      ...(resource ? appendHeaders(offset) : this.#creationHeaders()),
      'upload-complete': isLast ? '?1' : '?0',
    };
    const sent = await sendBody(
      this.#run,
      {
        ...{ method: resource ? 'PATCH' : 'POST', url: resource ?? this.#run.url, headers, body: bytes, cut },
        onInterim: this.#onInterim,
      },
      `chunk ${++this.#chunks}`,
    );
    if (!resource) this.#measureCreation(sent);
    if (!sent.ok) return { ok: false, sent };
    return resource ? appended(sent, offset + bytes.length, isLast) : this.#created(sent, bytes.length);
  }

  async standing(): Promise<Standing | Failed> {
    if (!this.#url) {
      const message =
        'The connection broke before the service had said where the upload is (104 with Location).';
      return failed('upload_chunk', 'reset', message);
    }
    const question = { method: 'HEAD', url: this.#url, headers: INTEROP };
    const answer = await ask(this.#run, question, 'upload_chunk', 'offset');
    if (!answer.ok) return answer;
    const { status, headers } = answer.response;
    if (status >= 300) return refused(answer.response, 'upload_chunk', 'the question for the offset');
    this.#limit = { ...this.#limit, ...uploadLimit(headers) };
    const offset = uploadOffset(headers);
    if (offset === undefined)
      return failed('upload_chunk', 'bad_response', 'The service did not say which offset it holds.');
    return { ok: true, offset, isComplete: uploadComplete(headers) === true };
  }

  #creationHeaders(): Headers {
    const { payload, params } = this.#run;
    return {
      ...INTEROP,
      'upload-length': String(payload.length),
      'content-type': params.contentType,
      'content-disposition': disposition(params.filename),
    };
  }

  readonly #onInterim = (status: number, headers: Headers, atMs: number): void => {
    if (status === RESUMPTION_SUPPORTED) this.#learn(headers, atMs);
  };

  #learn(headers: Headers, atMs: number): void {
    this.#limit = { ...this.#limit, ...uploadLimit(headers) };
    const { location } = headers;
    if (this.#url || location === undefined) return;
    const { maxAge } = this.#limit;
    if (maxAge !== undefined) this.#run.attributes.upload_max_age_s = String(maxAge);
    this.#url = URL.parse(location, this.#run.url) ?? undefined;
    this.#namedMs = atMs;
  }

  /** Where the payload rides in the creation request: its begin to the 104 that names the upload, if one came. */
  #measureCreation({ firstByteMs }: BodySent): void {
    if (firstByteMs === undefined || this.#namedMs === undefined) return;
    this.#run.metrics.upload_create_ms = this.#namedMs - firstByteMs;
  }

  /** The answer to a creation request with the whole payload, which comes from whatever the upload is for. */
  #created(sent: BodySent & { ok: true }, end: number): Appended {
    const { response } = sent;
    if (response.status < 300) return { ok: true, sent, offset: end };
    if (isCommitFailure(response.status, response.headers, true))
      return refused(response, 'upload_commit', 'the upload');
    return refused(response, this.#url ? 'upload_chunk' : 'upload_create', 'the upload');
  }

  /** What the service would refuse later on is not begun. */
  #outsideLimit(): Failed | undefined {
    const { minSize = 0, maxSize = Number.POSITIVE_INFINITY } = this.#limit;
    const { length } = this.#run.payload;
    if (length > maxSize) {
      const message = `The service takes at most ${maxSize} bytes (Upload-Limit): lower sizeBytes.`;
      return failed('upload_create', 'too_large', message);
    }
    if (length >= minSize) return undefined;
    const message = `The service takes no less than ${minSize} bytes (Upload-Limit): raise sizeBytes.`;
    return failed('upload_create', 'status', message);
  }
}

function appendHeaders(offset: number): Headers {
  return { ...INTEROP, 'upload-offset': String(offset), 'content-type': 'application/partial-upload' };
}

/** The answer to a PATCH. */
function appended(sent: BodySent & { ok: true }, end: number, isLast: boolean): Appended {
  const { response } = sent;
  const { status, headers } = response;
  if (status >= 300) {
    const layer = isCommitFailure(status, headers, isLast) ? 'upload_commit' : 'upload_chunk';
    return refused(response, layer, 'a chunk');
  }
  if (!isLast) return { ok: true, sent, offset: uploadOffset(headers) ?? end };
  if (uploadComplete(headers) === true) return { ok: true, sent, offset: end };
  const message =
    'The service was sent everything and does not say that the upload is complete (Upload-Complete).';
  return failed('upload_commit', 'bad_response', message);
}

/** The service had all of it: said so, or failed itself after the last byte. */
function isCommitFailure(status: number, headers: Headers, isLast: boolean): boolean {
  return uploadComplete(headers) === true || (isLast && status >= 500);
}

/** RFC 6266: the name for everybody, and the exact one where that is not ASCII. */
function disposition(filename: string): string {
  const plain = filename.replaceAll(/[^ !#-[\]-~]/g, '_');
  const exact = plain === filename ? '' : `; filename*=UTF-8''${encodeRfc5987(filename)}`;
  return `inline; filename="${plain}"${exact}`;
}

function encodeRfc5987(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
