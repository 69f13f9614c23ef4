import { describe, expect, it } from 'vitest';
import type { Connected } from '../../../probes/net/network.ts';
import {
  ATTRIBUTE_LIMITS,
  cacheStatusOf,
  popOf,
  responseAttributes,
} from '../../../probes/net/response-attributes.ts';

describe('the point of presence', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['any service', { 'x-pop': 'eu-west' }, 'eu-west'],
    ['CloudFront', { 'x-amz-cf-pop': 'FRA56-P4' }, 'FRA56-P4'],
    ['Cloudflare', { 'cf-ray': '8a1b2c3d4e5f6789-FRA' }, 'FRA'],
    ['Fastly, one cache', { 'x-served-by': 'cache-fra-etou8220088-FRA' }, 'FRA'],
    ['Fastly, shielded', { 'x-served-by': 'cache-iad-kiad7000125-IAD, cache-fra-etou8220088-FRA' }, 'FRA'],
    ['KeyCDN', { 'x-edge-location': 'defr' }, 'defr'],
    ['bunny.net', { server: 'BunnyCDN-DE1-1047' }, 'DE1'],
    ['nobody', { server: 'nginx', 'x-served-by': 'web-7' }, undefined],
    ['an empty header', { 'x-pop': ' ' }, undefined],
    ['the first that is not empty', { 'x-pop': '', 'cf-ray': 'x-AMS' }, 'AMS'],
  ])('told by %s', (_name, headers, pop) => {
    expect(popOf(headers)).toBe(pop);
  });

  it('from a stranger is cut and cleaned', () => {
    expect(popOf({ 'x-pop': `\u0007a\u00e9b${'c'.repeat(1000)}` })).toBe(
      `ab${'c'.repeat(ATTRIBUTE_LIMITS.chars.value - 2)}`,
    );
  });
});

describe('the cache status', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{ 'x-cache': 'Hit from cloudfront' }, 'hit'],
    [{ 'x-cache': 'Miss from cloudfront' }, 'miss'],
    [{ 'x-cache': 'RefreshHit from cloudfront' }, 'revalidated'],
    [{ 'x-cache': 'MISS, HIT' }, 'hit'],
    [{ 'x-cache': 'HIT, MISS' }, 'miss'],
    [{ 'x-cache': 'TCP_MEM_HIT from a23-1-2-3.deploy.akamaitechnologies.com' }, 'hit'],
    [{ 'x-cache': 'TCP_MISS from a23-1-2-3.deploy.akamaitechnologies.com' }, 'miss'],
    [{ 'x-cache': 'TCP_EXPIRED_MISS from a23-1-2-3' }, 'expired'],
    [{ 'cf-cache-status': 'DYNAMIC' }, 'bypass'],
    [{ 'cf-cache-status': 'HIT' }, 'hit'],
    [{ 'cf-cache-status': 'REVALIDATED' }, 'revalidated'],
    [{ 'cf-cache-status': 'UPDATING' }, 'stale'],
    [{ 'x-cache-status': 'STALE' }, 'stale'],
    [{ 'cache-status': 'Origin; hit, "Edge"; fwd=uri-miss; stored' }, 'miss'],
    [{ 'cache-status': 'Origin; fwd=miss, Edge; hit; ttl=30' }, 'hit'],
    [{ 'cdn-cache': 'BYPASS' }, 'bypass'],
    [{ age: '12' }, 'hit'],
    [{ age: '0' }, undefined],
    [{ age: 'old' }, undefined],
    [{ 'x-cache': 'perhaps' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (headers, status) => {
    expect(cacheStatusOf(headers)).toBe(status);
  });
});

describe('the attributes of a response', () => {
  const connected = { ok: true, connectMs: 1, remoteAddress: '192.0.2.1' } as Connected;

  it('tell status, version and server, and the rest only where it is known', () => {
    expect(responseAttributes(connected, { status: 204, headers: {} })).toEqual({
      server_ip: '192.0.2.1',
      http_status: '204',
      http_version: '1.1',
    });
    const secure = { ...connected, tlsVersion: 'TLSv1.3' };
    expect(responseAttributes(secure, { status: 200, headers: { 'x-pop': 'a', age: '1' } })).toEqual({
      server_ip: '192.0.2.1',
      tls_version: 'TLSv1.3',
      http_status: '200',
      http_version: '1.1',
      pop: 'a',
      cache_status: 'hit',
    });
  });
});
