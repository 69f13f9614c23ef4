/**
 * Uploads in chunks by Content-Range, as the Content Posting API of TikTok has them (its Media Transfer Guide): announced at
 * /chunked/init, sent to /chunked/ID one after the other. The number of chunks is rounded down: what is over rides in the last.
 */
import { readContentRange } from './content-range.ts';
import type { PartialUpload, PartialUploads } from './partial-uploads.ts';
import type { Processing } from './processing.ts';
import { type Exchange, sendError, sendJson } from './send.ts';
import { sendCompleted, sendNotTaken, uploadFor } from './upload-answer.ts';

export interface ChunkedOptions {
  readonly partials: PartialUploads;
  readonly bytesMax: number;
  readonly chunkBytesMin: number;
  readonly chunkBytesMax: number;
}

interface Announced {
  readonly video_size: number;
  readonly chunk_size: number;
  readonly total_chunk_count: number;
}

const CHUNKS_MAX = 1000;
/** An announcement is a few numbers. */
const ANNOUNCEMENT_BYTES_MAX = 16 * 1024;

export class ChunkedUploads {
  readonly #options: ChunkedOptions;
  readonly #chunkBytes = new WeakMap<PartialUpload, number>();

  constructor(options: ChunkedOptions) {
    this.#options = options;
  }

  /** `POST /chunked/init` with `{source_info: {source: "FILE_UPLOAD", video_size, chunk_size, total_chunk_count}}`. */
  async create(exchange: Exchange, base: string, processing: Processing): Promise<void> {
    const { response, injected } = exchange;
    const announced = announcedBy(await bodyOf(exchange));
    const wrong = announced === undefined ? 'source_info is not as it must be' : this.#wrongWith(announced);
    if (!announced || wrong !== undefined)
      return sendJson(response, 400, platformAnswer({}, 'invalid_params', wrong));
    const { partials } = this.#options;
    const upload = await partials.create(announced.video_size, undefined, processing);
    this.#chunkBytes.set(upload, announced.chunk_size);
    const uploadUrl = `${base}/chunked/${upload.id}${injected.query}`;
    response.setHeader('location', uploadUrl);
    sendJson(response, 200, platformAnswer({ publish_id: upload.id, upload_url: uploadUrl }, 'ok', ''));
  }

  /** PUT of the next chunk, or DELETE, at the upload's own URL. */
  async answer(exchange: Exchange, base: string, id: string): Promise<void> {
    const { partials, bytesMax } = this.#options;
    const upload = await uploadFor(exchange, partials, id);
    if (!upload) return;
    const { request, response } = exchange;
    const range = readContentRange(request.headers['content-range']);
    if (range?.kind !== 'part' || Number(request.headers['content-length']) !== range.last + 1 - range.first)
      return sendError(
        response,
        400,
        'bad_range',
        'Content-Range must name the bytes of the chunk, and all of them.',
      );
    const next = endOfChunk(upload, this.#chunkBytes.get(upload) ?? bytesMax);
    const start = upload.offset;
    if (range.total !== upload.length || range.first !== start || range.last + 1 !== next) {
      sendRange(exchange, upload);
      const expected = `Expected is bytes ${start}-${next - 1}/${upload.length}.`;
      return sendError(response, 416, 'range_not_satisfiable', expected);
    }
    // A chunk that does not come whole is sent again from its start.
    const appended = await partials.append(upload, exchange, {
      keeps: (offset) => (offset === next ? next : start),
    });
    if (appended.kind !== 'whole') return sendNotTaken(exchange, appended);
    if (upload.offset === upload.length) await partials.complete(upload, exchange);
    sendRange(exchange, upload);
    if (upload.isComplete) sendCompleted(exchange, base, 201, upload);
    else response.writeHead(206).end();
  }

  /** The rules of "Chunk restrictions"; undefined when they are kept. */
  #wrongWith({ video_size, chunk_size, total_chunk_count }: Announced): string | undefined {
    const { bytesMax, chunkBytesMin, chunkBytesMax } = this.#options;
    if (video_size > bytesMax) return `video_size may be ${bytesMax}`;
    if (video_size < chunkBytesMin && chunk_size !== video_size)
      return `a video below ${chunkBytesMin} bytes is one chunk`;
    if (video_size >= chunkBytesMin && chunk_size < chunkBytesMin)
      return `chunk_size must be ${chunkBytesMin}`;
    if (chunk_size > Math.min(chunkBytesMax, video_size))
      return `chunk_size may be ${chunkBytesMax}, and not the video's`;
    const count = Math.floor(video_size / chunk_size);
    if (total_chunk_count !== count || count > CHUNKS_MAX)
      return `total_chunk_count must be ${count}, and ${CHUNKS_MAX} at the most`;
    return undefined;
  }
}

/** Where the chunk ends that begins at the offset of the upload. */
function endOfChunk({ offset, length = 0 }: PartialUpload, chunkBytes: number): number {
  const next = Math.floor(offset / chunkBytes) + 1;
  return next >= Math.floor(length / chunkBytes) ? length : next * chunkBytes;
}

function sendRange({ response }: Exchange, { offset, length }: PartialUpload): void {
  response.setHeader('content-range', `bytes ${offset === 0 ? '*' : `0-${offset - 1}`}/${length}`);
}

/** The envelope of that API. */
function platformAnswer(data: Record<string, string>, code: string, message = ''): unknown {
  return { data, error: { code, message, log_id: '' } };
}

/** The text of a small body; undefined past the limit. */
async function bodyOf({ request }: Exchange): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > ANNOUNCEMENT_BYTES_MAX) return undefined;
  }
  return text;
}

function announcedBy(text: string | undefined): Announced | undefined {
  try {
    const { source_info: info } = JSON.parse(text ?? '');
    const numbers = [info.video_size, info.chunk_size, info.total_chunk_count];
    const isValid =
      info.source === 'FILE_UPLOAD' && numbers.every((number) => Number.isSafeInteger(number) && number > 0);
    return isValid ? info : undefined;
  } catch {
    return undefined;
  }
}
