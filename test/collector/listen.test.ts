import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chooseAddress, isLoopback, listen, urlOf } from '../../collector/listen.ts';

describe('the address of a collector', () => {
  it('is loopback when nobody says otherwise', () => {
    expect(chooseAddress(undefined, undefined)).toBe('127.0.0.1');
    expect(chooseAddress('127.0.0.2', undefined)).toBe('127.0.0.2');
    expect(chooseAddress('::1', undefined)).toBe('::1');
  });

  it('is open to others only when somebody insists', () => {
    expect(() => chooseAddress('10.0.0.1', undefined)).toThrow('no access control');
    expect(chooseAddress(undefined, '10.0.0.1')).toBe('10.0.0.1');
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['localhost.example', false],
    ['127.0.0.1.example', false],
    ['', false],
  ])('%s is loopback: %s', (address, loopback) => {
    expect(isLoopback(address)).toBe(loopback);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:7077'],
    ['0.0.0.0', 'http://127.0.0.1:7077'],
    ['::', 'http://127.0.0.1:7077'],
    ['::1', 'http://[::1]:7077'],
    ['localhost', 'http://localhost:7077'],
  ])('%s is shown as %s', (host, url) => {
    expect(urlOf(host, 7077)).toBe(url);
  });
});

describe('listening', () => {
  it('takes a free port for 0, and says when a port is in use', async () => {
    const first = createServer();
    const port = await listen(first, '127.0.0.1', 0);
    expect(port).toBe((first.address() as AddressInfo).port);
    await expect(listen(createServer(), '127.0.0.1', port)).rejects.toMatchObject({ code: 'port_in_use' });
    await new Promise((resolve) => first.close(resolve));
  });

  it('says when the address is not one of this machine', async () => {
    await expect(listen(createServer(), '192.0.2.1', 0)).rejects.toMatchObject({
      code: 'address',
      message: expect.stringContaining('192.0.2.1'),
    });
  });
});
