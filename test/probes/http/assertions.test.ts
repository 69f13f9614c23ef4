import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { assertionFailure } from '../../../probes/http/assertions.ts';
import { decodedBody } from '../../../probes/http/decoded-body.ts';
import { expectation } from '../../../probes/http/expect.ts';
import { HTTP_LIMITS } from '../../../probes/http/limits.ts';
import { createMatcher, MatcherStarved, PatternTooSlow } from '../../../probes/http/matcher.ts';
import { runHttp, type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function answering(
  body: string | Buffer,
  headers: Record<string, string> = {},
  status = 200,
): Promise<Served> {
  const server = await serve((_, response) => response.writeHead(status, headers).end(body));
  closers.push(() => server.close());
  return server;
}

function failureOf(given: object, body: string, headers: Record<string, string> = {}) {
  const answer = { headers, byteCount: Buffer.byteLength(body), body: Buffer.from(body) };
  return assertionFailure(answer, expectation.parse(given), (text) => text);
}

const DOCUMENT = JSON.stringify({
  ok: true,
  count: 3,
  name: 'clip',
  none: null,
  list: [{ url: 'https://cdn.test/a.mp4' }],
  'a/b': 1,
});

describe('an answer that is as expected', () => {
  it.each([
    [{}],
    [{ sizeBytes: { min: 1 } }],
    [{ sizeBytes: { max: 1000 } }],
    [{ headers: { 'Content-Type': '^application/json' } }],
    [{ headers: { 'x-debug': false } }],
    [{ body: '"name":"clip"' }],
    [{ body: ['clip', '^\\{', '\\}$'] }],
    [{ bodyLacks: 'error' }],
    [{ json: { '/ok': true, '/count': 3, '/name': 'clip', '/none': null } }],
    [{ json: { '/count': { min: 3, max: 3 } } }],
    [{ json: { '/list/0/url': { matches: '^https:' } } }],
    [{ json: { '/list/0': { exists: true }, '/list/1': { exists: false } } }],
    [{ json: { '/a~1b': 1 } }],
  ])('passes %j', (given) => {
    expect(failureOf(given, DOCUMENT, { 'content-type': 'application/json' })).toBeUndefined();
  });
});

describe('an answer that is not as expected', () => {
  it.each<[object, string]>([
    [{ sizeBytes: { min: 1000 } }, `SizeBytes is ${DOCUMENT.length}, expected of at least 1000.`],
    [{ sizeBytes: { max: 1 } }, `SizeBytes is ${DOCUMENT.length}, expected of at most 1.`],
    [
      { headers: { 'Content-Type': 'video' } },
      'Header Content-Type is "application/json", expected /video/.',
    ],
    [{ headers: { 'x-pop': '.' } }, 'Header x-pop is missing, expected /./.'],
    [{ headers: { 'content-type': false } }, 'Header content-type is "application/json", expected none.'],
    [{ bodyLacks: ['nothing', 'clip'] }, 'Body matches /clip/, expected not to.'],
    [{ json: { '/ok': false } }, 'Json /ok is true, expected false.'],
    [{ json: { '/count': '3' } }, 'Json /count is 3, expected "3".'],
    [{ json: { '/count': { min: 4 } } }, 'Json /count is 3, expected a number of at least 4.'],
    [{ json: { '/name': { max: 4 } } }, 'Json /name is "clip", expected a number of at most 4.'],
    [{ json: { '/count': { matches: '3' } } }, 'Json /count is 3, expected a text like /3/.'],
    [{ json: { '/gone': 1 } }, 'Json /gone is missing, expected 1.'],
    [{ json: { '/gone': { exists: true } } }, 'Json /gone is missing, expected a value.'],
    [{ json: { '/none': { exists: false } } }, 'Json /none is null, expected none.'],
  ])('fails %j with what was found', (given, message) => {
    expect(failureOf(given, DOCUMENT, { 'content-type': 'application/json' })).toEqual({
      layer: 'content',
      blame: 'target',
      code: 'unexpected',
      message,
    });
  });

  it('has every assertion that does not hold in one message, and no other', () => {
    const given = {
      sizeBytes: { max: 1 },
      headers: { a: 'b', c: 'd' },
      body: 'x',
      json: { '/ok': 1, '/count': 3 },
    };
    const message = failureOf(given, DOCUMENT, { c: 'd' })?.message ?? '';
    expect(message.split('; ').map((fault) => fault.split(' ').slice(0, 2).join(' '))).toEqual([
      'SizeBytes is',
      'header a',
      'body does',
      'json /ok',
    ]);
  });

  it('that is no JSON says so once, with its beginning', () => {
    const message = failureOf({ json: { '/a': 1, '/b': 2 } }, '<html>sorry</html>')?.message;
    expect(message).toBe('Body is not JSON: it begins "<html>sorry</html>".');
  });

  it('is quoted in part', () => {
    const message =
      failureOf({ json: { '/a': 1 } }, JSON.stringify({ a: 'x'.repeat(10_000) }))?.message ?? '';
    expect(message.length).toBeLessThan(HTTP_LIMITS.quotedChars.value + 60);
  });

  it('is quoted without secrets, which are taken out before it is cut', () => {
    const text = `${'x'.repeat(HTTP_LIMITS.quotedChars.value - 4)}hunter22`;
    const failure = assertionFailure(
      { headers: { a: text }, byteCount: 0 },
      expectation.parse({ headers: { a: 'b' } }),
      (quoted) => quoted.replaceAll('hunter22', '***'),
    );
    expect(failure?.message).not.toContain('hunt');
  });

  it('is not quoted beyond what was searched for secrets, however much of that is taken out', () => {
    const failure = assertionFailure(
      { headers: { a: `${'x'.repeat(HTTP_LIMITS.redactedChars.value)}hunter22` }, byteCount: 0 },
      expectation.parse({ headers: { a: 'b' } }),
      (quoted) => quoted.replaceAll('x', ''),
    );
    expect(failure?.message).toBe('Header a is "", expected /b/.');
  });
});

describe('patterns', () => {
  const SLOW = '^(a+)+$';
  const TEXT = `${'a'.repeat(60)}b`;

  it('that never end are stopped, and the agent is blamed, not the target', () => {
    const startMs = performance.now();
    expect(failureOf({ body: SLOW }, TEXT)).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'bad_params',
      message: expect.stringContaining(`more than ${HTTP_LIMITS.matchMs.value} ms`),
    });
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  it('share one budget, however many they are', () => {
    const match = createMatcher(20);
    expect(() => match(/^(a+)+$/u, TEXT)).toThrow(PatternTooSlow);
    expect(() => match(/a+/u, TEXT)).toThrow(PatternTooSlow);
  });

  it('that the machine keeps from their time are not to blame', () => {
    // A thread that is never given the processor: whatever the clock says, it has used nothing.
    expect(() => createMatcher(5, () => 0)(/^(a+)+$/u, TEXT)).toThrow(MatcherStarved);
  });

  it('do not see what was there before them', () => {
    const match = createMatcher(1000);
    expect(match(/(a)/u, 'a')).toBe(true);
    expect(match(/(a)/u, 'b')).toBe(false);
    expect(match(/a/u, 'b')).toBe(false);
    expect(match(/^é$/mu, 'x\né\nx')).toBe(true);
  });
});

describe('a coded body', () => {
  it.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['BR', brotliCompressSync('hello')],
    ['zstd', zstdCompressSync('hello')],
    ['identity', Buffer.from('hello')],
    [undefined, Buffer.from('hello')],
  ])('of coding %s is read', async (coding, bytes) => {
    expect(await decodedBody(bytes, coding)).toEqual({ ok: true, bytes: Buffer.from('hello') });
  });

  it.each([
    ['gzip', Buffer.from('hello'), 'bad_body'],
    ['gzip', gzipSync('hello').subarray(0, 12), 'bad_body'],
    ['compress', Buffer.from('hello'), 'bad_body'],
    ['gzip, br', Buffer.from('hello'), 'bad_body'],
    ['toString', Buffer.from('hello'), 'bad_body'],
    ['gzip', gzipSync(Buffer.alloc(HTTP_LIMITS.assertedBytes.value + 1)), 'too_large'],
  ])('of coding %s that is broken, unknown or a bomb fails in content', async (coding, bytes, code) => {
    expect(await decodedBody(bytes, coding)).toMatchObject({
      ok: false,
      failure: { layer: 'content', code },
    });
  });
});

