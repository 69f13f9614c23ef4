import { describe, expect, it } from 'vitest';
import { DNS_LIMITS } from '../../../probes/dns/limits.ts';
import { parseNameServer } from '../../../probes/dns/name-server.ts';
import { dnsParams } from '../../../probes/dns/params.ts';

describe('a name server', () => {
  it.each([
    ['9.9.9.9', 'udp', '9.9.9.9', 53],
    ['9.9.9.9:5353', 'udp', '9.9.9.9', 5353],
    ['2620:fe::fe', 'udp', '[2620:fe::fe]', 53],
    ['[2620:fe::fe]:5353', 'udp', '[2620:fe::fe]', 5353],
    ['dns.test', 'udp', 'dns.test', 53],
    ['udp://dns.test', 'udp', 'dns.test', 53],
    ['tcp://9.9.9.9/', 'tcp', '9.9.9.9', 53],
    ['tls://dns.test', 'tls', 'dns.test', 853],
    ['https://dns.test/dns-query', 'https', 'dns.test', 443],
    ['https://dns.test:8443/a?b', 'https', 'dns.test', 8443],
  ])('%s is %s to %s port %d', (text, transport, hostname, port) => {
    expect(parseNameServer(text)).toMatchObject({ transport, hostname, port });
  });

  it.each([
    '',
    'http://dns.test/',
    'file:///etc/resolv.conf',
    'quic://dns.test',
    'udp://user@dns.test',
    'https://user:secret@dns.test/',
    'https://dns.test/#x',
    'udp://dns.test/path',
    'udp://dns.test?x',
    'dns.test:0',
    'dns.test:99999',
    'a b',
  ])('is not %j', (text) => {
    expect(parseNameServer(text)).toBeUndefined();
  });
});

describe('the parameters', () => {
  it('need nothing: an A record of the name servers of the agent', () => {
    expect(dnsParams.parse({})).toEqual({
      type: 'A',
      server: 'system',
      recursive: true,
      dnssec: false,
      expect: { rcode: ['NOERROR'], count: { min: 1 } },
    });
  });

  it.each([
    { type: 'HTTPS' },
    { dnssec: true },
    { recursive: false },
    { expect: { flags: { ad: true } } },
    { type: 'MX', expect: { ttlSeconds: { min: 1 } } },
  ])('of c-ares cannot be %j, and say what to do', (params) => {
    const result = dnsParams.safeParse(params);
    expect(result.error?.issues[0]?.message).toContain('name a server');
    expect(dnsParams.safeParse({ ...params, server: '9.9.9.9' }).success).toBe(true);
  });

  it.each([
    { name: 'a..test' },
    { type: 'ANY' },
    { server: 'http://dns.test/' },
    { expect: { rcode: ['OK'] } },
    { expect: { within: ['10/8'] } },
    { expect: { within: ['10.0.0.0'] } },
    { expect: { includes: [] } },
    { expect: { includes: Array.from({ length: DNS_LIMITS.expectations.value + 1 }, () => 'a') } },
    { expect: { flags: { zz: true } } },
    { expect: { matches: ['a'] } },
    { nmae: 'a.test' },
  ])('cannot be %j', (params) => {
    expect(dnsParams.safeParse(params).success).toBe(false);
  });
});
