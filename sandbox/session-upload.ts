/**
 * Resumable upload sessions by Content-Range, as the Data API of YouTube has them ("Resumable Uploads"): opened at /session/,
 * sent to /session/ID. The session keeps whole multiples of 256 KiB: what it holds is what its Range says, not what was sent.
 */
import { readContentRange } from './content-range.ts';
import type { PartialUpload, PartialUploads } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import { type Exchange, integerOf, sendError } from './send.ts';
import { sendCompleted, sendNotTaken, uploadFor } from './upload-answer.ts';

const GRAIN_BYTES = 256 * 1024;

export interface SessionOptions {
  readonly partials: PartialUploads;
  readonly bytesMax: number;
}

export class SessionUploads {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** `POST /session/` with X-Upload-Content-Length and X-Upload-Content-Type, both optional; the body is of no interest. */
  async create(exchange: Exchange, base: string, processing: Processing): Promise<void> {
    const { request, response, injected } = exchange;
    const { partials, bytesMax } = this.#options;
    const header = request.headers['x-upload-content-length'];
    const length = integerOf(header);
    if (header !== undefined && length === undefined)
      return sendError(response, 400, 'bad_length', 'X-Upload-Content-Length must be a number of bytes.');
    if (length !== undefined && length > bytesMax)
      return sendNotTaken(exchange, { kind: 'too_much', of: 'upload', bytesMax });
    const contentType = request.headers['x-upload-content-type'];
    const type = typeof contentType === 'string' ? contentType : undefined;
    const upload = await partials.create(length, type, processing);
    response.setHeader('location', `${base}/session/${upload.id}${injected.query}`);
    response.writeHead(200, { 'content-length': 0 }).end();
  }

  /** PUT of bytes, PUT of nothing as a question, or DELETE, at the session's own URL. */
  async answer(exchange: Exchange, base: string, id: string): Promise<void> {
    const { partials } = this.#options;
    const upload = await uploadFor(exchange, partials, id);
    if (!upload) return;
    if (upload.isComplete) return sendCompleted(exchange, base, 200, upload);
    const range = this.#rangeOf(exchange, upload);
    if (typeof range === 'string') return sendError(exchange.response, 400, 'bad_range', range);
    upload.length ??= range.total;
    if (range.kind === 'part') {
      const appended = await partials.append(upload, exchange, {
        keeps: (offset) => offset - (offset % GRAIN_BYTES),
      });
      if (appended.kind !== 'whole') return sendNotTaken(exchange, appended);
    }
    if (upload.offset !== upload.length) return sendIncomplete(exchange, upload);
    await partials.complete(upload, exchange);
    sendCompleted(exchange, base, 201, upload);
  }

  /** What the request brings, or what is wrong with it. A body without Content-Range is all of it. */
  #rangeOf(
    { request }: Exchange,
    { offset, length }: PartialUpload,
  ): Exclude<ReturnType<typeof readContentRange>, undefined> | string {
    const bytes = Number(request.headers['content-length'] ?? Number.NaN);
    const header = request.headers['content-range'];
    const range =
      header === undefined && bytes > 0
        ? ({ kind: 'part', first: 0, last: bytes - 1, total: bytes } as const)
        : readContentRange(header);
    if (!range) return 'Content-Range must be bytes FIRST-LAST/TOTAL, or bytes */TOTAL to ask.';
    if ((range.total ?? length) !== (length ?? range.total) || (range.total ?? 0) > this.#options.bytesMax)
      return `The upload has ${length ?? `at the most ${this.#options.bytesMax}`} bytes.`;
    if (range.kind === 'query') return range;
    if (bytes !== range.last + 1 - range.first) return 'Content-Range and Content-Length do not agree.';
    return range.first === offset ? range : `The upload stands at ${offset}, not at ${range.first}.`;
  }
}

/** 308 with what the session holds; no Range while that is nothing. */
function sendIncomplete({ response }: Exchange, { offset }: PartialUpload): void {
  if (offset > 0) response.setHeader('range', `bytes=0-${offset - 1}`);
  response.writeHead(308, { 'content-length': 0 }).end();
}
