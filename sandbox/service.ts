/** What the reference origin serves: the routes, and how each is answered. */
import { type Clip, etagOf } from './clips.ts';
import { carryQueryInManifest } from './manifest.ts';
import { carryQuery } from './playlist.ts';
import type { Publication } from './publication.ts';
import type { Route } from './route.ts';
import { type Content, type Exchange, sendContent, sendError, sendJson, sendPreflight } from './send.ts';

export interface ServiceOptions {
  readonly clips: ReadonlyMap<string, Clip>;
  readonly uploads: readonly Route[];
  readonly publication: Publication;
  readonly warmPathsMax: number;
}

const READ = ['GET', 'HEAD'];
const CACHED = 'public, max-age=3600';

/** Headers that a page may read; the tus server names its own. */
const EXPOSE_HEADERS =
  'Accept-Ranges, Content-Length, Content-Range, Content-Type, Date, ETag, Location, Range, X-Cache, X-Pop, ' +
  'Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires, ' +
  'Upload-Complete, Upload-Limit';

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
    const { uploads, publication } = this.#options;
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
      ...uploads,
      {
        pattern: /^\/status\/(.+)$/,
        methods: READ,
        about:
          'How far an upload is: {id, state, bytes, sha256, play_url, renditions: [{name, state, play_url}]}.',
        answer: async (exchange, base, id) => publication.sendStatus(exchange, base, id),
      },
      {
        pattern: /^\/play\/(.+)$/,
        methods: READ,
        about: 'An upload, once it is ready, or one rendition of it: /play/ID/NAME.',
        answer: async (exchange, _base, path) => {
          const media = publication.mediaFor(exchange, path);
          if (media.kind === 'content') return this.#sendCached(exchange, media.content);
          exchange.response.setHeader('x-cache', media.isKept ? 'HIT' : 'MISS');
          sendError(exchange.response, 404, media.code, media.message);
        },
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
    await this.#sendCached(exchange, {
      size: bytes.length,
      contentType: clip.contentType,
      etag: bytes === clip.bytes ? clip.etag : etagOf(bytes),
      read: (first, last) => bytes.subarray(first, last + 1),
    });
  }

  /** With `x-cache` as of a CDN: MISS for the first fetch of a path in a region (the proxy's `x-pop`), HIT after that. */
  #sendCached(exchange: Exchange, content: Omit<Content, 'cacheControl'>): Promise<void> {
    const { request, response, url } = exchange;
    const key = `${request.headers['x-pop'] ?? ''} ${url.pathname}`;
    response.setHeader('x-cache', this.#warm.has(key) ? 'HIT' : 'MISS');
    this.#warm.add(key);
    const [oldest] = this.#warm;
    if (this.#warm.size > this.#options.warmPathsMax && oldest !== undefined) this.#warm.delete(oldest);
    return sendContent(exchange, { ...content, cacheControl: CACHED });
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
