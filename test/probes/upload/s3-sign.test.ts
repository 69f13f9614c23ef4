import { describe, expect, it } from 'vitest';
import { parseS3Credentials, S3Signer } from '../../../probes/upload/s3-sign.ts';

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

describe('a signature', () => {
  it('is the one of the example in "Authenticating requests: using query parameters"', async () => {
    // The example is good for a day, ours for 15 minutes: only what does not depend on that is compared.
    const url = await signer().byQuery('GET', new URL('https://examplebucket.s3.amazonaws.com/test.txt'));
    expect(url.searchParams.get('X-Amz-Credential')).toBe(`${KEY}/20130524/us-east-1/s3/aws4_request`);
    expect(url.searchParams.get('X-Amz-Date')).toBe('20130524T000000Z');
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same for the same second, and another for another method, secret or token', async () => {
    const url = new URL('https://b.s3.amazonaws.com/a.mp4');
    const of = async (one: S3Signer, method = 'PUT') =>
      (await one.byHeaders(method, url)).headers.authorization;
    expect(await of(signer())).toBe(await of(signer()));
    expect(await of(signer())).not.toBe(await of(signer(), 'GET'));
    expect(await of(signer())).not.toBe(await of(signer(`${KEY}:other`)));
    expect(await of(signer())).not.toBe(await of(signer(`${KEY}:${SECRET}:token`)));
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
