import { describe, expect, it } from 'vitest';
import { specSchema } from '../../probes/spec.ts';

const accepts = (url: string) => specSchema.safeParse({ version: 1, targets: [{ name: 'a', url }] }).success;

describe('the URL of a target', () => {
  it.each([
    'https://www.example.com/v.m3u8',
    'tcp://mail.example.com:25',
    'tls://www.example.com',
    'icmp://192.0.2.1',
    'icmp://[2001:db8::1]',
    'ws://live.example.com/socket',
    'wss://live.example.com/socket',
    'grpc://api.example.com:50051',
    'grpcs://api.example.com',
  ])('may be %s', (url) => {
    expect(accepts(url)).toBe(true);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'javascript:alert(1)',
    'data:text/plain,a',
    'unix:/run/a.sock',
    'example.com:25',
  ])('is not %s', (url) => {
    expect(accepts(url)).toBe(false);
  });
});
