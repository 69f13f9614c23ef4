/**
 * Reads a file as Chromium's media loader does: in blocks of 32 KiB that stay once they are there, by one request at a time
 * that runs on towards the end of the file. A block a little ahead of what arrives is waited for; any other is asked for
 * anew, which gives the request under way up.
 */
import type { SessionResponse } from '../net/session.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { FetchFailed, MediaError } from './media-error.ts';
import { bodyFailure, type FetchedOk, type FetchPlan } from './media-fetcher.ts';
import { type PlaybackRun, recordPhases } from './playback-run.ts';
import { BLOCK_BYTES, ceilToBlock, seeksTo } from './startup-model.ts';
import type { Throughput } from './throughput.ts';

/** The plan of a request for the file from byte `from` on; the first is a range too, as a browser's is. */
export function mediaPlan(from: number): FetchPlan {
  return { name: 'media', layer: 'http', range: { from }, maxBodyBytes: PLAYBACK_LIMITS.mediaBytes.value };
}

interface Block {
  readonly atMs: number;
  readonly byteCount: number;
}

/** A request under way, or its end. */
interface Stream {
  readonly fetched: FetchedOk;
  /** Byte of the file that comes next. */
  at: number;
  pieces: Uint8Array[];
  held: number;
  readonly arrived: ReturnType<Throughput['ofBody']>;
  lastMs: number;
  end?: 'complete' | Error;
}

export class BlockReader {
  readonly #run: PlaybackRun;
  readonly #url: URL;
  /** Whether the server answers ranges, and says how long the file is: if not, a player reads it from begin to end. */
  readonly canSeek: boolean;
  readonly #blocks = new Map<number, Block>();
  /** Content of blocks, the oldest dropped first. */
  readonly #contents = new Map<number, Uint8Array>();
  #stream: Stream | undefined;
  #length: number | undefined;
  #received = 0;
  #extraRequests = 0;
  #nowMs: number;
  #wake: (() => void) | undefined;

  /** `first`: the response from byte 0, whose head has just arrived. */
  constructor(run: PlaybackRun, first: FetchedOk) {
    this.#run = run;
    this.#url = first.response.url;
    const { status, headers } = first.response;
    this.#length = fileLength(first.response);
    // A server may answer a range from byte 0 with 200 and still serve others.
    const hasRanges = status === 206 || /\bbytes\b/.test(headers['accept-ranges'] ?? '');
    this.canSeek = hasRanges && this.#length !== undefined;
    this.#nowMs = first.response.headMs;
    this.#begin(first, 0);
  }

  /** Of the file: as announced, or as found at its end. */
  get length(): number | undefined {
    return this.#length;
  }

  /** Bytes over all requests. */
  get received(): number {
    return this.#received;
  }

  /** When the last of the blocks that were waited for arrived. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Requests beyond the first. */
  get extraRequests(): number {
    return this.#extraRequests;
  }

