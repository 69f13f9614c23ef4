/**
 * Uploads in chunks told apart by Content-Range, as the posting APIs of public video platforms take them: by the floor
 * rule, or in a resumable session that answers 308 until it has everything.
 */
import { z } from 'zod';
import { ask } from './ask.ts';
import { type Chunk, nextChunk } from './chunk-plan.ts';
import { floorChunk, floorFault, floorPlan, sessionFault } from './chunk-rules.ts';
import { contentRange, heldByContentRange, heldByRange, unknownRange } from './content-range-header.ts';
import { type CreationParams, createdUpload, creationParams, creationRequest } from './creation-request.ts';
import { misconfigured, secretOf } from './credentials.ts';
import { refused } from './refusals.ts';
import { type Appended, type Part, type Resumable, type Standing, uploadResumably } from './resumable.ts';
import { type BodySent, sendBody } from './send-body.ts';
import { type Failed, failed, idOf, type Uploaded, type UploadRun } from './upload-run.ts';

export const contentRangeParams = z.strictObject({
  style: z
    .enum(['session', 'floor'])
    .default('session')
    .describe(
      '`session`: chunks are multiples of 256 KiB, the service answers 308 and says in Range what it holds. `floor`: the number of chunks is rounded down, and the remainder rides in the last one.',
    ),
  minChunkBytes: z
    .int()
    .min(1)
    .default(5_000_000)
    .describe('floor: the smallest chunk that the service takes; a smaller payload is one chunk.'),
  maxChunkBytes: z
    .int()
    .min(1)
    .default(64_000_000)
    .describe('floor: the largest chunk that the service takes; the last one may be up to twice as large.'),
  create: creationParams
    .optional()
    .describe('The request that makes the upload; without it the target itself takes the payload.'),
});

type ContentRangeParams = z.infer<typeof contentRangeParams>;

/** What the service would refuse in chunks of this size; undefined when it takes them. */
export function contentRangeFault(
  params: ContentRangeParams,
  sizeBytes: number,
  chunkBytes: number,
): string | undefined {
  return params.style === 'floor'
    ? floorFault(sizeBytes, chunkBytes, params)
    : sessionFault(sizeBytes, chunkBytes);
}

export async function uploadByContentRange(run: UploadRun): Promise<Uploaded | Failed> {
  const driver = run.params.contentRange.style === 'floor' ? new FloorUpload(run) : new SessionUpload(run);
  const sent = await uploadResumably(run, driver);
  return { ...sent, ...driver.leftBehind(sent.ok) };
}

abstract class ContentRangeUpload implements Resumable {
  protected readonly run: UploadRun;
  /** Takes the payload. */
  protected url: URL;
  #id: string | undefined;
  #isCreated = false;
  #chunks = 0;

  constructor(run: UploadRun) {
    this.run = run;
    this.url = run.url;
  }

  /** Size and number of chunks, as the creation request may announce them. */
  protected abstract readonly plan: { readonly chunkBytes: number; readonly chunkCount: number };
  abstract next(offset: number): Chunk | undefined;
  abstract standing(): Promise<Standing | Failed>;
  protected abstract take(sent: BodySent & { ok: true }, end: number, isLast: boolean): Appended;

  /** Of a failed upload too where it was created: the target itself is only known to be ours once the payload is there. */
  leftBehind(isDone: boolean): Pick<Uploaded, 'id' | 'deleteUrl'> {
    if (!isDone && !this.#isCreated) return {};
    return { ...(this.#id ? { id: this.#id } : idOf(this.url)), deleteUrl: this.url };
  }

  async create(): Promise<{ readonly ok: true } | Failed> {
    const { create } = this.run.params.contentRange;
    return create ? this.#create(create) : { ok: true };
  }

  async append({ offset, bytes, isLast, cut }: Part): Promise<Appended> {
    const { payload, params } = this.run;
    const headers = {
      'content-type': params.contentType,
      'content-range': contentRange(offset, bytes.length, payload.length),
    };
    const request = { method: 'PUT', url: this.url, headers, body: bytes, cut } as const;
    const sent = await sendBody(this.run, request, `chunk ${++this.#chunks}`);
    return sent.ok ? this.take(sent, offset + bytes.length, isLast) : { ok: false, sent };
  }

  async #create(params: CreationParams): Promise<{ readonly ok: true } | Failed> {
    const { run } = this;
    const url = URL.parse(params.url ?? '', run.url);
    if (!url) return misconfigured('contentRange.create.url is no URL.');
    const facts = { ...this.plan, size: run.payload.length, filename: run.params.filename };
    const { headers, body } = creationRequest(params, facts);
    const bearer = this.#bearer(params.credentials);
    if (!bearer.ok) return bearer;
    const question = { method: params.method, url, headers: { ...headers, ...bearer.headers } };
    const answer = await ask(
      run,
      { ...question, ...(body === undefined ? {} : { body }) },
      'upload_create',
      'create',
    );
    if (!answer.ok) return answer;
    const { response } = answer;
    if (response.status >= 300) return refused(response, 'upload_create', 'the creation request');
    const created = createdUpload(params, url, response.headers, answer.body);
    this.#id = created.id;
    if (!created.url) {
      const where = params.uploadUrl === undefined ? 'its Location' : `${params.uploadUrl} of its answer`;
      const message = `The service made an upload and did not say where: ${where} is missing or no URL.`;
      return failed('upload_create', 'bad_response', message);
    }
    this.url = created.url;
    this.#isCreated = true;
    run.metrics.upload_create_ms = response.headMs - response.requestMs;
    return { ok: true };
  }

  #bearer(
    name: string | undefined,
  ): { readonly ok: true; readonly headers: Readonly<Record<string, string>> } | Failed {
    if (name === undefined) return { ok: true, headers: {} };
    const found = secretOf(this.run, name);
    return found.ok ? { ok: true, headers: { authorization: `Bearer ${found.secret}` } } : found;
  }
}

/** Chunks in order, each answered by 206, the last by 201. Nobody can be asked for an offset: a lost chunk is sent again. */
class FloorUpload extends ContentRangeUpload {
  /** Where the first chunk without an answer begins. */
  #answeredTo = 0;

