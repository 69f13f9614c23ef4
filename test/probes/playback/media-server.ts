/** A small origin for playback tests: files from memory, ranges, and behaviour that a test sets per path. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served {
  readonly body: Uint8Array | string;
  readonly contentType?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before the head of the response. */
  readonly delayMs?: number;
  /** Ignores ranges. */
  readonly noRange?: boolean;
  /** Stops for `ms` once so many bytes of the file were sent. */
  readonly pause?: { readonly atByte: number; readonly ms: number };
  /** The longest range that is given at once. */
  readonly rangeBytes?: number;
  /** Stops for `ms` once so many bytes of each response were sent. */
  readonly burst?: { readonly byteCount: number; readonly ms: number };
  /** Sends no faster. */
  readonly bytesPerS?: number;
  /** Cuts the connection once so many bytes of the body were sent. */
  readonly cutAt?: number;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface MediaRequest {
  readonly path: string;
  readonly range: string | undefined;
  /** The client's port: equal for requests on one connection. */
  readonly port: number | undefined;
}

export interface MediaServer {
  readonly url: string;
  readonly port: number;
  readonly requests: MediaRequest[];
  /** How many connections are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function startMediaServer(files: Readonly<Record<string, Served>>): Promise<MediaServer> {
  const requests: MediaRequest[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    requests.push({ path, range: request.headers.range, port: request.socket.remotePort });
    const file = files[path];
    if (!file) response.writeHead(404).end();
    else void serve(file, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  const url = `http://127.0.0.1:${port}`;
  return { url, port, requests, connections, close: () => closeServer(server) };
}

async function serve(file: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (file.silent) return;
  if (file.delayMs) await sleep(file.delayMs);
  const whole = Buffer.from(file.body as Uint8Array);
  const range = file.noRange ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(range?.[1] ?? 0);
  const asked = range?.[2] ? Number(range[2]) + 1 : whole.length;
  const to = Math.min(asked, whole.length, from + (file.rangeBytes ?? Number.POSITIVE_INFINITY));
  response.writeHead(file.status ?? (range ? 206 : 200), {
    'content-type': file.contentType ?? 'application/octet-stream',
    'content-length': to - from,
    ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${whole.length}` } : {}),
    ...file.headers,
  });
  response.flushHeaders();
  await sendBody(file, response, whole.subarray(0, to), from);
}

async function sendBody(file: Served, response: ServerResponse, bytes: Buffer, from: number): Promise<void> {
  if (file.cutAt !== undefined) {
    response.write(bytes.subarray(from, from + file.cutAt), () => response.destroy());
    return;
  }
  const { burst, bytesPerS, pause } = file;
  if (bytesPerS !== undefined) return sendSlowly(response, bytes.subarray(from), bytesPerS);
  if (burst && burst.byteCount < bytes.length - from) {
    response.write(bytes.subarray(from, from + burst.byteCount));
    await sleep(burst.ms);
    response.end(bytes.subarray(from + burst.byteCount));
    return;
  }
  if (!pause || pause.atByte <= from || pause.atByte >= bytes.length) {
    response.end(bytes.subarray(from));
    return;
  }
  response.write(bytes.subarray(from, pause.atByte));
  await sleep(pause.ms);
  response.end(bytes.subarray(pause.atByte));
}

async function sendSlowly(response: ServerResponse, bytes: Buffer, bytesPerS: number): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < bytes.length && !response.destroyed; ) {
    const due = Math.min(bytes.length, Math.ceil(((performance.now() - startMs) / 1000) * bytesPerS));
    if (due > sent) response.write(bytes.subarray(sent, due));
    sent = Math.max(sent, due);
    await sleep(10);
  }
  response.end();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
