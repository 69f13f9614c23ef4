import { describe, expect, it } from 'vitest';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import { loopbackNetwork, runContext } from '../../probes/net/run-context.ts';
import { failureOf, OK, runBody, serve } from './support.ts';

describe('a request of a module', () => {
  it('is made by the agent, timed at its sockets, and says who asks', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push([
          request.method,
          request.url,
          request.headers['user-agent'],
          request.headers['x-a'],
          Buffer.concat(chunks).toString(),
        ]);
        response.writeHead(201, { 'x-pop': 'fra' }).end('{"items":3}');
      });
    });
    const result = await runBody(
      `const { status, json, headers, metrics, attributes, phases, body } = await context.request({ url: target.url + 'cart', method: 'POST', headers: { 'X-A': 'b' }, body: 'hi' });
       return { outcome: 'ok', metrics: { ...metrics, own_count: json().items }, attributes: { ...attributes, is: String(body instanceof Uint8Array), status: String(status), header: headers['x-pop'] }, phases };`,
      { url },
    );
    expect(seen).toEqual([['POST', '/cart', runContext().userAgent, 'b', 'hi']]);
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { own_count: 3, body_bytes: 11, connect_ms: expect.any(Number), ttfb_ms: expect.any(Number) },
      attributes: {
        http_status: '201',
        pop: 'fra',
        status: '201',
        header: 'fra',
        is: 'true',
        server_ip: '127.0.0.1',
      },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'ttfb', 'transfer']);
  });

  it('does not follow redirects: where they lead is for the module to ask, and for the policy to judge', async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    );
    const body = `const first = await context.request({ url: target.url }); await context.request({ url: first.headers.location }); ${OK}`;
    expect(failureOf(await runBody(body, { url }))).toMatchObject({ code: 'forbidden_target' });
  });

  it('that nobody answers ends the run as what it was, unless the module catches it', async () => {
    const ask = `context.request({ url: 'http://127.0.0.1:9/' })`;
    expect(failureOf(await runBody(`await ${ask}; ${OK}`))).toMatchObject({
      layer: 'connect',
      code: 'refused',
    });
    const caught = await runBody(
      `const code = await ${ask}.catch((error) => error.failure.code); return { outcome: 'ok', attributes: { code } };`,
    );
    expect(caught).toMatchObject({ attributes: { code: 'refused' } });
  });

  it.each([
    'http://169.254.169.254/latest/',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://localhost./',
    'http://2130706433/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://a:b@example.com/',
  ])('to %s is refused where the agent’s owner has not allowed it', async (url) => {
    const network = loopbackNetwork({ policy: { allow: [], deny: [] } });
    const result = await runBody(`await context.request({ url: ${JSON.stringify(url)} }); ${OK}`, {
      context: runContext({ network }),
    });
    expect(failureOf(result)?.code).toBe('forbidden_target');
  });

  it.each([
    ['no URL', `{ url: 'nowhere' }`],
    ['an unknown method', `{ url: target.url, method: 'TRACE' }`],
    ['a header of the connection', `{ url: target.url, headers: { 'Transfer-Encoding': 'chunked' } }`],
    ['a header with a line break', `{ url: target.url, headers: { a: 'b\\r\\nc: d' } }`],
    ['what cannot be sent', `{ url: target.url, body: () => 1 }`],
    [
      'more headers than OWN_LIMITS.headers',
      `{ url: target.url, headers: Object.fromEntries(Array.from({ length: ${OWN_LIMITS.headers.value + 1} }, (_, i) => ['h' + i, 'x'])) }`,
    ],
    [
      'a body past OWN_LIMITS.requestBytes',
      `{ url: target.url, body: 'x'.repeat(${OWN_LIMITS.requestBytes.value + 1}) }`,
    ],
    [
      'an answer past OWN_LIMITS.responseBytesMax',
      `{ url: target.url, maxBodyBytes: ${OWN_LIMITS.responseBytesMax.value + 1} }`,
    ],
  ])('with %s is refused', async (_what, request) => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    expect(failureOf(await runBody(`await context.request(${request}); ${OK}`, { url }))).toMatchObject({
      blame: 'agent',
      code: 'own_probe',
    });
    expect(requests).toBe(0);
  });

  it('fails when its answer is larger than OWN_LIMITS.responseBytes, or what the module expects', async () => {
    const url = await serve(
      (_request, response) => void response.end(Buffer.alloc(OWN_LIMITS.responseBytes.value + 1)),
    );
    const large = await runBody(`await context.request({ url: target.url }); ${OK}`, { url });
    expect(failureOf(large)?.code).toBe('too_large');
    const expected = `await context.request({ url: target.url, maxBodyBytes: ${OWN_LIMITS.responseBytes.value + 1} }); ${OK}`;
    expect(await runBody(expected, { url })).toMatchObject({ outcome: 'ok' });
  });

  it('is refused past OWN_LIMITS.calls in a run and OWN_LIMITS.callsAtOnce', async () => {
    const more = { secrets: ['s'] };
    const { calls, callsAtOnce } = OWN_LIMITS;
    const inTurn = (count: number) =>
      runBody(`for (let i = 0; i < ${count}; i += 1) await context.secret('s'); ${OK}`, { more });
    expect(await inTurn(calls.value)).toMatchObject({ outcome: 'ok' });
    expect(failureOf(await inTurn(calls.value + 1))?.message).toContain(
      `more than ${calls.value} calls in a run`,
    );
    const atOnce = (count: number) =>
      runBody(`await Promise.all(Array.from({ length: ${count} }, () => context.secret('s'))); ${OK}`, {
        more,
      });
    expect(await atOnce(callsAtOnce.value)).toMatchObject({ outcome: 'ok' });
    expect(failureOf(await atOnce(callsAtOnce.value + 1))?.message).toContain('calls at once');
  });

  it('under way is ended with the run', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let asked: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await serve((request, response) => {
      if (request.url === '/first') asked();
      else void there.then(() => response.end());
      request.socket.on('close', closed);
    });
    const body = `context.request({ url: target.url + 'first' }).catch(() => {}); await context.request({ url: target.url + 'second' }); ${OK}`;
    expect(await runBody(body, { url })).toMatchObject({ outcome: 'ok' });
    await gone;
  });
});