  protected get plan() {
    return floorPlan(this.run.payload.length, this.run.params.chunkBytes);
  }

  next(offset: number): Chunk | undefined {
    return floorChunk(offset, this.run.payload.length, this.plan);
  }

  async standing(): Promise<Standing> {
    return { ok: true, offset: this.#answeredTo, isComplete: false };
  }

  protected take(sent: BodySent & { ok: true }, end: number, isLast: boolean): Appended {
    const { status, headers } = sent.response;
    if (status >= 300) return refusedChunk(sent, isLast);
    if (isLast && status === 206) return unfinished(status);
    const held = heldByContentRange(headers['content-range']);
    if (held !== undefined) this.run.sends.confirm(held, sent.response.headMs);
    this.#answeredTo = held ?? end;
    return { ok: true, sent, offset: this.#answeredTo };
  }
}

/** Chunks answered by 308 with the Range that the service holds, which is what counts and not what was sent; the last by 200 or 201. */
class SessionUpload extends ContentRangeUpload {
  protected get plan() {
    const size = this.run.payload.length;
    const chunkBytes = Math.min(this.run.params.chunkBytes, size);
    return { chunkBytes, chunkCount: Math.ceil(size / chunkBytes) };
  }

  next(offset: number): Chunk | undefined {
    return nextChunk(offset, this.run.payload.length, this.run.params.chunkBytes);
  }

  async standing(): Promise<Standing | Failed> {
    const size = this.run.payload.length;
    const question = { method: 'PUT', url: this.url, headers: { 'content-range': unknownRange(size) } };
    const answer = await ask(this.run, question, 'upload_chunk', 'offset');
    if (!answer.ok) return answer;
    const { status, headers } = answer.response;
    if (status === 200 || status === 201)
      return { ok: true, offset: size, isComplete: true, answer: answer.body };
    if (status !== 308) return refused(answer.response, 'upload_chunk', 'the question for the offset');
    const offset = heldByRange(headers.range);
    return offset === undefined ? unreadableRange() : { ok: true, offset, isComplete: false };
  }

  protected take(sent: BodySent & { ok: true }, end: number, isLast: boolean): Appended {
    const { status, headers } = sent.response;
    if (status === 308) {
      const offset = heldByRange(headers.range);
      if (offset === undefined) return unreadableRange();
      return isLast && offset >= end ? unfinished(status) : { ok: true, sent, offset };
    }
    if (status >= 300) return refusedChunk(sent, isLast);
    if (isLast) return { ok: true, sent, offset: end };
    const message = `The service answered ${status} as if everything was there, after ${end} of ${this.run.payload.length} bytes.`;
    return failed('upload_chunk', 'bad_response', message);
  }
}

/** The service had every byte of the last chunk where it fails itself: what failed is putting the upload together. */
function refusedChunk({ response }: BodySent & { ok: true }, isLast: boolean): Failed {
  return refused(response, isLast && response.status >= 500 ? 'upload_commit' : 'upload_chunk', 'a chunk');
}

function unfinished(status: number): Failed {
  const message = `The service was sent everything and answered ${status}, as if more was to come.`;
  return failed('upload_commit', 'bad_response', message);
}

function unreadableRange(): Failed {
  const message = 'The service answered 308 with a Range that does not begin at 0 or is none.';
  return failed('upload_chunk', 'bad_response', message);
}
