/** A folder on loopback as a decent CDN would serve it: ranges, types by extension, open to every page. */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readRange } from '../../../sandbox/byte-range.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.m4a': 'audio/mp4',
  '.m4s': 'video/iso.segment',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.ts': 'video/mp2t',
};

export interface FileServer {
  /** The address of a file by its path below the folder. */
  urlOf(path: string): string;
  close(): Promise<void>;
}

/** `sizes`: of the files that are served, by path below `directory`; no other can be asked for. */
export async function startFileServer(
  directory: string,
  sizes: ReadonlyMap<string, number>,
): Promise<FileServer> {
  const server = createServer((request, response) => {
    const path = pathOf(request);
    const size = sizes.get(path);
    if (size === undefined) response.writeHead(404).end();
    else void send(request, response, join(directory, path), size);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http://127.0.0.1:${port}/${path.split('/').map(encodeURIComponent).join('/')}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = ''] = url.slice(1).split('?');
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  size: number,
): Promise<void> {
  // Nothing of an empty file lies in any range: servers leave the header aside then, as they may (RFC 9110 §14.2).
  const range = size === 0 ? ({ kind: 'whole' } as const) : readRange(request.headers.range, size);
  const headers = {
    'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    'timing-allow-origin': '*',
    'cache-control': 'public, max-age=3600',
  };
  if (request.method === 'OPTIONS') {
    response.writeHead(204, headers).end();
    return;
  }
  if (range.kind === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${size}` }).end();
    return;
  }
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: size - 1 };
  response.writeHead(range.kind === 'part' ? 206 : 200, {
    ...headers,
    'content-length': last - first + 1,
    ...(range.kind === 'part' ? { 'content-range': `bytes ${first}-${last}/${size}` } : {}),
  });
  if (size === 0 || request.method === 'HEAD') response.end();
  // Players cut off what they have enough of.
  else await pipeline(createReadStream(path, { start: first, end: last }), response).catch(() => {});
}
