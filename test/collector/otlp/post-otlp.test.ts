import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { postOtlp } from '../../../collector/otlp/post-otlp.ts';

let server: ReturnType<typeof createServer>;
let paths: string[];
let url: string;
beforeEach(async () => {
  paths = [];
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (request.url?.startsWith('/echo'))
      return response.end(
        JSON.stringify({ partialSuccess: { errorMessage: `who is ${request.headers.authorization}?` } }),
      );
    if (!request.url?.startsWith('/silent')) response.writeHead(307, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const never = new AbortController().signal;

describe('a request to a receiver', () => {
  it('goes under the path of its base address, and follows no redirect', async () => {
    const posted = await postOtlp({ url: `${url}/otlp/`, headers: {} }, 'logs', {}, never);
    expect(posted).toEqual({ ok: false, retry: false, reason: 'HTTP 307' });
    expect(paths).toEqual(['/otlp/v1/logs']);
  });

  it('that is not answered in time has failed for now; the time is requestMs where none is said', async () => {
    const posted = await postOtlp({ url: `${url}/silent`, headers: {} }, 'metrics', {}, never, 50);
    expect(posted).toMatchObject({ ok: false, retry: true });
    expect(OTLP_LIMITS.requestMs.value).toBeGreaterThan(50);
  });

  it('is not repeated with its secrets by a receiver that says them back', async () => {
    const headers = { authorization: 'Bearer canary-9f27c1d4' };
    const posted = await postOtlp({ url: `${url}/echo`, headers }, 'logs', {}, never);
    expect(posted).toMatchObject({ ok: true, message: expect.stringMatching(/^who is .*\?$/) });
    expect(JSON.stringify(posted)).not.toContain('canary');
  });

  it('ends when the exporter does', async () => {
    const ending = new AbortController();
    const posting = postOtlp({ url: `${url}/silent`, headers: {} }, 'metrics', {}, ending.signal);
    ending.abort();
    expect(await posting).toMatchObject({ ok: false, retry: true });
  });
});
