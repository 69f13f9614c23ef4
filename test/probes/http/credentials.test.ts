import { afterEach, describe, expect, it } from 'vitest';
import { runHttp, type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers with what it was asked with: in a header, in the body and as an attribute. */
async function echo(header: string): Promise<Served> {
  const server = await serve((request, response) => {
    const value = String(request.headers[header]);
    response.setHeader('x-echo', value).setHeader('x-pop', value.slice(0, 60)).end(JSON.stringify({ value }));
  });
  closers.push(() => server.close());
  return server;
}

const secrets = { token: 'tok-"8jK2/x', login: 'anna:pa55word', odd: 'upper\nlower' };

describe('credentials', () => {
  it.each([
    [{ credentials: 'token' }, 'authorization', `Bearer ${secrets.token}`],
    [{ credentials: 'login', auth: 'basic' }, 'authorization', `Basic ${btoa(secrets.login)}`],
    [{ credentials: 'token', auth: 'header', authHeader: 'X-Api-Key' }, 'x-api-key', secrets.token],
  ])('%j are sent in the header %s', async (params, header, value) => {
    const seen: unknown[] = [];
    const server = await serve((request, response) => {
      seen.push(request.headers[header]);
      response.end();
    });
    closers.push(() => server.close());
    expect(await runHttp(server.url, params, { secrets })).toMatchObject({ outcome: 'ok' });
    expect(seen).toEqual([value]);
  });

  it('that the agent does not have fail before anything is sent, and say what to set', async () => {
    const server = await echo('authorization');
    const result = await runHttp(server.url, { credentials: 'my-key' }, { secrets });
    expect(result).toMatchObject({ failure: { layer: 'agent', blame: 'agent', code: 'bad_params' } });
    expect(result.outcome === 'fail' && result.failure.message).toContain('OUTRIDER_SECRET_MY_KEY');
    expect(server.connectionCount()).toBe(0);
  });

  it.each([[{ credentials: 'odd' }], [{ credentials: 'token', auth: 'basic' }]])(
    '%j that cannot be sent so fail without being told',
    async (params) => {
      const server = await echo('authorization');
      const result = await runHttp(server.url, params, { secrets });
      expect(result).toMatchObject({ failure: { layer: 'agent', code: 'bad_params' } });
      expect(JSON.stringify(result)).not.toMatch(/8jK2|upper|lower/);
      expect(server.connectionCount()).toBe(0);
    },
  );

  it.each([
    [{ credentials: 'token' }, 'authorization'],
    [{ credentials: 'login', auth: 'basic' }, 'authorization'],
    [{ credentials: 'token', auth: 'header', authHeader: 'x-key' }, 'x-key'],
  ])('%j that the target sends back are in no result', async (params, header) => {
    const { url } = await echo(header);
    const asserted = { headers: { 'x-echo': '^no$' }, body: '^no$', json: { '/value': 'no' } };
    const result = await runHttp(url, { ...params, expect: asserted }, { secrets });
    expect(result).toMatchObject({ outcome: 'fail', failure: { code: 'unexpected' } });
    const text = JSON.stringify(result);
    expect(text).toContain('[redacted]');
    expect(text).not.toMatch(/8jK2|pa55word|anna/);
    expect(text).not.toContain(btoa(secrets.login));
  });

  it('are in no message about a redirect', async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: `http://[${request.headers.authorization}` }).end();
    });
    closers.push(() => server.close());
    const result = await runHttp(server.url, { credentials: 'login', auth: 'basic' }, { secrets });
    expect(result).toMatchObject({ failure: { code: 'bad_response' } });
    expect(JSON.stringify(result)).not.toContain(btoa(secrets.login));
  });
});

describe('credentials at a redirect', () => {
  it.each([
    [{ credentials: 'token' }, 'authorization'],
    [{ credentials: 'token', auth: 'header', authHeader: 'X-Api-Key' }, 'x-api-key'],
  ])('%j stay with the origin that they are for', async (params, header) => {
    const seen: string[] = [];
    const other = await serve((request, response) => {
      seen.push(`other ${request.headers[header]}`);
      response.end();
    });
    const first = await serve((request, response) => {
      seen.push(`first ${request.headers[header] !== undefined}`);
      response.writeHead(302, { location: request.url === '/' ? '/again' : other.url }).end();
    });
    closers.push(
      () => other.close(),
      () => first.close(),
    );
    expect(await runHttp(first.url, params, { secrets })).toMatchObject({ outcome: 'ok' });
    expect(seen).toEqual(['first true', 'first true', 'other undefined']);
  });
});
