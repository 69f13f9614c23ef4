/**
 * Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload, interop version 8): creation at /ietf/ by POST or PUT,
 * upload resources at /ietf/ID for HEAD, PATCH and DELETE. Of two requests for one upload the earlier is ended ("Concurrency").
 */
import type { NotTaken, PartialUpload, PartialUploads, TooMuch } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import { type Exchange, integerOf, sendError } from './send.ts';
import { sendCompleted, sendNotTaken, uploadFor } from './upload-answer.ts';

const INTEROP_VERSION = '8';
const PARTIAL_UPLOAD = 'application/partial-upload';
const PROBLEMS = 'https://iana.org/assignments/http-problem-types#';

export interface IetfOptions {
  readonly partials: PartialUploads;
  readonly bytesMax: number;
  readonly ageMaxMs: number;
}

export class IetfUploads {
  readonly #partials: PartialUploads;
  readonly #options: IetfOptions;

  constructor(options: IetfOptions) {
    this.#partials = options.partials;
    this.#options = options;
  }

  /** What the resource offers, before anything is created: "Limits". */
  announce(exchange: Exchange): void {
    exchange.response.setHeader('accept-patch', PARTIAL_UPLOAD);
    exchange.response.setHeader('upload-limit', this.#limit(exchange));
  }

  /** "Upload Creation". Without Upload-Complete it is a plain upload, that nobody can resume. */
  async create(exchange: Exchange, base: string, processing: Processing): Promise<void> {
    const { request, response, injected } = exchange;
    const isComplete = booleanOf(request.headers['upload-complete']) ?? true;
    const length = lengthOf(exchange, 0, isComplete);
    if (length === 'inconsistent') return sendInconsistent(exchange);
    response.setHeader('upload-limit', this.#limit(exchange));
    const tooMuch = this.#tooMuch(exchange, length);
    if (tooMuch) return sendNotTaken(exchange, tooMuch);
    const upload = await this.#partials.create(length, request.headers['content-type'], processing);
    const location = `${base}/ietf/${upload.id}${injected.query}`;
    inform(exchange, { location, 'upload-limit': this.#limit(exchange) });
    response.setHeader('location', location);
    await this.#append(exchange, base, upload, isComplete, 201);
  }

  /** HEAD, PATCH or DELETE of an upload resource. */
  async answer(exchange: Exchange, base: string, id: string): Promise<void> {
    const upload = await uploadFor(exchange, this.#partials, id);
    if (!upload) return;
    if (exchange.request.method === 'HEAD') this.#sendStanding(exchange, upload);
    else await this.#patch(exchange, base, upload);
  }

  /** "Offset Retrieval". */
  #sendStanding(exchange: Exchange, upload: PartialUpload): void {
    const { response } = exchange;
    setStanding(exchange, upload);
    if (upload.length !== undefined) response.setHeader('upload-length', upload.length);
    response.setHeader('upload-limit', this.#limit(exchange));
    response.setHeader('cache-control', 'no-store');
    response.writeHead(204).end();
  }

  /** "Upload Append". */
  async #patch(exchange: Exchange, base: string, upload: PartialUpload): Promise<void> {
    const { request, response } = exchange;
    if (mediaTypeOf(request.headers['content-type']) !== PARTIAL_UPLOAD)
      return sendError(response, 415, 'unsupported_media_type', `A PATCH must be of ${PARTIAL_UPLOAD}.`);
    const isComplete = booleanOf(request.headers['upload-complete']);
    const offset = integerOf(request.headers['upload-offset']);
    if (isComplete === undefined || offset === undefined)
      return sendError(response, 400, 'bad_request', 'A PATCH must have Upload-Complete and Upload-Offset.');
    setStanding(exchange, upload);
    if (upload.isComplete)
      return request.headers['content-length'] === '0'
        ? sendProblem(exchange, 400, 'completed-upload', 'upload is already completed')
        : sendInconsistent(exchange);
    if (offset !== upload.offset) {
      const members = { 'expected-offset': upload.offset, 'provided-offset': offset };
      const title = 'offset from request does not match offset of resource';
      return sendProblem(exchange, 409, 'mismatching-upload-offset', title, members);
    }
    const length = lengthOf(exchange, offset, isComplete);
    if (length === 'inconsistent' || (length !== undefined && length !== (upload.length ?? length)))
      return sendInconsistent(exchange);
    const tooMuch = this.#tooMuch(exchange, length);
    if (tooMuch) {
      response.setHeader('upload-limit', this.#limit(exchange));
      return sendNotTaken(exchange, tooMuch);
    }
    upload.length ??= length;
    await this.#append(exchange, base, upload, isComplete, 200);
  }

  /** Takes the body in, telling the offset now and then, and answers; `doneStatus` when it was the last of the upload. */
  async #append(
    exchange: Exchange,
    base: string,
    upload: PartialUpload,
    isComplete: boolean,
    doneStatus: number,
  ): Promise<void> {
    const { response, request, injected } = exchange;
    let toldOffset = upload.offset;
    const appended = await this.#partials.append(upload, exchange, {
      bytesMax: injected.maxAppend,
      onProgress: (offset) => {
        if (offset - toldOffset < injected.progressBytes) return;
        toldOffset = offset;
        inform(exchange, { 'upload-offset': String(offset) });
      },
    });
    if (appended.kind !== 'whole') return this.#sendNotTaken(exchange, upload, appended);
    if (isComplete && upload.length !== undefined && upload.offset !== upload.length)
      return sendInconsistent(exchange);
    if (isComplete) await this.#partials.complete(upload, exchange);
    setStanding(exchange, upload);
    if (isComplete) sendCompleted(exchange, base, doneStatus, upload);
    else response.writeHead(request.method === 'PATCH' ? 204 : 201).end();
  }

  /** Past its length an upload is of no use to anybody ("Upload Append", server behaviour). */
  async #sendNotTaken(exchange: Exchange, upload: PartialUpload, notTaken: NotTaken): Promise<void> {
    if (notTaken.kind === 'too_much' && notTaken.of === 'upload') {
      await this.#partials.remove(upload);
      if (upload.length !== undefined) return sendInconsistent(exchange);
    }
    setStanding(exchange, upload);
    exchange.response.setHeader('upload-limit', this.#limit(exchange));
    sendNotTaken(exchange, notTaken);
  }

  /** What is wrong with the size that a request announces, of itself or of the upload. */
  #tooMuch({ request, injected }: Exchange, length: number | undefined): TooMuch | undefined {
    const { bytesMax } = this.#options;
    if ((length ?? 0) > bytesMax) return { kind: 'too_much', of: 'upload', bytesMax };
    const requestMax = injected.maxAppend ?? bytesMax;
    return Number(request.headers['content-length'] ?? 0) > requestMax
      ? { kind: 'too_much', of: 'request', bytesMax: requestMax }
      : undefined;
  }

  #limit({ injected }: Exchange): string {
    const { bytesMax, ageMaxMs } = this.#options;
    const append = injected.maxAppend === undefined ? '' : `, max-append-size=${injected.maxAppend}`;
    return `max-size=${bytesMax}, max-age=${Math.floor(ageMaxMs / 1000)}${append}`;
  }
}

