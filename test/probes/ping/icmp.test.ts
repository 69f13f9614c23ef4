import { describe, expect, it } from 'vitest';
import { pingIcmp, readPing } from '../../../probes/ping/icmp.ts';
import { pingParams } from '../../../probes/ping/params.ts';

const ADDRESS = '198.51.100.7';
const HEAD = `PING ${ADDRESS} (${ADDRESS}) 56(84) bytes of data.\n`;

describe('what ping prints', () => {
  it('is read reply by reply, in the order of sending', () => {
    const text = `${HEAD}64 bytes from ${ADDRESS}: icmp_seq=2 ttl=57 time=12.5 ms
64 bytes from ${ADDRESS}: icmp_seq=1 ttl=57 time=230 ms
64 bytes from ${ADDRESS}: icmp_seq=2 ttl=57 time=12.9 ms (DUP!)

--- ${ADDRESS} ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 402ms
`;
    expect(readPing(text, '', ADDRESS, 3)).toEqual({ sent: 3, rttsMs: [230, 12.5], ttl: 57 });
  });

  it('says why nobody answered', () => {
    const text = `${HEAD}From 192.0.2.1 icmp_seq=1 Destination Host Unreachable

--- ${ADDRESS} ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`;
    const pings = readPing(text, '', ADDRESS, 1);
    expect(pings).toMatchObject({ sent: 1, rttsMs: [], failure: { layer: 'connect', code: 'unreachable' } });
    expect(pings?.failure?.message).toContain('Destination Host Unreachable');
  });

  it('is loss where nothing came back', () => {
    const text = `${HEAD}\n--- ${ADDRESS} ping statistics ---\n3 packets transmitted, 0 received, 100% packet loss, time 408ms\n`;
    expect(readPing(text, '', ADDRESS, 3)).toEqual({ sent: 3, rttsMs: [] });
  });

  it('before it was killed counts as far as it came', () => {
    const text = `${HEAD}64 bytes from ${ADDRESS}: icmp_seq=1 ttl=57 time=12.5 ms\n`;
    expect(readPing(text, '', ADDRESS, 3)).toEqual({ sent: 3, rttsMs: [12.5], ttl: 57 });
  });

  it('tells a host without a route from a host that forbids ping', () => {
    expect(readPing('', 'ping: connect: Network is unreachable\n', ADDRESS, 3)).toMatchObject({
      failure: { code: 'unreachable' },
    });
    expect(readPing('', 'ping: socket: Operation not permitted\n', ADDRESS, 3)).toBeUndefined();
    expect(readPing('', '', ADDRESS, 3)).toBeUndefined();
  });

  it('from BusyBox is nothing that it mistakes', () => {
    const text = `PING ${ADDRESS} (${ADDRESS}): 56 data bytes
64 bytes from ${ADDRESS}: icmp_seq=0 ttl=57 time=12.500 ms

--- ${ADDRESS} ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
`;
    expect(readPing(text, '', ADDRESS, 1)).toEqual({ sent: 1, rttsMs: [12.5], ttl: 57 });
  });
});

describe('the ping of this host', () => {
  it('reaches loopback, or is not allowed to', async () => {
    const pings = await pingIcmp('127.0.0.1', pingParams.parse({ count: 2 }), AbortSignal.timeout(10_000));
    if (!pings) return;
    expect(pings.sent).toBe(2);
    expect(pings.rttsMs).toHaveLength(2);
  });

  it('counts as many as it sent by the deadline', async () => {
    const params = pingParams.parse({ count: 20, intervalMs: 500 });
    const pings = await pingIcmp('127.0.0.1', params, AbortSignal.timeout(1300));
    if (!pings) return;
    expect(pings.sent).toBeLessThan(10);
    expect(pings.rttsMs.length).toBeGreaterThan(0);
    expect(pings.rttsMs).toHaveLength(pings.sent);
  });

  it('is not begun after the deadline', async () => {
    expect(await pingIcmp('127.0.0.1', pingParams.parse({}), AbortSignal.abort())).toBeUndefined();
  });
});