  /** When the byte before `end` was there, or will be if what comes goes on to come as it did. */
  arrivalOf(end: number): number {
    const block = this.#blocks.get(Math.floor((end - 1) / BLOCK_BYTES));
    if (block || !this.#stream) return block?.atMs ?? this.#nowMs;
    const { at, lastMs } = this.#stream;
    const needed = Math.min(ceilToBlock(end), this.#length ?? Number.POSITIVE_INFINITY);
    return lastMs + this.#run.throughput.timeFor(needed - at);
  }

  /** The bytes from `from` to `to`, fewer at the end of the file. @throws FetchFailed, MediaError. */
  async read(from: number, to: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      if (!(await this.#wait(index, true))) break;
      const start = index * BLOCK_BYTES;
      const content = this.#contents.get(index) as Uint8Array;
      const part = content.subarray(at - start, to - start);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  /** Waits for the bytes from `from` to `to`; false when the file ends before. @throws FetchFailed, MediaError. */
  async reach(from: number, to: number): Promise<boolean> {
    for (let index = Math.floor(from / BLOCK_BYTES); index * BLOCK_BYTES < to; index++) {
      const block = await this.#wait(index, false);
      if (!block) return false;
      if (index * BLOCK_BYTES + block.byteCount < Math.min(to, (index + 1) * BLOCK_BYTES)) return false;
    }
    return true;
  }

  /** Gives the request under way up. */
  stop(): void {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = undefined;
    if (stream.end === undefined) recordPhases(this.#run, 'media', stream.fetched.response, stream.lastMs);
  }

  /** The block, when it is there; undefined behind the end of the file. */
  async #wait(index: number, withContent: boolean): Promise<Block | undefined> {
    for (;;) {
      const block = this.#blocks.get(index);
      if (block && (!withContent || this.#contents.has(index))) {
        this.#nowMs = Math.max(this.#nowMs, block.atMs);
        return block;
      }
      if (index * BLOCK_BYTES >= (this.#length ?? Number.POSITIVE_INFINITY)) return undefined;
      const stream = this.#stream;
      if (stream?.end instanceof Error) throw stream.end;
      if (stream && this.#comesBy(stream, index)) await this.#change();
      else await this.#ask(index);
    }
  }

  #comesBy(stream: Stream, index: number): boolean {
    if (stream.end !== undefined || index < Math.floor(stream.at / BLOCK_BYTES)) return false;
    return !this.canSeek || !seeksTo(index * BLOCK_BYTES, stream.at);
  }

  async #ask(index: number): Promise<void> {
    const from = index * BLOCK_BYTES;
    if (!this.canSeek) throw new MediaError('bad_media', 'it has to be read back and forth, without ranges');
    if (this.#stream?.end === 'complete' && startOf(this.#stream) === from) {
      throw new MediaError('bad_body', `the range from byte ${from} ends before its first ${BLOCK_BYTES}`);
    }
    this.stop();
    this.#extraRequests++;
    const fetched = await this.#run.fetcher.open(this.#url, mediaPlan(from));
    if (!fetched.ok) throw new FetchFailed(fetched.failure);
    if (fetched.response.status !== 206) {
      throw new FetchFailed(brokenPromise(from, 'with the whole file'));
    }
    const given = /^bytes (\d+)-/.exec(fetched.response.headers['content-range'] ?? '')?.[1];
    if (Number(given) !== from) throw new FetchFailed(brokenPromise(from, `with one from byte ${given}`));
    this.#begin(fetched, from);
  }

  #begin(fetched: FetchedOk, at: number): void {
    const arrived = this.#run.throughput.ofBody();
    const stream: Stream = { fetched, at, pieces: [], held: 0, arrived, lastMs: fetched.response.headMs };
    this.#stream = stream;
    // Never rejects: what goes wrong is the stream's end.
    void this.#pump(stream);
  }

  async #pump(stream: Stream): Promise<void> {
    const { response, plan } = stream.fetched;
    for await (const { bytes, atMs } of response.body) {
      if (stream !== this.#stream) return;
      this.#take(stream, bytes, atMs);
      if (this.#received > PLAYBACK_LIMITS.mediaBytes.value) {
        recordPhases(this.#run, 'media', response, stream.lastMs);
        stream.end = tooMuch();
        this.#changed();
        return;
      }
    }
    const failure = bodyFailure(await response.body.end, plan);
    if (stream !== this.#stream) return;
    recordPhases(this.#run, 'media', response, stream.lastMs);
    if (failure) stream.end = new FetchFailed(failure);
    else this.#finish(stream);
    this.#changed();
  }

  #take(stream: Stream, bytes: Uint8Array, atMs: number): void {
    this.#received += bytes.length;
    stream.arrived(bytes.length, atMs);
    stream.lastMs = atMs;
    stream.pieces.push(bytes);
    stream.held += bytes.length;
    stream.at += bytes.length;
    if (stream.held < BLOCK_BYTES) return;
    const joined = Buffer.concat(stream.pieces);
    const index = (stream.at - stream.held) / BLOCK_BYTES;
    const count = Math.floor(joined.length / BLOCK_BYTES);
    for (let i = 0; i < count; i++) {
      this.#keep(index + i, joined.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES), atMs);
    }
    const rest = joined.subarray(count * BLOCK_BYTES);
    stream.pieces = rest.length > 0 ? [rest] : [];
    stream.held = rest.length;
    this.#changed();
  }

  /** The response is over: with the end of the file, its last block is shorter. */
  #finish(stream: Stream): void {
    stream.end = 'complete';
    const { status } = stream.fetched.response;
    if (status === 200) this.#length = stream.at;
    this.#length ??= stream.at;
    if (stream.at < this.#length || stream.held === 0) return;
    this.#keep((stream.at - stream.held) / BLOCK_BYTES, Buffer.concat(stream.pieces), stream.lastMs);
  }

  #keep(index: number, content: Uint8Array, atMs: number): void {
    if (!this.#blocks.has(index)) this.#blocks.set(index, { atMs, byteCount: content.length });
    this.#contents.delete(index);
    this.#contents.set(index, content);
    if (this.#contents.size <= PLAYBACK_LIMITS.blocks.value) return;
    for (const oldest of this.#contents.keys()) {
      this.#contents.delete(oldest);
      break;
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function startOf({ fetched }: Stream): number {
  return fetched.plan.range?.from ?? 0;
}

/** The length of the whole file, where the response tells it. */
function fileLength({ status, headers }: SessionResponse): number | undefined {
  const total =
    status === 206 ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length'];
  const length = Number(total);
  return total !== undefined && Number.isSafeInteger(length) ? length : undefined;
}

function brokenPromise(from: number, how: string): FetchFailed['failure'] {
  const message = `The server offers byte ranges, and answered one from byte ${from} ${how}.`;
  return { layer: 'content', blame: 'target', code: 'bad_response', message };
}

function tooMuch(): FetchFailed {
  const message = `The file: ${PLAYBACK_LIMITS.mediaBytes.value} bytes came and no start was possible yet.`;
  return new FetchFailed({ layer: 'content', blame: 'target', code: 'too_large', message });
}
