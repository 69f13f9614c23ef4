import { describe, expect, it } from 'vitest';
import { REDACTED, Redactor } from '../../probes/redact.ts';

const redactor = new Redactor(['viewer:s3cret-pass', 'abc']);

describe('Redactor', () => {
  it.each([
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'set-cookie',
    'x-api-key',
    'X-Auth-Token',
    'x-amz-security-token',
    'x-csrf-token',
    'www-authenticate',
    'session',
  ])('takes the value of the header %s out, and leaves its name', (name) => {
    expect(redactor.headers({ [name]: 'anything' })).toEqual({ [name]: REDACTED });
  });

  it.each(['content-type', 'server', 'x-cache', 'age', 'authority', 'x-request-id', 'cache-control'])(
    'leaves the header %s as it is',
    (name) => {
      expect(redactor.headers({ [name]: 'text/html' })).toEqual({ [name]: 'text/html' });
    },
  );

  it.each([
    ['https://u:pw@cdn.example/v.mp4', `https://${REDACTED}@cdn.example/v.mp4`],
    ['https://cdn.example/v.mp4?token=t0&q=1', `https://cdn.example/v.mp4?token=${REDACTED}&q=1`],
    [
      'https://s3.example/k?X-Amz-Credential=AK&X-Amz-Signature=f00&X-Amz-Date=1',
      `https://s3.example/k?X-Amz-Credential=${REDACTED}&X-Amz-Signature=${REDACTED}&X-Amz-Date=1`,
    ],
    [
      'https://cdn.example/v.m3u8?hdnts=exp~hmac&keyframe=2',
      `https://cdn.example/v.m3u8?hdnts=${REDACTED}&keyframe=2`,
    ],
    ['https://cdn.example/v.mp4?width=640', 'https://cdn.example/v.mp4?width=640'],
  ])('takes what is telling out of %s', (url, clean) => {
    expect(redactor.url(url)).toBe(clean);
  });

  it.each([
    ['{"user":"ann","password":"p\\"w","n":1}', `{"user":"ann","password":"${REDACTED}","n":1}`],
    ['{"access_token": "eyJ0", "expires_in": 3600}', `{"access_token": "${REDACTED}", "expires_in": 3600}`],
    ['grant=x&client_secret=zzz', `grant=x&client_secret=${REDACTED}`],
    ['you sent Bearer abcdefgh12345678', `you sent ${REDACTED}`],
    ['token eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln is bad', `token ${REDACTED} is bad`],
    ['AKIAABCDEFGHIJKLMNOP was refused', `${REDACTED} was refused`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', REDACTED],
    ['-----BEGIN PRIVATE KEY-----\nMIIE cut off', REDACTED],
  ])('takes credentials out of %j', (text, clean) => {
    expect(redactor.text(text)).toBe(clean);
  });

  it('takes a secret that the run was given out wherever and however it stands', () => {
    const basic = Buffer.from('viewer:s3cret-pass').toString('base64');
    expect(redactor.text(`wrong: s3cret-pass (${basic}) of viewer`)).toBe(
      `wrong: ${REDACTED} (${REDACTED}) of ${REDACTED}`,
    );
  });

  it('leaves words alone that happen to be a very short secret', () => {
    expect(redactor.text('abc is easy')).toBe('abc is easy');
  });

  it('ends on hostile text of any shape', () => {
    for (const text of ['"'.repeat(4096), '-----BEGIN '.repeat(400), 'a='.repeat(2048), 'eyJ'.repeat(1300)])
      expect(redactor.text(text).length).toBeLessThan(20_000);
  });
});
