/** A resumable upload by tus 1.0 (https://tus.io/protocols/resumable-upload): OPTIONS, creation, PATCH after PATCH. */
import { createHash } from 'node:crypto';
import { ask } from './ask.ts';
import { type Chunk, nextChunk } from './chunk-plan.ts';
import { uploadOffset } from './ietf-headers.ts';
import { refused } from './refusals.ts';
import { type Appended, type Part, type Resumable, type Standing, uploadResumably } from './resumable.ts';
import { type BodySent, sendBody } from './send-body.ts';
import { type Failed, failed, idOf, type Uploaded, type UploadRun } from './upload-run.ts';

const VERSION = { 'tus-resumable': '1.0.0' };

/** Uploads the payload in chunks; extensions are used where the server offers them, and only there. */
export async function uploadByTus(run: UploadRun): Promise<Uploaded | Failed> {
  const tus = new TusUpload(run);
  const sent = await uploadResumably(run, tus);
  return { ...sent, ...tus.leftBehind };
}

class TusUpload implements Resumable {
  readonly #run: UploadRun;
  /** What the server offers; nothing when it does not say. */
  #extensions: ReadonlySet<string> = new Set();
  /** The first of ours that the server knows; undefined where it has no checksum extension. */
  #checksum: ChecksumAlgorithm | undefined;
  #url: URL | undefined;
  #chunks = 0;

  constructor(run: UploadRun) {
    this.#run = run;
  }

  /** Of a failed upload too: an unfinished one is deleted like a finished one. */
  get leftBehind(): Pick<Uploaded, 'id' | 'deleteUrl' | 'deleteHeaders'> {
    const url = this.#url;
    if (!url) return {};
    const canDelete = this.#extensions.has('termination');
    return { ...idOf(url), ...(canDelete ? { deleteUrl: url, deleteHeaders: VERSION } : {}) };
  }

  async create(): Promise<{ readonly ok: true } | Failed> {
    const discovered = await this.#discover();
    return discovered.ok ? this.#post() : discovered;
  }

  next(offset: number): Chunk | undefined {
    return nextChunk(offset, this.#run.payload.length, this.#run.params.chunkBytes);
  }

  async append({ offset, bytes, isLast, cut }: Part): Promise<Appended> {
    this.#chunks++;
    const headers = {
      ...VERSION,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
      ...(this.#checksum ? { 'upload-checksum': checksum(this.#checksum, bytes) } : {}),
    };
    const url = this.#url as URL;
    const sent = await sendBody(
      this.#run,
      { method: 'PATCH', url, headers, body: bytes, cut },
      `chunk ${this.#chunks}`,
    );
    return sent.ok ? takenApart(sent, offset + bytes.length, isLast) : { ok: false, sent };
  }

  async standing(): Promise<Standing | Failed> {
    const answer = await this.#ask('HEAD', {}, 'upload_chunk', 'offset');
    if (!answer.ok) return answer;
    const { response } = answer;
    if (response.status !== 200 && response.status !== 204) {
      return refused(response, 'upload_chunk', 'the question for the offset');
    }
    const offset = uploadOffset(response.headers);
    if (offset === undefined) {
      return failed('upload_chunk', 'bad_response', 'The server did not say which offset it holds.');
    }
    return { ok: true, offset, isComplete: offset === this.#run.payload.length };
  }

  /** What the server can do. One that does not answer OPTIONS well is taken to have creation, and nothing else. */
  async #discover(): Promise<{ readonly ok: true } | Failed> {
    const answer = await this.#ask('OPTIONS', {}, 'upload_create', 'options');
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
    if (!this.#extensions.has('creation')) {
      return failed(
        'upload_create',
        'bad_response',
        `The server does not offer creation, only ${extensions}.`,
      );
    }
    if (this.#extensions.has('checksum')) this.#useChecksum(headers['tus-checksum-algorithm'] ?? '');
    return { ok: true };
  }

  #useChecksum(offered: string): void {
    const known = words(offered);
    this.#checksum = CHECKSUM_ALGORITHMS.find((algorithm) => known.has(algorithm));
    if (this.#checksum) this.#run.attributes.checksum = this.#checksum;
  }

  async #post(): Promise<{ readonly ok: true } | Failed> {
    const { payload, params, url } = this.#run;
    const headers = {
      'upload-length': String(payload.length),
      'upload-metadata': `filename ${base64(params.filename)},filetype ${base64(params.contentType)}`,
    };
    const answer = await this.#ask('POST', headers, 'upload_create', 'create');
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
    const expires = response.headers['upload-expires'];
    if (expires !== undefined && this.#extensions.has('expiration')) {
      this.#run.attributes.upload_expires = expires;
    }
    this.#run.metrics.upload_create_ms = response.headMs - response.requestMs;
    this.#url = created;
    return { ok: true };
  }

  /** A request without a payload, to where the upload is once it was created. */
  #ask(
    method: 'OPTIONS' | 'POST' | 'HEAD',
    headers: Readonly<Record<string, string>>,
    layer: 'upload_create' | 'upload_chunk',
    name: string,
  ): ReturnType<typeof ask> {
    const url = this.#url ?? this.#run.url;
    return ask(this.#run, { method, url, headers: { ...VERSION, ...headers } }, layer, name);
  }
}

/** The answer to a PATCH after which the server must hold `expected` bytes. */
function takenApart(sent: BodySent & { ok: true }, expected: number, isLast: boolean): Appended {
  const { response } = sent;
  const { status } = response;
  if (status !== 204 && status !== 200) {
    // The server had every byte of the last chunk: what failed is putting the upload together.
    return refused(response, isLast && status >= 500 ? 'upload_commit' : 'upload_chunk', 'a chunk');
  }
  const offset = uploadOffset(response.headers);
  if (offset === undefined) {
    return failed('upload_chunk', 'bad_response', 'The server took a chunk and did not say its new offset.');
  }
  if (offset === expected) return { ok: true, sent, offset };
  const message = `The server holds ${offset} bytes after a chunk that ended at ${expected}.`;
  return failed('upload_chunk', 'offset_mismatch', message);
}

/** In order of preference; tus demands sha1 of every server that has the extension. */
const CHECKSUM_ALGORITHMS = ['sha256', 'sha1'] as const;
type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

function checksum(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  return `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((word) => word.trim()));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
