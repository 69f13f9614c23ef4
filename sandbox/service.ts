/** What the reference origin serves: the routes, and how each is answered. */
import { createReadStream } from 'node:fs';
import type { Server as TusServer } from '@tus/server';
import { type Clip, etagOf } from './clips.ts';
import { carryQueryInManifest } from './manifest.ts';
import { carryQuery } from './playlist.ts';
import { putUpload } from './put-upload.ts';
import { type Exchange, sendContent, sendError, sendJson } from './send.ts';
import { TUS_METHODS } from './tus-upload.ts';
import type { UploadShelf } from './upload-shelf.ts';

export interface ServiceOptions {
  readonly clips: ReadonlyMap<string, Clip>;
  readonly shelf: UploadShelf;
  readonly tus: TusServer;
  readonly uploadBytesMax: number;
  readonly warmPathsMax: number;
}

/** A path that is answered. `base` is the scheme and host that the client used; `rest` what the pattern caught. */
interface Route {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  /** Tus answers its own OPTIONS, with the extensions that it has. */
  readonly ownOptions?: true;
  readonly about: string;
  answer(exchange: Exchange, base: string, rest: string): Promise<void>;
}

const READ = ['GET', 'HEAD'];
const CACHED = 'public, max-age=3600';

/** Headers that a page may send, and read; the tus server names its own. */
const ALLOW_HEADERS = 'Range, If-Range, If-None-Match, Content-Type, Cache-Control, Traceparent';
const EXPOSE_HEADERS =
  'Accept-Ranges, Content-Length, Content-Range, Content-Type, Date, ETag, Location, X-Cache, X-Pop, ' +
  'Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires';

