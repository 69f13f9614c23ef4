/** A receiver of OTLP over HTTP: takes gzipped JSON, parses it by the official protocol, and answers as the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parseOtlp } from './otlp-proto.ts';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** As the protocol has it. */
  readonly message: unknown;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Answers of the next requests, one each; 200 and `{}` after that. A status of 0 is none: the receiver hangs. */
  readonly answers: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }[];
  /** Called with each before it is answered. */
  onRequest: (() => void) | undefined;
  close(): Promise<void>;
}

const MESSAGES: Readonly<Record<string, string>> = {
  '/v1/logs': 'ExportLogsServiceRequest',
  '/v1/metrics': 'ExportMetricsServiceRequest',
};

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver['answers'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    const answer = answers.shift();
    receiver.onRequest?.();
    try {
      const json: unknown = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString('utf8'));
      received.push({ path, headers: request.headers, message: parseOtlp(MESSAGES[path] ?? path, json) });
      if (answer?.status === 0) return;
      response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json', ...answer?.headers });
      response.end(answer?.body ?? '{}');
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ message: String(error) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    onRequest: undefined,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
