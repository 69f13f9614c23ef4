/** A media server that misbehaves in ways that no decent service does, on loopback. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface MediaServer {
  readonly port: number;
  readonly origin: string;
  /** Paths with query that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

const CORS = { 'access-control-allow-origin': '*' };
const CLIPS = join(import.meta.dirname, '../../sandbox/clips/v');
const ODD_CLIPS = join(import.meta.dirname, 'clips');

function body(name: string): Buffer {
  return readFileSync(join(name === 'clip.mp4' ? CLIPS : ODD_CLIPS, name));
}

/** The query says how: `redirect=URL`, `reset=1`, `hang=1`, `truncate=BYTES` of every response, `type=MEDIA-TYPE`, `cors=0`, `text=BODY`, `bytes=COUNT` of garbage. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://server.test');
  const query = url.searchParams;
  const to = query.get('redirect');
  if (query.has('reset')) request.socket.resetAndDestroy();
  else if (query.has('hang')) return;
  else if (query.has('text')) response.end(query.get('text'));
  else if (to !== null) response.writeHead(302, { ...CORS, location: to }).end();
  else if (url.pathname === '/garbage.mp4') {
    const bytes = Number(query.get('bytes') ?? 50_000);
    response.writeHead(200, { ...CORS, 'content-type': 'video/mp4' }).end(Buffer.alloc(bytes, 7));
  } else if (url.pathname === '/garbage.m3u8') {
    response.writeHead(200, { ...CORS, 'content-type': 'application/vnd.apple.mpegurl' }).end('<html>');
  } else serveClip(request, response, url);
}

function serveClip(request: IncomingMessage, response: ServerResponse, url: URL): void {
  const whole = body(url.pathname.slice(1));
  const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
  const from = Number(range ?? 0);
  const part = whole.subarray(from);
  response.writeHead(range === undefined ? 200 : 206, {
    ...(url.searchParams.get('cors') === '0' ? {} : CORS),
    'content-type': url.searchParams.get('type') ?? 'video/mp4',
    'content-length': part.length,
    'x-pop': 'test-pop',
    ...(range === undefined ? {} : { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
  });
  const truncate = Number(url.searchParams.get('truncate') ?? 0);
  if (truncate === 0) response.end(part);
  // An orderly end of the connection: what a server does that dies in mid-body.
  else response.write(part.subarray(0, truncate), () => request.socket.end());
}

/** `host`: any loopback address. */
export function startMediaServer(host = '127.0.0.1'): Promise<MediaServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        port,
        origin: `http://${host}:${port}`,
        asked,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
