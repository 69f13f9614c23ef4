import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createdUpload, creationParams, creationRequest } from '../../../probes/upload/creation-request.ts';

const FACTS = { size: 50_000_123, chunkBytes: 10_000_000, chunkCount: 5, filename: 'a "b".mp4' };
const ASKED = new URL('https://open.example.com/v2/init?x=1');

function created(params: object, headers: Record<string, string>, answer: unknown) {
  const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  return createdUpload(creationParams.parse(params), ASKED, headers, body);
}

describe('a creation request', () => {
  it('has its placeholders filled in, numbers as numbers', () => {
    const params = creationParams.parse({
      headers: { 'X-Upload-Content-Length': '{size}', 'X-Name': 'n={filename}' },
      body: {
        post_info: { title: 'probe {filename}', other: '{nothing}' },
        source_info: { source: 'FILE_UPLOAD', video_size: '{size}', chunk_size: '{chunkBytes}' },
        list: ['{chunkCount}', 'of {size}', null, true],
      },
    });
    const { headers, body } = creationRequest(params, FACTS);
    expect(headers).toEqual({
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-length': '50000123',
      'x-name': 'n=a "b".mp4',
    });
    expect(JSON.parse(body ?? '')).toEqual({
      post_info: { title: 'probe a "b".mp4', other: '{nothing}' },
      source_info: { source: 'FILE_UPLOAD', video_size: 50_000_123, chunk_size: 10_000_000 },
      list: [5, 'of 50000123', null, true],
    });
  });

  it('has no body where none is declared, and the declared content type', () => {
    expect(creationRequest(creationParams.parse({}), FACTS)).toEqual({ headers: {} });
    const own = creationParams.parse({ headers: { 'Content-Type': 'application/vnd.x+json' }, body: {} });
    expect(creationRequest(own, FACTS).headers).toEqual({ 'content-type': 'application/vnd.x+json' });
  });

  it('is JSON whatever stands in it, and leaves alone what has no placeholder', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        // A key of that name does not pass the schema: it is left out.
        fc.pre(!text.includes('{size}') && !text.includes('__proto__'));
        const { body } = creationRequest(creationParams.parse({ body: JSON.parse(text) }), FACTS);
        expect(JSON.parse(body ?? '')).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    { headers: { 'a b': 'x' } },
    { uploadUrl: 'data' },
    { credentials: '../x' },
    { method: 'DELETE' },
  ])('is refused as %j', (params) => expect(creationParams.safeParse(params).success).toBe(false));
});

describe('the answer to a creation request', () => {
  it('names the URL in Location, relative to what was asked', () => {
    expect(created({}, { location: '/up/1' }, '').url?.href).toBe('https://open.example.com/up/1');
    expect(created({}, { location: 'https://other.example/2?t=%20' }, '').url?.href).toBe(
      'https://other.example/2?t=%20',
    );
  });

  it('names URL and upload where the pointers say', () => {
    const answer = { data: { upload_url: 'https://up.example/v?id=7', publish_id: 'v_pub~1' } };
    const params = { uploadUrl: '/data/upload_url', id: '/data/publish_id' };
    expect(created(params, { location: '/not/this' }, answer)).toEqual({
      url: new URL('https://up.example/v?id=7'),
      id: 'v_pub~1',
    });
    expect(created({ id: '/n' }, { location: '/x' }, { n: 12 }).id).toBe('12');
  });

  it.each([[{}], [{ data: {} }], [{ data: { upload_url: '' } }], [{ data: { upload_url: 5 } }], ['no json']])(
    'names none in %j',
    (answer) =>
      expect(created({ uploadUrl: '/data/upload_url' }, { location: '/x' }, answer).url).toBeUndefined(),
  );

  it.each([{}, { location: 'http://[' }, { location: '' }])('names none with the headers %j', (headers) => {
    expect(created({}, headers as Record<string, string>, '').url).toBeUndefined();
  });
});