export class Service {
  readonly #options: ServiceOptions;
  readonly #routes: readonly Route[];
  /** The make-believe edge caches: `POP path` of what each region has fetched before. */
  readonly #warm = new Set<string>();

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#routes = this.#makeRoutes();
  }

  /** Answers one request: injected behaviour first, then the route. */
  async answer(exchange: Exchange, base: string): Promise<void> {
    const { request, response, url, injected } = exchange;
    openToPages(exchange);
    if (injected.status !== undefined) {
      sendError(response, injected.status, 'injected', 'The request asked for this answer.');
      return;
    }
    const route = this.#routes.find(({ pattern }) => pattern.test(url.pathname));
    if (!route) {
      sendError(response, 404, 'not_found', `Nothing is at ${url.pathname}; / lists what there is.`);
    } else if (request.method === 'OPTIONS' && !route.ownOptions) {
      sendPreflight(exchange, route.methods);
    } else if (!route.methods.includes(request.method ?? '')) {
      response.setHeader('allow', [...route.methods, 'OPTIONS'].join(', '));
      sendError(response, 405, 'method_not_allowed', `${request.method} is not for ${url.pathname}.`);
    } else {
      await route.answer(exchange, base, route.pattern.exec(url.pathname)?.[1] ?? '');
    }
  }

  #makeRoutes(): Route[] {
    const { shelf, tus, uploadBytesMax } = this.#options;
    return [
      {
        pattern: /^\/$/,
        methods: READ,
        about: 'This list.',
        answer: async ({ response }) => sendJson(response, 200, this.#listing()),
      },
      {
        pattern: /^(\/(?:v|hls|dash)\/.+)$/,
        methods: READ,
        about: 'Clips: MP4 files under /v/, HLS under /hls/, DASH under /dash/.',
        answer: (exchange, _base, path) => this.#sendClip(exchange, path),
      },
      {
        pattern: /^\/files(?:\/.*)?$/,
        methods: TUS_METHODS,
        ownOptions: true,
        about: 'Resumable uploads by tus 1.0.',
        answer: ({ request, response }) => tus.handle(request, response),
      },
      {
        pattern: /^\/upload\/(.+)$/,
        methods: ['PUT'],
        about: 'Plain uploads: PUT /upload/NAME.',
        answer: (exchange, base, name) => putUpload(exchange, shelf, base, name, uploadBytesMax),
      },
      {
        pattern: /^\/status\/(.+)$/,
        methods: READ,
        about: 'How far an upload is: {id, state, bytes, sha256, play_url}.',
        answer: (exchange, base, id) => this.#sendStatus(exchange, base, id),
      },
      {
        pattern: /^\/play\/(.+)$/,
        methods: READ,
        about: 'An upload, once it is ready.',
        answer: (exchange, _base, id) => this.#sendUpload(exchange, id),
      },
    ];
  }

  #listing(): unknown {
    const routes = this.#routes.map(({ methods, pattern, about }) => ({
      methods,
      pattern: pattern.source,
      about,
    }));
    return {
      routes,
      clips: [...this.#options.clips.keys()].filter((path) => /^\/v\/|master\.m3u8$|\.mpd$/.test(path)),
    };
  }

  async #sendClip(exchange: Exchange, path: string): Promise<void> {
    const clip = this.#options.clips.get(path);
    if (!clip) {
      sendError(exchange.response, 404, 'not_found', `There is no clip ${path}; / lists what there is.`);
      return;
    }
    const bytes = withQuery(clip, path, exchange.injected.query);
    this.#markCache(exchange);
    await sendContent(exchange, {
      size: bytes.length,
      contentType: clip.contentType,
      etag: bytes === clip.bytes ? clip.etag : etagOf(bytes),
      cacheControl: CACHED,
      read: (first, last) => bytes.subarray(first, last + 1),
    });
  }

  async #sendStatus({ response }: Exchange, base: string, id: string): Promise<void> {
    const status = this.#options.shelf.status(id);
    if (!status) {
      sendError(response, 404, 'not_found', 'There is no such upload, or it was deleted to make room.');
      return;
    }
    const { state, bytes, sha256 } = status;
    sendJson(response, 200, { id, state, bytes, sha256, play_url: `${base}/play/${id}` });
  }

  async #sendUpload(exchange: Exchange, id: string): Promise<void> {
    const { shelf } = this.#options;
    const status = shelf.status(id);
    if (status?.state !== 'ready') {
      const why = status
        ? `It is still ${status.state}.`
        : 'There is no such upload, or it was deleted to make room.';
      sendError(exchange.response, 404, status ? 'not_ready' : 'not_found', why);
      return;
    }
    this.#markCache(exchange);
    await sendContent(exchange, {
      size: status.bytes,
      contentType: status.contentType,
      etag: `"${status.sha256?.slice(0, 32)}"`,
      cacheControl: CACHED,
      read: (start, end) => createReadStream(shelf.path(id), { start, end }),
    });
  }

  /** `x-cache` as of a CDN: MISS for the first fetch of a path in a region (the proxy's `x-pop`), HIT after that. */
  #markCache({ request, response, url }: Exchange): void {
    const key = `${request.headers['x-pop'] ?? ''} ${url.pathname}`;
    response.setHeader('x-cache', this.#warm.has(key) ? 'HIT' : 'MISS');
    this.#warm.add(key);
    const [oldest] = this.#warm;
    if (this.#warm.size > this.#options.warmPathsMax && oldest !== undefined) this.#warm.delete(oldest);
  }
}

/** What playlists and manifests hand down to their children; other clips, and those without a query, are as they are. */
function withQuery({ bytes }: Clip, path: string, query: string): Buffer {
  const carry = path.endsWith('.m3u8')
    ? carryQuery
    : path.endsWith('.mpd')
      ? carryQueryInManifest
      : undefined;
  return carry && query !== '' ? Buffer.from(carry(bytes.toString('utf8'), query)) : bytes;
}

/** Pages of any origin may read the answer and its timing. */
function openToPages({ response }: Exchange): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', EXPOSE_HEADERS);
  response.setHeader('timing-allow-origin', '*');
  response.setHeader('x-content-type-options', 'nosniff');
}

function sendPreflight({ request, response }: Exchange, methods: readonly string[]): void {
  response.setHeader('access-control-allow-methods', methods.join(', '));
  response.setHeader('access-control-allow-headers', ALLOW_HEADERS);
  response.setHeader('access-control-max-age', '600');
  // Chromium asks this before a public page may reach a private address.
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response.writeHead(204).end();
}
