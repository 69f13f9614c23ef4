/** Upload services on loopback: a real tus server, and peers that answer by a script. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server as TusServer } from '@tus/server';

export interface UploadServer {
  readonly url: string;
  /** `METHOD path` of each request, in order. */
  readonly requests: string[];
  readonly connections: () => number;
  /** Connections that are there now. */
  readonly open: () => number;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => unknown;

/** Answers by a function that gets how many requests came before. */
export async function startScripted(answer: Answer): Promise<UploadServer> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response, requests.length - 1);
  });
  let open = 0;
  server.on('connection', (socket) => {
    connections++;
    open++;
    socket.on('close', () => {
      open--;
    });
  });
  const url = await listening(server);
  return { url, requests, connections: () => connections, open: () => open, close: () => closed(server) };
}

export interface RealTus extends UploadServer {
  /** What is on disk of the upload with this id. */
  stored(id: string): Promise<Buffer>;
}

/** A real tus server at `/files/`; `meddle` may answer, or spoil, a request first: then it returns true. */
export async function startTus(meddle: Answer = () => false): Promise<RealTus> {
  const directory = await mkdtemp(join(tmpdir(), 'outrider-tus-'));
  const tus = new TusServer({
    path: '/files',
    datastore: new FileStore({ directory }),
    relativeLocation: true,
  });
  const scripted = await startScripted(async (request, response, count) => {
    if ((await meddle(request, response, count)) === true) return;
    await tus.handle(request, response);
  });
  return {
    ...scripted,
    stored: (id) => readFile(join(directory, id)),
    async close() {
      await scripted.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Reads a request to its end. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A tus server by hand: OPTIONS and creation as they should be, PATCH and HEAD by the script. */
export function tusAnswers(script: {
  readonly options?: Answer;
  readonly create?: Answer;
  readonly patch?: Answer;
  readonly head?: Answer;
}): Answer {
  return async (request, response, count) => {
    response.setHeader('tus-resumable', '1.0.0');
    switch (request.method) {
      case 'OPTIONS':
        if (script.options) return script.options(request, response, count);
        return response.writeHead(204, { 'tus-version': '1.0.0', 'tus-extension': 'creation' }).end();
      case 'POST':
        if (script.create) return script.create(request, response, count);
        return response.writeHead(201, { location: '/files/1' }).end();
      case 'HEAD':
        return script.head ? script.head(request, response, count) : response.writeHead(404).end();
      default:
        if (script.patch) return script.patch(request, response, count);
        return acceptPatch(request, response);
    }
  };
}

/** Takes a chunk and answers as tus says. */
export async function acceptPatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const offset = Number(request.headers['upload-offset']) + body.length;
  response.writeHead(204, { 'upload-offset': offset }).end();
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
