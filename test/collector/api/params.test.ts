import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorResponse, toApiError } from '../../../collector/api/errors.ts';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import { decodeCursor, encodeCursor, pageOf } from '../../../collector/api/page.ts';
import { limitParam, listParam, parseBody, parseQuery, sinceMs } from '../../../collector/api/params.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);

/** One route that answers with what it understood. */
function appOf(query: z.ZodType, body?: z.ZodType): Hono {
  const app = new Hono();
  app.onError((error, context) => errorResponse(context, toApiError(error)));
  app.get('/', (context) => context.json({ got: parseQuery(context, query) }));
  if (body) app.post('/', async (context) => context.json({ got: await parseBody(context, body) }));
  return app;
}

describe('since', () => {
  it.each([
    ['5m', NOW - 300_000],
    ['1h', NOW - 3_600_000],
    ['7d', NOW - 7 * 86_400_000],
    ['2026-01-31T11:59:00Z', NOW - 60_000],
    ['2026-01-31T12:59:00+01:00', NOW - 60_000],
  ])('understands %s', (text, ms) => {
    expect(sinceMs(text, NOW)).toBe(ms);
  });

  it.each(['', 'yesterday', '5 parsecs', '-5m', '2026-99-99', 'May 5', '2026-01-31T08:00:00', '1'])(
    'refuses %j and says what it takes',
    (text) => {
      expect(() => sinceMs(text, NOW)).toThrow(
        expect.objectContaining({ code: 'bad_request', hint: expect.stringContaining('5m') }),
      );
    },
  );

  it('refuses the future', () => {
    expect(() => sinceMs('2026-02-01T00:00:00Z', NOW)).toThrow(/future/);
  });

  it('refuses what is further back than the rollups are kept', () => {
    expect(() => sinceMs('91d', NOW)).toThrow(/90 days/);
  });
});

describe('query parameters', () => {
  const app = appOf(z.strictObject({ limit: limitParam(10), by: listParam }));

  it('come with their defaults', async () => {
    expect(await (await app.request('/')).json()).toEqual({ got: { limit: 10 } });
  });

  it('may be lists parted by commas', async () => {
    expect(await (await app.request('/?by=a,%20b,,c&limit=3')).json()).toEqual({
      got: { limit: 3, by: ['a', 'b', 'c'] },
    });
  });

  const tooMany = `limit=${API_LIMITS.pageRows.value + 1}`;
  it.each(['limit=0', tooMany, 'limit=1.5', 'limit=ten', 'limit=1&limit=2', 'unknown=1'])(
    'answer %s with 400 and the name of the parameter',
    async (query) => {
      const response = await app.request(`/?${query}`);
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error.code).toBe('bad_request');
      expect(error.message).toContain(query.slice(0, query.indexOf('=')));
    },
  );
});

describe('a word that a parameter does not know', () => {
  const app = appOf(z.strictObject({ by: listParam.pipe(z.array(z.enum(['region', 'target']))).optional() }));

  it('is named, with those that it knows and the nearest of them', async () => {
    const { error } = (await (await app.request('/?by=target,regoin')).json()) as {
      error: { message: string; hint: string };
    };
    expect(error.message).toContain('by has no "regoin": it is one of region, target');
    expect(error.hint).toBe('did you mean region?');
  });
});

describe('a value of a list that is not good', () => {
  const app = appOf(
    z.strictObject({ metric: listParam.pipe(z.array(z.string().max(3, 'is no metric'))).optional() }),
    z.strictObject({
      where: z.strictObject({ region: z.string().min(1).optional() }).optional(),
      labels: z.partialRecord(z.enum(['region', 'isp']), z.string()).default({}),
    }),
  );
  const errorOf = async (response: Response) =>
    ((await response.json()) as { error: { message: string; hint: string; issues: unknown } }).error;

  it('is told by its place in the list, in words and for programs', async () => {
    expect(await errorOf(await app.request('/?metric=abc,long'))).toMatchObject({
      message: 'The parameters are not valid: value 2 of metric: is no metric.',
      issues: [{ path: ['metric', 1], message: 'is no metric', hint: '' }],
    });
  });

  it('of a body is told with the keys that there are, and in words', async () => {
    const post = async (body: unknown) =>
      errorOf(
        await app.request('/', {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      );
    expect(await post({ where: { regoin: 'eu-west' } })).toMatchObject({
      message: 'The body is not valid: where has no "regoin": it is one of region.',
      hint: 'did you mean region?',
    });
    expect((await post({ labels: { regoin: 'eu-west' } })).message).toBe(
      'The body is not valid: labels has no "regoin": it is one of region, isp.',
    );
    expect((await post({ where: { region: '' } })).message).toBe(
      'The body is not valid: where.region: expected at least 1 character.',
    );
    expect((await post([])).message).toBe('The body is not valid: expected keys with values, found a list.');
  });
});

describe('bodies', () => {
  const app = appOf(z.any(), z.strictObject({ name: z.string().optional() }));
  const post = (body: string, type = 'application/json') =>
    app.request('/', { method: 'POST', body, headers: { 'content-type': type } });

  it('may be absent', async () => {
    expect(await (await app.request('/', { method: 'POST' })).json()).toEqual({ got: {} });
  });

  it('may name a charset', async () => {
    expect((await post('{"name":"a"}', 'application/json; charset=utf-8')).status).toBe(200);
  });

  it('with half of a surrogate pair have U+FFFD in its place, which the store takes', async () => {
    expect(await (await post('{"name":"a\\ud800b"}')).json()).toEqual({ got: { name: 'a\ufffdb' } });
  });

  it.each([
    ['{"name":', 'application/json', 400],
    ['{"nam":"a"}', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['{"name":"a"}', 'text/plain', 415],
    ['name=a', 'application/x-www-form-urlencoded', 415],
  ])('like %s as %s are answered with %i', async (body, type, status) => {
    expect((await post(body, type)).status).toBe(status);
  });
});

describe('pages', () => {
  it('lead through a list and end with null', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'];
    const first = pageOf(rows, 2, undefined);
    const second = pageOf(rows, 2, first.pagination.next ?? undefined);
    const third = pageOf(rows, 2, second.pagination.next ?? undefined);
    expect([first.data, second.data, third.data]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third.pagination).toEqual({ limit: 2, next: null });
  });

  it('give cursors that need no escaping in a URL', () => {
    expect(encodeCursor([1, 'ÿ>>>???', 'b'])).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each(['', '%%%', 'bm90IGpzb24', encodeCursor('text'), encodeCursor(-1), encodeCursor(1.5)])(
    'refuse the cursor %j, which is not theirs',
    (cursor) => {
      expect(() => decodeCursor(cursor, z.number().int().min(0))).toThrow(
        expect.objectContaining({ code: 'bad_request' }),
      );
    },
  );
});
