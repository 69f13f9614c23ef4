import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readHeaders } from '../../../cli/support/read-headers.ts';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'outrider-headers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, 'headers');
  writeFileSync(file, text);
  return file;
}

describe('a file of headers', () => {
  it('has one a line, with blank lines and remarks between them', () => {
    const file = fileWith('# of the receiver\nAuthorization: Bearer a:b\n\nX-Scope-OrgID: 7\r\n');
    expect(readHeaders(file)).toEqual({ authorization: 'Bearer a:b', 'x-scope-orgid': '7' });
  });

  it.each(['secret-token', ': secret-token', 'no name: secret-token', 'a: secret-\u0001token'])(
    'with the line %j is refused by its number, without what it says',
    (line) => {
      expect(() => readHeaders(fileWith(`a: b\n${line}`))).toThrow(/headers:2 is not a header$/);
    },
  );

  it('is refused past headersFileBytes, and when it is not there', () => {
    const long = fileWith(`a: ${'b'.repeat(OTLP_LIMITS.headersFileBytes.value)}`);
    expect(() => readHeaders(long)).toThrow('cannot be read');
    expect(() => readHeaders(join(folder, 'nothing'))).toThrow('cannot be read');
  });
});
