/** What was uploaded, as the outside sees it: its status, and its renditions, each region in its own time. */
import { createReadStream } from 'node:fs';
import type { Clock } from './clock.ts';
import { decoded, type Exchange, sendContent, sendError, sendJson } from './send.ts';
import { sendUnknownUpload } from './upload-answer.ts';
import type { RenditionStatus, UploadShelf, UploadStatus } from './upload-shelf.ts';

const CACHED = 'public, max-age=3600';

export class Publication {
  readonly #shelf: UploadShelf;
  readonly #clock: Clock;
  readonly #negativesMax: number;
  /** `POP path` of what a region asked for too early, and until when it keeps its 404. */
  readonly #negativeUntilMs = new Map<string, number>();

  constructor(shelf: UploadShelf, clock: Clock, negativesMax: number) {
    this.#shelf = shelf;
    this.#clock = clock;
    this.#negativesMax = negativesMax;
  }

  /** `{id, state, bytes, sha256, play_url, renditions: [{name, state, play_url}]}`, of an id or `s3/BUCKET/KEY`. */
  sendStatus(exchange: Exchange, base: string, idOrName: string): void {
    const id = this.#shelf.idOf(decoded(idOrName));
    const status = id === undefined ? undefined : this.#shelf.status(id);
    if (!status) {
      sendUnknownUpload(exchange);
      return;
    }
    const play_url = `${base}/play/${status.id}`;
    sendJson(exchange.response, 200, {
      id: status.id,
      state: status.state,
      bytes: status.bytes,
      sha256: status.sha256,
      play_url,
      renditions: status.renditions.map(({ name, state }) => ({
        name,
        state,
        play_url: `${play_url}/${name}`,
      })),
    });
  }

  /** An upload by its id, or one rendition of it as ID/NAME; 404 until the region that asks can have it. */
  async sendMedia(exchange: Exchange, path: string): Promise<void> {
    const [id = '', name] = path.split('/');
    const status = this.#shelf.status(id);
    const rendition = status && playable(status, name);
    if (!status || (name !== undefined && !rendition)) return sendUnknownUpload(exchange);
    const wrong = this.#missing(exchange, status, rendition);
    if (wrong) return sendError(exchange.response, 404, wrong.code, wrong.message);
    await sendContent(exchange, {
      size: status.bytes,
      contentType: status.contentType,
      etag: `"${status.sha256?.slice(0, 32)}"`,
      cacheControl: CACHED,
      read: (start, end) => createReadStream(this.#shelf.path(id), { start, end }),
    });
  }

  /** Why the region that asks cannot have it yet; asking too early makes it keep its 404. */
  #missing(
    { request, url }: Exchange,
    { state, processing }: UploadStatus,
    rendition: RenditionStatus | undefined,
  ): { readonly code: string; readonly message: string } | undefined {
    const nowMs = this.#clock.monotonicMs();
    const pop = String(request.headers['x-pop'] ?? '');
    // As caches do: an address with other arguments is another one.
    const key = `${pop} ${url.pathname}${url.search}`;
    if ((this.#negativeUntilMs.get(key) ?? 0) > nowMs)
      return {
        code: 'negative_cached',
        message: `${pop || 'The edge'} keeps the answer that it got too early.`,
      };
    const isReady = rendition?.state === 'ready';
    if (isReady && nowMs >= rendition.readyMs + (processing.propagation[pop] ?? 0)) return undefined;
    if (processing.negativeMs > 0) this.#keepNegative(key, nowMs + processing.negativeMs);
    return isReady
      ? { code: 'not_here_yet', message: `It has not reached ${pop}.` }
      : { code: 'not_ready', message: `It is still ${rendition?.state ?? state}.` };
  }

  #keepNegative(key: string, untilMs: number): void {
    this.#negativeUntilMs.delete(key);
    this.#negativeUntilMs.set(key, untilMs);
    const [oldest] = this.#negativeUntilMs.keys();
    if (this.#negativeUntilMs.size > this.#negativesMax && oldest !== undefined)
      this.#negativeUntilMs.delete(oldest);
  }
}

/** The rendition of that name, or of any name the one that is ready first. */
function playable({ renditions }: UploadStatus, name: string | undefined): RenditionStatus | undefined {
  if (name !== undefined) return renditions.find((rendition) => rendition.name === name);
  return renditions.toSorted((a, b) => a.readyMs - b.readyMs)[0];
}