/** A 104, for clients of the same interop version alone ("Draft Version Identification"). */
function inform({ request, response }: Exchange, headers: Record<string, string>): void {
  if (request.headers['upload-draft-interop-version'] !== INTEROP_VERSION || response.headersSent) return;
  response.writeInformation(104, { ...headers, 'upload-draft-interop-version': INTEROP_VERSION });
}

function setStanding({ response }: Exchange, { offset, isComplete }: PartialUpload): void {
  response.setHeader('upload-offset', offset);
  response.setHeader('upload-complete', isComplete ? '?1' : '?0');
}

/** The length that a request tells, by Upload-Length or by being the last one ("Length"). */
function lengthOf(
  { request }: Exchange,
  offset: number,
  isComplete: boolean,
): number | 'inconsistent' | undefined {
  const named = integerOf(request.headers['upload-length']);
  const content = request.headers['content-length'];
  const counted = isComplete && content !== undefined ? offset + Number(content) : undefined;
  return named !== undefined && counted !== undefined && named !== counted
    ? 'inconsistent'
    : (named ?? counted);
}

function sendInconsistent(exchange: Exchange): void {
  sendProblem(exchange, 400, 'inconsistent-upload-length', 'inconsistent length values for upload');
}

/** Problem details (RFC 9457) of the types that the draft registers. */
function sendProblem(
  { response }: Exchange,
  status: number,
  type: string,
  title: string,
  members: Record<string, number> = {},
): void {
  const body = `${JSON.stringify({ type: PROBLEMS + type, title, ...members })}\n`;
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** A Boolean of Structured Fields (RFC 9651 §3.3.6); other values are ignored with their header. */
function booleanOf(header: string | string[] | undefined): boolean | undefined {
  return header === '?1' ? true : header === '?0' ? false : undefined;
}

function mediaTypeOf(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}
