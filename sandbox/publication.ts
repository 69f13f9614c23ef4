/** What was uploaded, as the outside sees it: its status, and its renditions, each region in its own time. */
import { createReadStream } from 'node:fs';
import type { Clock } from './clock.ts';
import { type Content, decoded, type Exchange, sendJson } from './send.ts';
import { sendUnknownUpload, UNKNOWN_UPLOAD } from './upload-answer.ts';
import type { RenditionStatus, UploadShelf, UploadStatus } from './upload-shelf.ts';

/** What a region gets that asks for media: its bytes, or why it gets none. */
export type MediaAnswer =
  | { readonly kind: 'content'; readonly content: Omit<Content, 'cacheControl'> }
  | NoMedia;

interface NoMedia {
  readonly kind: 'missing';
  readonly code: string;
  readonly message: string;
  /** The region has kept this answer from before. */
  readonly isKept: boolean;
}

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

  /** An upload by its id, or one rendition of it as ID/NAME; missing until the region that asks can have it. */
  mediaFor(exchange: Exchange, path: string): MediaAnswer {
    const [id = '', name] = path.split('/');
    const status = this.#shelf.status(id);
    const rendition = status && playable(status, name);
    if (!status || (name !== undefined && !rendition)) return missing(...UNKNOWN_UPLOAD);
    const wrong = this.#missing(exchange, status, rendition);
    if (wrong) return wrong;
    const content = {
      size: status.bytes,
      contentType: status.contentType,
      etag: `"${status.sha256?.slice(0, 32)}"`,
      read: (start: number, end: number) => createReadStream(this.#shelf.path(id), { start, end }),
    };
    return { kind: 'content', content };
  }

  /** Why the region that asks cannot have it yet; asking too early makes it keep its 404. */
  #missing(
    { request, url }: Exchange,
    { state, processing }: UploadStatus,
    rendition: RenditionStatus | undefined,
  ): NoMedia | undefined {
    const nowMs = this.#clock.monotonicMs();
    const pop = String(request.headers['x-pop'] ?? '');
    // As caches do: an address with other arguments is another one.
    const key = `${pop} ${url.pathname}${url.search}`;
    if ((this.#negativeUntilMs.get(key) ?? 0) > nowMs)
      return missing('negative_cached', `${pop || 'The edge'} keeps the answer that it got too early.`, true);
    const isReady = rendition?.state === 'ready';
    if (isReady && nowMs >= rendition.readyMs + (processing.propagation[pop] ?? 0)) return undefined;
    if (processing.negativeMs > 0) this.#keepNegative(key, nowMs + processing.negativeMs);
    return isReady
      ? missing('not_here_yet', `It has not reached ${pop}.`)
      : missing('not_ready', `It is still ${rendition?.state ?? state}.`);
  }

  #keepNegative(key: string, untilMs: number): void {
    this.#negativeUntilMs.delete(key);
    this.#negativeUntilMs.set(key, untilMs);
    const [oldest] = this.#negativeUntilMs.keys();
    if (this.#negativeUntilMs.size > this.#negativesMax && oldest !== undefined)
      this.#negativeUntilMs.delete(oldest);
  }
}

function missing(code: string, message: string, isKept = false): NoMedia {
  return { kind: 'missing', code, message, isKept };
}

/** The rendition of that name, or of any name the one that is ready first. */
function playable({ renditions }: UploadStatus, name: string | undefined): RenditionStatus | undefined {
  if (name !== undefined) return renditions.find((rendition) => rendition.name === name);
  return renditions.toSorted((a, b) => a.readyMs - b.readyMs)[0];
}
