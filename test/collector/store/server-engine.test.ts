import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../../collector/store/engine.ts';
import { openServerEngine } from '../../../collector/store/server-engine.ts';

interface Asked {
  readonly params: URLSearchParams;
  readonly body: Buffer;
}

let server: Server;
let engine: Engine;
let asked: Asked[];
let answer: { readonly status: number; readonly body: string };

/** A server that notes what it is asked. */
beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: '' };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { searchParams } = new URL(request.url ?? '', 'http://x');
      asked.push({ params: searchParams, body: Buffer.concat(chunks) });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  engine = await openServerEngine({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  asked = [];
});
afterEach(async () => {
  await engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const insert = {
  table: 'results',
  columns: ['a', 'b'],
  body: [Buffer.from([1, 2]), Buffer.from([0, 255]), new Uint8Array(100_000)],
  settings: { insert_deduplication_token: "it's/1", max_threads: 1 },
  queryId: 'outrider/c-1/7/2',
};

it('sends a block as it is, under its name, with an end to the time that it may take', async () => {
  await engine.insertNative(insert);
  expect(asked).toHaveLength(1);
  const [{ params, body }] = asked as [Asked];
  expect(params.get('query')).toMatch(/^INSERT INTO results \(a, b\) FORMAT Native\s*$/);
  expect(params.get('query_id')).toBe('outrider/c-1/7/2');
  expect(params.get('database')).toBe('outrider');
  expect(params.get('insert_deduplication_token')).toBe("it's/1");
  expect(params.get('max_threads')).toBe('1');
  expect(Number(params.get('max_execution_time'))).toBe(30);
  expect(body).toEqual(Buffer.concat(insert.body));
});

it('says what the server says', async () => {
  answer = {
    status: 500,
    body: 'Code: 469. DB::Exception: Constraint `not_fenced` is violated. (VIOLATED_CONSTRAINT)',
  };
  await expect(engine.insertNative(insert)).rejects.toMatchObject({ code: '469' });
});
