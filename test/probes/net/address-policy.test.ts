import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../../probes/net/address-policy.ts';

const closed = createAddressGuard({ allow: [], deny: [] });

describe('the default policy', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'carrier-grade'],
    ['100.100.100.200', 'carrier-grade'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['168.63.129.16', 'host of a cloud machine'],
    ['169.254.169.254', 'link-local'],
    ['169.254.170.2', 'link-local'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'not a public'],
    ['192.0.2.1', 'not a public'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'not a public'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'not a public'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'not a public'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['::ffff:0:7f00:1', 'not a public'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b:1::1', 'not a public'],
    ['100::1', 'not a public'],
    ['2001::1', 'not a public'],
    ['2001:db8::1', 'not a public'],
    ['2002:7f00:1::', 'not a public'],
    ['fc00::1', 'unique local'],
    ['fd00:ec2::254', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'not a public'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'not a public'],
  ])('forbids %s because it is %s', (address, reason) => {
    expect(closed.forbids(address)).toContain(reason);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
    '::ffff:8.8.8.8',
  ])('permits the public address %s', (address) => {
    expect(closed.forbids(address)).toBeUndefined();
  });

  it('permits what DNS64 makes of a public IPv4 address', () => {
    expect(closed.forbids('64:ff9b::808:808')).toBeUndefined();
  });

  it.each(['', 'localhost', '1.2.3.4.5', 'fe80::1%eth0', '::g'])(
    'forbids %j, which is no address',
    (text) => {
      expect(closed.forbids(text)).toBe('it is not an address');
    },
  );

  it('holds for an IPv4 address and its IPv6-mapped form alike', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(closed.forbids(`::ffff:${address}`)).toBe(closed.forbids(address));
      }),
    );
  });
});

describe('allow and deny', () => {
  it('permits an allowed block and nothing beside it', () => {
    const guard = createAddressGuard({ allow: ['10.1.0.0/16', 'fd00::/8'], deny: [] });
    expect(guard.forbids('10.1.255.255')).toBeUndefined();
    expect(guard.forbids('::ffff:10.1.0.1')).toBeUndefined();
    expect(guard.forbids('fd12::1')).toBeUndefined();
    expect(guard.forbids('10.2.0.1')).toContain('private');
    expect(guard.forbids('fe80::1')).toContain('link-local');
  });

  it('lets what is denied win over what is allowed, and over what is public', () => {
    const guard = createAddressGuard({
      allow: ['127.0.0.0/8'],
      deny: ['127.0.0.2/32', '8.8.8.0/24', '2606:4700::/32'],
    });
    expect(guard.forbids('127.0.0.1')).toBeUndefined();
    for (const address of ['127.0.0.2', '::ffff:127.0.0.2', '8.8.8.8', '2606:4700::1111']) {
      expect(guard.forbids(address)).toContain('denies');
    }
  });

  it('understands a block written in the IPv6-mapped form', () => {
    const guard = createAddressGuard({ allow: ['::ffff:10.0.0.0/104'], deny: [] });
    expect(guard.forbids('10.9.9.9')).toBeUndefined();
    expect(guard.forbids('11.0.0.1')).toBeUndefined();
    expect(guard.forbids('192.168.0.1')).toContain('private');
  });

  it.each([
    '10/8',
    '10.0.0.0',
    '10.0.0.0/33',
    '010.0.0.0/8',
    '0x7f.0.0.0/8',
    'fd00::/129',
    'example.com/8',
    '',
  ])('refuses %j as a block, and says what one looks like', (block) => {
    expect(() => createAddressGuard({ allow: [block], deny: [] })).toThrow(
      /policy\.allow: .*Write e\.g\. 10\.0\.0\.0\/8/,
    );
    expect(() => createAddressGuard({ allow: [], deny: [block] })).toThrow(/policy\.deny/);
  });
});
