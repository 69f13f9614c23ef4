import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uploadComplete, uploadLimit, uploadOffset } from '../../../probes/upload/ietf-headers.ts';

describe('Upload-Offset', () => {
  it.each([
    ['0', 0],
    ['25000000', 25_000_000],
    [' 7 ', 7],
    ['7;note=1', 7],
    ['999999999999999', 999_999_999_999_999],
  ])('%j is %d', (text, expected) => expect(uploadOffset({ 'upload-offset': text })).toBe(expected));

  it.each(['', '-1', '1.5', '"7"', '7, 8', '1000000000000000', 'seven', '?1', '7;'])(
    'that is %j counts as absent',
    (text) => expect(uploadOffset({ 'upload-offset': text })).toBeUndefined(),
  );
});

describe('Upload-Complete', () => {
  it.each([
    ['?1', true],
    ['?0', false],
    ['?1;x', true],
    ['1', undefined],
    ['true', undefined],
    ['', undefined],
    ['?2', undefined],
  ])('%j is %s', (text, expected) => expect(uploadComplete({ 'upload-complete': text })).toBe(expected));
});

describe('Upload-Limit', () => {
  const limit = (text: string) => uploadLimit({ 'upload-limit': text });

  it('is read as the draft writes it', () => {
    expect(limit('max-size=1234567890')).toEqual({ maxSize: 1_234_567_890 });
    expect(limit('max-age=3600')).toEqual({ maxAge: 3600 });
    expect(limit('max-size=9, min-size=1,max-append-size=4 ,\tmin-append-size=2, max-age=60')).toEqual({
      maxSize: 9,
      minSize: 1,
      maxAppendSize: 4,
      minAppendSize: 2,
      maxAge: 60,
    });
  });

  it('passes over what it does not know, whatever its type', () => {
    expect(limit('a, b=?1, c="x, max-age=1", d=1.5;p=tok, e=:aGk=:, f=tok/en, max-age=7;q="z"')).toEqual({
      maxAge: 7,
    });
  });

  it('takes the last of two', () => expect(limit('max-age=1, max-age=2')).toEqual({ maxAge: 2 }));

  it.each(['max-age="60"', 'max-age', 'max-age=?1', 'max-age=-1', 'max-size=1, max-age=1.5'])(
    'is void as a whole with another type: %j',
    (text) => expect(limit(text)).toEqual({}),
  );

  it.each([
    '',
    'max-age=1,',
    'max-age=1 max-size=2',
    'Max-Age=1',
    '=1',
    'max-age=1,,max-size=2',
    'max-age = 1',
  ])('that does not parse counts as absent: %j', (text) => expect(limit(text)).toEqual({}));

  it('is absent where the field is', () => expect(uploadLimit({})).toEqual({}));

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9=,;"?:.\\ \t*-]{0,80}$/), (text) => {
        for (const value of Object.values(limit(text))) expect(Number.isSafeInteger(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
