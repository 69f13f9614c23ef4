/** A multipart upload: begun, its parts sent side by side, and put together by the service at the end. */
import type { HttpSession } from '../net/session.ts';
import { ask } from './ask.ts';
import { type Chunk, nextChunk } from './chunk-plan.ts';
import type { S3Params } from './s3.ts';
import { completion, textOf } from './s3-answers.ts';
import { failureInAnswer, refusedByS3 } from './s3-refusals.ts';
import type { S3Signer } from './s3-sign.ts';
import { type BodySent, recordSent, sendBody, unanswered } from './send-body.ts';
import { type Failed, failed, type Uploaded, type UploadRun } from './upload-run.ts';

type Sent = BodySent & { readonly ok: true };

export class MultipartUpload {
  readonly #run: UploadRun;
  readonly #params: S3Params;
  readonly #signer: S3Signer;
  readonly #object: URL;
  readonly #parts: readonly Chunk[];
  /** In the order of the parts; those that were answered. */
  readonly #sent: Sent[] = [];
  readonly #etags: string[] = [];
  #uploadId = '';
  #taken = 0;
  #failure: Failed | undefined;
  /** Aborted by the first failure: ends what is being sent, and connections that are still being made. */
  readonly #givenUp = new AbortController();

  constructor(run: UploadRun, params: S3Params, signer: S3Signer, object: URL) {
    this.#run = run;
    this.#params = params;
    this.#signer = signer;
    this.#object = object;
    this.#parts = partsOf(run.payload.length, run.params.chunkBytes);
  }

  async upload(): Promise<Uploaded | Failed> {
    const created = await this.#create();
    if (!created.ok) return created;
    const sent = (await this.#sendParts()) ?? (await this.#complete());
    // Parts of an upload that was never put together are stored, and paid for, until somebody aborts it.
    return sent.ok ? sent : { ...sent, deleteUrl: await this.#signer.byQuery('DELETE', this.#url()) };
  }

  async #create(): Promise<{ readonly ok: true } | Failed> {
    const url = new URL(this.#object);
    url.searchParams.set('uploads', '');
    const type = { 'content-type': this.#run.params.contentType };
    const signed = await this.#signer.byHeaders('POST', url, type);
    const answer = await ask(this.#run, { method: 'POST', ...signed }, 'upload_create', 'create');
    if (!answer.ok) return answer;
    const { response, body } = answer;
    if (response.status !== 200) return this.#refused(answer, 'upload_create', 'the creation request');
    const id = textOf(body, 'UploadId');
    if (!id)
      return failed('upload_create', 'bad_response', 'The service made an upload and named no UploadId.');
    this.#uploadId = id;
    this.#run.metrics.upload_create_ms = response.headMs - response.requestMs;
    return { ok: true };
  }

  /** Over as many connections as are wanted; the first failure ends them all. */
  async #sendParts(): Promise<Failed | undefined> {
    const count = Math.min(this.#params.parallel, this.#parts.length);
    const further = Array.from({ length: count - 1 }, (_, n) => this.#run.openSession(`connection ${n + 2}`));
    const sessions = [this.#run.session, ...further];
    await Promise.all(
      sessions.map(async (session) => {
        const failure = await this.#work(session);
        this.#failure ??= failure;
        if (this.#failure) this.#givenUp.abort();
      }),
    );
    return this.#failure;
  }

  async #work(session: HttpSession): Promise<Failed | undefined> {
    while (this.#taken < this.#parts.length && !this.#failure) {
      const failure = await this.#part(session, this.#taken++);
      if (failure) return failure;
    }
    return undefined;
  }

  async #part(session: HttpSession, index: number): Promise<Failed | undefined> {
    const { offset, length } = this.#parts[index] as Chunk;
    const name = `part ${index + 1}`;
    const body = this.#run.payload.subarray(offset, offset + length);
    const signed = await this.#signer.byHeaders('PUT', this.#url(index + 1));
    const signal = AbortSignal.any([this.#run.signal, this.#givenUp.signal]);
    const sent = await sendBody(this.#run, { method: 'PUT', ...signed, body, session, signal }, name);
    if (!sent.ok) return { ok: false, failure: unanswered(sent, false) };
    if (sent.response.status !== 200)
      return this.#refused({ response: sent.response, body: sent.answer }, 'upload_chunk', name);
    const { etag } = sent.response.headers;
    if (!etag) return failed('upload_chunk', 'bad_response', `The service took ${name} and gave it no ETag.`);
    this.#sent[index] = sent;
    this.#etags[index] = etag;
    return undefined;
  }

  async #complete(): Promise<Uploaded | Failed> {
    const signed = await this.#signer.byHeaders('POST', this.#url(), { 'content-type': 'application/xml' });
    const question = { method: 'POST', ...signed, body: completion(this.#etags) };
    const answer = await ask(this.#run, question, 'upload_commit', 'complete');
    if (!answer.ok) return answer;
    const { response, body, endMs } = answer;
    if (response.status !== 200) return this.#refused(answer, 'upload_commit', 'the completion');
    const failure = failureInAnswer(body, 'upload_commit', 'the completion');
    if (failure) return failure;
    this.#run.metrics.upload_chunk_count = this.#parts.length;
    const firstByteMs = Math.min(...this.#sent.map((sent) => sent.firstByteMs));
    const last = this.#sent.reduce((a, b) => (a.accepted.atMs >= b.accepted.atMs ? a : b));
    // The head of this answer may come at once, and blanks after it until the object is there: its end is the commit's.
    const final = { ...last, response: { ...response, headMs: endMs }, answer: body, endMs };
    recordSent(this.#run, final, firstByteMs);
    return { ok: true, endMs, answer: body };
  }

  /** The upload, or one part of it. */
  #url(part?: number): URL {
    const url = new URL(this.#object);
    if (part !== undefined) url.searchParams.set('partNumber', String(part));
    url.searchParams.set('uploadId', this.#uploadId);
    return url;
  }

  #refused(
    { response, body }: { readonly response: Sent['response']; readonly body: Buffer },
    layer: 'upload_create' | 'upload_chunk' | 'upload_commit',
    what: string,
  ): Failed {
    return refusedByS3(response, body, layer, what, this.#params.credentials);
  }
}

function partsOf(sizeBytes: number, chunkBytes: number): Chunk[] {
  const parts: Chunk[] = [];
  for (let offset = 0; ; offset += chunkBytes) {
    const part = nextChunk(offset, sizeBytes, chunkBytes);
    if (!part) return parts;
    parts.push(part);
  }
}
