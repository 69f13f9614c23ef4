import { describe, expect, it } from 'vitest';
import { HTTP_LIMITS } from '../../../probes/http/limits.ts';
import { httpParams } from '../../../probes/http/params.ts';
import { isExpected } from '../../../probes/http/status.ts';

describe('the parameters', () => {
  it('have defaults for all', () => {
    expect(httpParams.parse({})).toEqual({
      method: 'GET',
      headers: {},
      auth: 'bearer',
      expect: ['2xx'],
      maxBodyBytes: HTTP_LIMITS.bodyBytes.value,
      followRedirects: 5,
      version: '1.1',
      family: 'any',
      connection: 'cold',
      cmcd: 'header',
    });
  });

  it('describe themselves: every one has a sentence', () => {
    for (const schema of Object.values(httpParams.shape)) expect(schema.description).toMatch(/\.$/);
  });

  it.each([
    { method: 'TRACE' },
    { method: 'get' },
    { headers: { host: 'evil.test' } },
    { headers: { 'Content-Length': '5' } },
    { headers: { 'transfer-encoding': 'chunked' } },
    { headers: { connection: 'close' } },
    { headers: { 'bad name': 'x' } },
    { headers: { 'x-a': 'b\r\nc: d' } },
    { headers: { 'x-a': 'b\0' } },
    { headers: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`x-${index}`, 'v'])) },
    { body: 'x'.repeat(HTTP_LIMITS.requestBodyChars.value + 1) },
    { expect: [] },
    { expect: [99] },
    { expect: ['6xx'] },
    { expect: ['200-'] },
    { expect: ['ok'] },
    { maxBodyBytes: -1 },
    { maxBodyBytes: HTTP_LIMITS.bodyBytesMax.value + 1 },
    { followRedirects: HTTP_LIMITS.redirects.value + 1 },
    { followRedirects: 1.5 },
    { follow: 1 },
    { version: '3' },
    { version: 2 },
    { family: '4' },
    { connection: 'hot' },
    { credentials: 'no/name' },
    { auth: 'basic' },
    { auth: 'header', credentials: 'key' },
    { authHeader: 'x-key', credentials: 'key' },
    { auth: 'header', authHeader: 'Host', credentials: 'key' },
    { credentials: 'key', headers: { Authorization: 'mine' } },
    { auth: 'header', authHeader: 'X-Key', credentials: 'key', headers: { 'x-key': 'mine' } },
    { expect: {}, extra: 1 },
    { expect: { status: [] } },
    { expect: { body: '(' } },
    { expect: { body: 'x'.repeat(HTTP_LIMITS.patternChars.value + 1) } },
    { expect: { body: [] } },
    { expect: { headers: { 'bad name': 'x' } } },
    { expect: { headers: { age: true } } },
    { expect: { json: { 'no/slash': 1 } } },
    { expect: { json: { '/a': {} } } },
    { expect: { json: { '/a': { min: 2, max: 1 } } } },
    { expect: { json: { '/a': [1] } } },
    { expect: { sizeBytes: {} } },
    { expect: { sizebytes: { min: 1 } } },
  ])('refuse %j', (params) => {
    expect(httpParams.safeParse(params).success).toBe(false);
  });
});

describe('what is expected', () => {
  it.each([
    [{ sizebytes: { min: 1 } }, 'sizebytes'],
    [{ body: '(' }, 'body'],
    [['ok'], '200-299'],
  ])('%j is refused with the place of the fault', (expectParam, word) => {
    const { error } = httpParams.safeParse({ expect: expectParam });
    expect(error?.issues[0]?.path[0]).toBe('expect');
    expect(JSON.stringify(error?.issues[0])).toContain(word);
  });
});

describe('expected statuses', () => {
  it.each([
    [200, [200], true],
    [201, [200], false],
    [204, ['2xx'], true],
    [304, ['2xx'], false],
    [304, ['2xx', 304], true],
    [204, ['200-204'], true],
    [205, ['200-204'], false],
    [404, ['404'], true],
  ] as const)('%i in %j is %s', (status, expected, answer) => {
    expect(isExpected(status, expected)).toBe(answer);
  });
});
