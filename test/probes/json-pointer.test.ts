import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atPointer, jsonPointer } from '../../probes/json-pointer.ts';

/** The example of RFC 6901 §5. */
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('a JSON pointer', () => {
  it.each([
    ['', DOCUMENT],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('finds what RFC 6901 says at %j', (pointer, expected) => {
    expect(jsonPointer.parse(pointer)).toBe(pointer);
    expect(atPointer(DOCUMENT, pointer)).toEqual(expected);
  });

  it.each([
    '/foo/2',
    '/foo/00',
    '/foo/length',
    '/foo/-',
    '/nothing/there',
    '/foo/0/x',
    '/toString',
    '/__proto__',
  ])('finds nothing at %j', (pointer) => expect(atPointer(DOCUMENT, pointer)).toBeUndefined());

  it.each([null, undefined, 1, 'text'])('finds nothing within %j', (document) => {
    expect(atPointer(document, '/a')).toBeUndefined();
  });

  it.each(['data', 'a/b', '/a~2', '/~'])('is not %j', (text) => {
    expect(jsonPointer.safeParse(text).success).toBe(false);
  });

  it('finds every key, whatever characters are in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (key, value) => {
        const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const document = Object.defineProperty({}, key, { value, enumerable: true });
        expect(atPointer(document, pointer)).toBe(value);
      }),
    );
  });
});
