import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../probes/parse-json.ts';

describe('parseJson', () => {
  it('reads every document back, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['', '{', 'undefined', '{"a":1}x', '<html>'])('finds no document in %j', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  it('tells the document null from none', () => {
    expect(parseJson('null')).toBeNull();
  });
});
