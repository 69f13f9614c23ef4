import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseS3Credentials, S3Signer } from '../../../probes/upload/s3-sign.ts';
import { isSigned } from './sigv4.ts';

/** The keys of Amazon's own examples. */
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const WHEN = Date.UTC(2013, 4, 24, 0, 0, 0, 123);

function signer(secret = `${KEY}:${SECRET}`): S3Signer {
  const credentials = parseS3Credentials(secret);
  if (!credentials) throw new Error('no credentials');
  return new S3Signer(credentials, 'us-east-1', () => WHEN);
}

describe('credentials of S3', () => {
  it('are key and secret, and the token of a session', () => {
    expect(parseS3Credentials('a:b/+=')).toEqual({ accessKeyId: 'a', secretAccessKey: 'b/+=' });
    expect(parseS3Credentials('a:b:c==')).toEqual({
      accessKeyId: 'a',
      secretAccessKey: 'b',
      sessionToken: 'c==',
    });
  });

  it.each(['', 'a', 'a:', ':b', 'a:b:', 'a:b:c:d'])('are not %j', (text) => {
    expect(parseS3Credentials(text)).toBeUndefined();
  });
});

describe('what checks signatures here', () => {
  const host = 'examplebucket.s3.amazonaws.com';

  it('agrees with the example "GET Object" of Amazon', () => {
    const headers = {
      host,
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': '20130524T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${KEY}/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
    };
    expect(isSigned({ method: 'GET', url: '/test.txt', headers }, SECRET)).toBe(true);
    expect(isSigned({ method: 'GET', url: '/test.tx', headers }, SECRET)).toBe(false);
    expect(isSigned({ method: 'GET', url: '/test.txt', headers }, 'other')).toBe(false);
  });

  it('agrees with the example "presigned URL" of Amazon', () => {
    const url = `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${KEY}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`;
    expect(isSigned({ method: 'GET', url, headers: { host } }, SECRET)).toBe(true);
    expect(isSigned({ method: 'PUT', url, headers: { host } }, SECRET)).toBe(false);
  });
});

describe('a signature', () => {
  const paths = fc.array(fc.stringMatching(/^[\w !'()~é€=&+.-]{1,12}$/u), { minLength: 1, maxLength: 4 });

  it('is right for any key, by header and by query', async () => {
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.constantFrom('GET', 'PUT', 'DELETE'),
        fc.string(),
        async (path, method, id) => {
          fc.pre(path.every((part) => !/^\.{1,2}$/.test(part)));
          const url = new URL('https://b.s3.amazonaws.com/');
          url.pathname = path.map(encodeURIComponent).join('/');
          if (id !== '') url.searchParams.set('uploadId', id.toWellFormed());
          const wire = (signed: URL, headers: object) => ({
            method,
            url: signed.pathname + signed.search,
            headers: { host: signed.host, ...headers },
          });
          const byHeaders = await signer().byHeaders(method, url, { 'content-type': 'video/mp4' });
          expect(isSigned(wire(byHeaders.url, byHeaders.headers), SECRET)).toBe(true);
          expect(isSigned(wire(await signer().byQuery(method, url), {}), SECRET)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is of the second that the clock shows, and a URL is good for a quarter of an hour', async () => {
    const url = await signer().byQuery('GET', new URL('https://b.s3.amazonaws.com/test.txt'));
    expect(url.searchParams.get('X-Amz-Date')).toBe('20130524T000000Z');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  });

  it('does not cover the payload, and never has the secret in it', async () => {
    const { headers, url } = await signer(`${KEY}:${SECRET}:tok`).byHeaders(
      'PUT',
      new URL('https://b.s3.amazonaws.com/a.mp4?partNumber=1&uploadId=x%2By'),
      { 'content-type': 'video/mp4' },
    );
    expect(headers).toMatchObject({
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-security-token': 'tok',
      'content-type': 'video/mp4',
    });
    expect(JSON.stringify(headers) + url.href).not.toContain(SECRET);
  });
});
