import { describe, expect, it } from 'vitest';
import { HTTP_LIMITS, httpParams } from '../../../probes/http/params.ts';
import { isExpected } from '../../../probes/http/status.ts';

describe('the parameters', () => {
  it('have defaults for all', () => {
    expect(httpParams.parse({})).toEqual({
      method: 'GET',
      headers: {},
      expect: ['2xx'],
      maxBodyBytes: HTTP_LIMITS.bodyBytes.value,
      followRedirects: 5,
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
  ])('refuse %j', (params) => {
    expect(httpParams.safeParse(params).success).toBe(false);
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