describe('a run with assertions', () => {
  it('is measured all the same when they do not hold', async () => {
    const { url } = await answering(DOCUMENT, { 'content-type': 'application/json' });
    const result = await runHttp(url, { expect: { json: { '/ok': false } } });
    expect(result).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'content', blame: 'target', code: 'unexpected' },
      attributes: { http_status: '200' },
      metrics: {
        ttfb_ms: expect.any(Number),
        http_total_ms: expect.any(Number),
        body_bytes: DOCUMENT.length,
      },
    });
  });

  it('has the status judged first, by the object too', async () => {
    const { url } = await answering('no', {}, 503);
    expect(await runHttp(url, { expect: { body: 'yes' } })).toMatchObject({ failure: { code: 'status' } });
    expect(await runHttp(url, { expect: { status: [503], body: 'no' } })).toMatchObject({ outcome: 'ok' });
  });

  it('judges sizes over the wire and texts unpacked', async () => {
    const packed = gzipSync('hello '.repeat(1000));
    const { url } = await answering(packed, { 'content-encoding': 'gzip' });
    const given = { body: '(hello ){1000}', sizeBytes: { max: packed.length, min: packed.length } };
    expect(await runHttp(url, { headers: { 'accept-encoding': 'gzip' }, expect: given })).toMatchObject({
      outcome: 'ok',
      metrics: { body_bytes: packed.length },
    });
  });

  it('holds no more of a body than the limit, whatever the probe allows', async () => {
    const { url } = await answering(Buffer.alloc(HTTP_LIMITS.assertedBytes.value + 1));
    const large = { maxBodyBytes: HTTP_LIMITS.bodyBytesMax.value };
    expect(await runHttp(url, { ...large, expect: { body: 'x' } })).toMatchObject({
      failure: { code: 'too_large' },
    });
    expect(await runHttp(url, { ...large, expect: { sizeBytes: { min: 1 } } })).toMatchObject({
      outcome: 'ok',
    });
  });
});
