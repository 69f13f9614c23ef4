import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { errorResponse, toApiError } from '../../../collector/api/errors.ts';
import { refuseForeignPages } from '../../../collector/api/same-origin.ts';

function appOf(anyHost: boolean): Hono {
  const app = new Hono();
  app.onError((error, context) => errorResponse(context, toApiError(error)));
  app.use(refuseForeignPages({ anyHost }));
  app.all('/x', (context) => context.text('done'));
  return app;
}

async function ask(url: string, headers: Record<string, string> = {}, method = 'GET', anyHost = false) {
  const response = await appOf(anyHost).request(url, { method, headers });
  if (response.status === 200) return 'done';
  return ((await response.json()) as { error: { code: string } }).error.code;
}

const HERE = 'http://127.0.0.1:7077/x';

describe('requests from web pages', () => {
  it('pass when the page is the collector’s own', async () => {
    expect(
      await ask(HERE, { origin: 'http://127.0.0.1:7077', 'sec-fetch-site': 'same-origin' }, 'POST'),
    ).toBe('done');
  });

  it('pass when they come from a program, which sends no origin', async () => {
    expect(await ask(HERE, {}, 'POST')).toBe('done');
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:8080' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a page whose browser hides the origin', { 'sec-fetch-site': 'cross-site' }],
  ])('are refused from %s', async (_from, headers) => {
    expect(await ask(HERE, headers, 'POST')).toBe('cross_origin');
    expect(await ask(HERE, headers, 'GET')).toBe('cross_origin');
  });

  it('may be links that people follow', async () => {
    expect(await ask(HERE, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe('done');
  });

  it('may not be forms that people are made to send', async () => {
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      origin: 'https://evil.example',
    };
    expect(await ask(HERE, headers, 'POST')).toBe('cross_origin');
  });
});

describe('host names', () => {
  it.each(['http://localhost:7077/x', 'http://127.0.0.1:7077/x', 'http://[::1]:7077/x', 'http://10.1.2.3/x'])(
    '%s cannot be pointed here by a foreign name server',
    async (url) => {
      expect(await ask(url)).toBe('done');
    },
  );

  it.each(['http://rebind.example:7077/x', 'http://127.0.0.1.example/x', 'http://localhost.example/x'])(
    '%s could, and is refused',
    async (url) => {
      expect(await ask(url)).toBe('foreign_host');
    },
  );

  it('are not looked at when the collector is to answer to any', async () => {
    expect(await ask('http://collector.example:7077/x', {}, 'GET', true)).toBe('done');
  });
});
