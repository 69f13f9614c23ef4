import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { API_LIMITS, ApiClient, type Caller } from '../../../cli/support/api-client.ts';
import { CliError } from '../../../cli/support/cli-error.ts';
import { newToken } from '../../../collector/access/token-text.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A client of a real server on loopback that answers as `listener` does. */
async function clientOf(listener: RequestListener, timeoutMs?: number): Promise<ApiClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs);
}

const failure = async (work: Promise<unknown>): Promise<CliError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, got ${String(error)}`);
  return error;
};

describe('the API client', () => {
  it('sends the query that is there and leaves out what is not', async () => {
    const client = await clientOf((request, response) => response.end(JSON.stringify({ url: request.url })));
    expect(await client.get('/api/v1/latency', { by: 'region,target', metric: undefined, limit: 5 })).toEqual(
      {
        url: '/api/v1/latency?by=region%2Ctarget&limit=5',
      },
    );
  });

  it('posts JSON', async () => {
    const client = await clientOf((request, response) => {
      request.pipe(response.setHeader('x-type', request.headers['content-type'] ?? ''));
    });
    expect(await client.post('/x', { sql: 'SELECT 1' })).toEqual({ sql: 'SELECT 1' });
  });

  it('finds nothing where the collector knows of no such thing, and fails where no collector is', async () => {
    const of = (code: string | undefined) =>
      clientOf((_request, response) => {
        response.writeHead(404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(code === undefined ? {} : { error: { code, message: 'what' } }));
      });
    expect(await (await of('not_found')).find('/x')).toBeUndefined();
    expect(await (await clientOf((_request, response) => response.end('[7]'))).find('/x')).toEqual([7]);
    expect((await failure((await of(undefined)).find('/x'))).exit).toBe(1);
  });

  it.each([
    [400, 64],
    [401, 77],
    [404, 1],
    [409, 75],
    [422, 65],
    [500, 1],
    [503, 69],
  ])('turns status %i into exit code %i with the message and hint of the collector', async (status, exit) => {
    const client = await clientOf((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'x', message: 'what happened', hint: 'what to try' } }));
    });
    expect(await failure(client.get('/'))).toMatchObject({
      message: 'what happened',
      hint: 'what to try',
      exit,
    });
  });

  it('says that nobody listens, with the reason and exit code 69', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    await new Promise((resolve) => gone.close(resolve));
    const error = await failure(new ApiClient(address).get('/'));
    expect(error).toMatchObject({ exit: 69, hint: expect.stringContaining('--collector') });
    expect(error.message).toContain(`${address} cannot be reached`);
    expect(error.why).toContain('ECONNREFUSED');
  });

  it.each<[string, RequestListener]>([
    ['no answer', () => {}],
    ['half an answer', (_request, response) => response.write('{"data":')],
  ])('fails when the collector gives %s within the limit', async (_what, listener) => {
    const client = await clientOf(listener, API_LIMITS.timeoutMs.value / 100);
    const error = await failure(client.get('/api/v1/agents'));
    expect(error).toMatchObject({ exit: 69, message: expect.stringMatching(/did not answer in 0\.3 s$/) });
  });

  it('that is refused says whom it asked, who named it, and with whose token, which is not shown', async () => {
    const refuse: RequestListener = (_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'forbidden', message: 'no' } }));
    };
    const base = (await clientOf(refuse)).url('/').slice(0, -1);
    const text = newToken('viewer');
    const whyOf = async (caller: Caller) => (await failure(new ApiClient(base, 1000, caller).get('/'))).why;
    expect(await whyOf({})).toBe(`${base} was asked without a token`);
    expect(await whyOf({ origin: '--collector', token: { text, origin: '--token-file' } })).toBe(
      `${base} was asked with the token of --token-file`,
    );
    const origin = 'context lab (OUTRIDER_CONTEXT)';
    expect(await whyOf({ origin, token: { text, origin: `token_file of ${origin}` } })).toBe(
      `${base} of ${origin} was asked with its token_file`,
    );
    expect(await whyOf({ origin, token: { text, origin: 'OUTRIDER_TOKEN' } })).toBe(
      `${base} of ${origin} was asked with the token of OUTRIDER_TOKEN`,
    );
  });

  it('says that something else answers', async () => {
    const client = await clientOf((_request, response) => response.end('<html>'));
    expect(await failure(client.get('/'))).toMatchObject({
      exit: 69,
      message: expect.stringContaining('not JSON'),
    });
  });
});
