import { afterEach, describe, expect, it } from 'vitest';
import { nextRequest } from '../../../probes/http/redirect.ts';
import { runHttp, type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** `/n` redirects to `/n-1` with the given status, `/0` answers with method, body and some headers of the request. */
async function countdown(status: number): Promise<Served> {
  const server = await serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) return response.writeHead(status, { location: `/${left - 1}` }).end('moved');
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => response.setHeader('x-pop', `${request.method} ${body}`).end('here'));
  });
  closers.push(() => server.close());
  return server;
}

describe('redirects', () => {
  it('are followed, each on a connection of its own', async () => {
    const server = await countdown(302);
    const result = await runHttp(`${server.url}3`);
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { http_status: '200', redirects: '3', pop: 'GET' },
    });
    expect(server.connectionCount()).toBe(4);
    expect(result.phases.map((phase) => phase.name).join(' ')).toBe(
      'connect ttfb connect ttfb connect ttfb connect ttfb transfer',
    );
    expect(result.metrics.body_bytes).toBe(4);
  });

  it('sum what a user waits for', async () => {
    const server = await countdown(302);
    const { metrics, phases } = await runHttp(`${server.url}2`);
    const sum = (name: string) =>
      phases.filter((phase) => phase.name === name).reduce((total, phase) => total + phase.durationMs, 0);
    expect(metrics.connect_ms).toBeCloseTo(sum('connect'), 6);
    expect(metrics.ttfb_ms).toBeCloseTo(sum('ttfb'), 6);
    expect(metrics.http_total_ms).toBeGreaterThanOrEqual(
      sum('connect') + sum('ttfb') + sum('transfer') - 0.001,
    );
  });

  it.each([
    [5, 'ok'],
    [6, 'fail'],
  ])('%i of them end %s with the limit of 5', async (count, outcome) => {
    const server = await countdown(307);
    const result = await runHttp(`${server.url}${count}`);
    expect(result.outcome).toBe(outcome);
    if (result.outcome === 'fail') {
      expect(result.failure).toMatchObject({ layer: 'http', code: 'bad_response', blame: 'target' });
      expect(server.connectionCount()).toBe(6);
    }
  });

  it('in a loop end', async () => {
    const server = await serve((_, response) => response.writeHead(301, { location: '/' }).end());
    closers.push(() => server.close());
    expect(await runHttp(server.url, { followRedirects: 10 })).toMatchObject({
      outcome: 'fail',
      failure: { code: 'bad_response' },
      attributes: { redirects: '10' },
    });
  });

  it('that lead to no URL are a bad response', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: 'http://[' }).end());
    closers.push(() => server.close());
    expect(await runHttp(server.url)).toMatchObject({ outcome: 'fail', failure: { code: 'bad_response' } });
  });

  it('without Location are judged as they are', async () => {
    const server = await serve((_, response) => response.writeHead(302).end());
    closers.push(() => server.close());
    expect(await runHttp(server.url)).toMatchObject({ outcome: 'fail', failure: { code: 'status' } });
  });

  it.each([
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST data'],
    [308, 'POST data'],
  ])('%i turn POST into %j', async (status, seen) => {
    const server = await countdown(status);
    const params = { method: 'POST', body: 'data', headers: { 'content-type': 'text/plain' } };
    expect(await runHttp(`${server.url}1`, params)).toMatchObject({
      outcome: 'ok',
      attributes: { pop: seen },
    });
  });
});

describe('the request after a redirect', () => {
  const request = {
    url: new URL('https://a.test/x'),
    method: 'PUT',
    headers: { authorization: 'secret', cookie: 'secret', 'x-key': 'k', 'content-type': 'text/plain' },
    body: 'data',
  };

  it('keeps secrets within the origin', () => {
    expect(nextRequest(request, 307, '/y')).toMatchObject({
      request: { headers: { authorization: 'secret' } },
    });
    for (const location of ['https://b.test/', 'http://a.test/', '//a.test:444/']) {
      const next = nextRequest(request, 307, location);
      expect(next.ok && next.request.headers).toEqual({ 'x-key': 'k', 'content-type': 'text/plain' });
    }
  });

  it('drops body and its headers where the method becomes GET', () => {
    const next = nextRequest(request, 303, '/y');
    expect(next).toMatchObject({ ok: true, request: { method: 'GET' } });
    expect(next.ok && next.request.body).toBeUndefined();
    expect(next.ok && next.request.headers['content-type']).toBeUndefined();
  });

  it('stays HEAD when it was HEAD', () => {
    expect(nextRequest({ ...request, method: 'HEAD' }, 303, '/y')).toMatchObject({
      request: { method: 'HEAD' },
    });
  });
});
