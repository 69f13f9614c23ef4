/** Files as they are sent: with a tag, and in the encodings that browsers take, each computed once, when it is first asked for. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
} as const;

/** Below this a header costs more than it saves. */
const COMPRESS_MIN_BYTES = 512;
const ENCODERS = {
  br: (body: Uint8Array) => brotliCompressSync(body),
  gzip: (body: Uint8Array) => gzipSync(body, { level: 9 }),
} as const;
type Encoding = keyof typeof ENCODERS;

export class Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the content: another text has another one. */
  readonly version: string;
  readonly type: string;
  readonly #encoded = new Map<Encoding, Uint8Array<ArrayBuffer>>();

  /** `name`: its ending says what it is. */
  constructor(name: string, body: Uint8Array<ArrayBuffer>) {
    this.body = body;
    this.version = createHash('sha256').update(body).digest('base64url').slice(0, 16);
    this.type = TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES];
  }

  /**
   * The answer to a request. Who asks for this very version (`?v=`) may keep it for ever; others ask again each time and are told when
   * theirs is the same (RFC 9110 §13.1.2).
   */
  answer(request: Request, headers: Readonly<Record<string, string>>, isKept = false): Response {
    const encoding = this.body.length < COMPRESS_MIN_BYTES ? undefined : encodingOf(request);
    const kept = isKept || new URL(request.url).searchParams.get('v') === this.version;
    const etag = `"${this.version}${encoding ? `-${encoding}` : ''}"`;
    const all = {
      ...headers,
      'Content-Type': this.type,
      'Cache-Control': kept ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: etag,
      Vary: 'Accept-Encoding',
    };
    if (request.headers.get('if-none-match') === etag)
      return new Response(null, { status: 304, headers: all });
    if (encoding === undefined) return new Response(this.body, { headers: all });
    return new Response(this.#in(encoding), { headers: { ...all, 'Content-Encoding': encoding } });
  }

  #in(encoding: Encoding): Uint8Array<ArrayBuffer> {
    const held = this.#encoded.get(encoding) ?? new Uint8Array(ENCODERS[encoding](this.body));
    this.#encoded.set(encoding, held);
    return held;
  }
}

/** The best that the request names and does not refuse (`q=0`). */
function encodingOf(request: Request): Encoding | undefined {
  const taken = (request.headers.get('accept-encoding') ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  return (['br', 'gzip'] as const).find((name) => taken.includes(name));
}
