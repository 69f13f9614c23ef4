import { describe, expect, it } from 'vitest';
import { Flows, Lookups } from './flow-times.ts';
import type { Packet, TcpPacket } from './packets.ts';

const PORTS = { http1: 80, http2: 82, https1: 443, https2: 444 };
const CLIENT = 5000;

/** From the client unless `server` is given. */
function packet(atMs: number, more: Partial<TcpPacket> = {}, server = 80, fromServer = false): TcpPacket {
  const [sourcePort, targetPort] = fromServer ? [server, CLIENT] : [CLIENT, server];
  const nothing = { isAlert: false, handshakes: [], frames: [], isHttp1Request: false, isHttp1Answer: false };
  return {
    protocol: 'tcp',
    atMs,
    bytes: 0,
    isSyn: false,
    isLast: false,
    ...nothing,
    sourcePort,
    targetPort,
    ...more,
  };
}

const sent = (atMs: number, more: Partial<TcpPacket> = {}, server = 80) => packet(atMs, more, server);
const got = (atMs: number, more: Partial<TcpPacket> = {}, server = 80) => packet(atMs, more, server, true);

function http1(fromMs: number, ttfbMs = 10): Packet[] {
  return [
    sent(fromMs, { isSyn: true }),
    got(fromMs + 1, { isSyn: true }),
    sent(fromMs + 2, { bytes: 100, isHttp1Request: true }),
    got(fromMs + 2.1),
    got(fromMs + 2 + ttfbMs, { bytes: 4000, isHttp1Answer: true }),
    got(fromMs + 5 + ttfbMs, { bytes: 4000 }),
    sent(fromMs + 6 + ttfbMs, { isLast: true }),
    got(fromMs + 7 + ttfbMs, { bytes: 30 }),
  ];
}

const ends = { port: CLIENT, serverPort: 80 };

describe('the times of a connection', () => {
  it('are those of its packets, and none after the client closed', () => {
    const flow = new Flows(http1(1000), PORTS).of({ ...ends, atMs: 1003 });
    expect(flow).toMatchObject({ kind: 'http1', port: CLIENT, startMs: 1000, endMs: 1015 });
    expect(flow?.times).toEqual({ connect: 1, ttfb: 10, transfer: 3, total: 15 });
  });

  it('are told apart where a later connection has the same ends', () => {
    const flows = new Flows([...http1(1000), ...http1(2000, 20)], PORTS);
    expect(flows.count).toBe(2);
    expect(flows.of({ ...ends, atMs: 1003 })?.times.ttfb).toBe(10);
    expect(flows.of({ ...ends, atMs: 2003 })?.times.ttfb).toBe(20);
    expect(flows.of({ ...ends, atMs: 900 })).toBeUndefined();
    expect(flows.of({ ...ends, serverPort: 443, atMs: 2003 })).toBeUndefined();
  });

  it('begin with the first of several SYNs', () => {
    const [, ...rest] = http1(1000);
    const flows = new Flows([sent(0, { isSyn: true }), sent(1000, { isSyn: true }), ...rest], PORTS);
    expect(flows.of({ ...ends, atMs: 1003 })?.times.connect).toBe(1001);
  });

  it('of HTTP/2 over TLS are those of its frames, and of the handshake', () => {
    const on443 = 444;
    const flow = new Flows(
      [
        sent(0, { isSyn: true }, on443),
        got(1, { isSyn: true }, on443),
        sent(2, { bytes: 500, handshakes: [1] }, on443),
        got(4, { bytes: 2000, handshakes: [2, 8, 11, 15, 20] }, on443),
        sent(5, { bytes: 80, handshakes: [20] }, on443),
        got(5.5, { bytes: 300, handshakes: [4, 4] }, on443),
        sent(6, { bytes: 200, frames: [4, 8, 1] }, on443),
        got(6.5, { bytes: 40, frames: [4, 4] }, on443),
        got(16, { bytes: 4000, frames: [1, 0] }, on443),
        got(19, { bytes: 4000, frames: [0] }, on443),
        got(19.5, { bytes: 20, frames: [6] }, on443),
      ],
      PORTS,
    ).of({ port: CLIENT, serverPort: 444, atMs: 8 });
    expect(flow?.times).toEqual({ connect: 1, tls: 3, ttfb: 10, transfer: 3, total: 19 });
  });

  it('are not there when packets are missing', () => {
    for (const missing of [0, 1, 2, 4, 5]) {
      const packets = http1(1000).filter((_, at) => at !== missing);
      const flows = new Flows(packets, PORTS);
      // Without the piece that the head came in, nothing says where the answer begins.
      expect(flows.of({ ...ends, atMs: 1003 })).toBeUndefined();
    }
  });
});

describe('lookups', () => {
  const dns = (atMs: number, id: string, isAnswer: boolean, name = 'a.test'): Packet => ({
    ...{ protocol: 'dns', atMs, id, name, isAnswer },
  });

  it('that go before a connection are added to it: the last one of its name', () => {
    const packets = [
      ...[dns(0, '1', false), dns(3, '1', true)],
      ...[
        dns(990, '2', false),
        dns(991, '9', false, 'b.test'),
        dns(994, '2', true),
        dns(995, '9', true, 'b.test'),
      ],
      ...http1(1000),
      ...[dns(1001, '3', false), dns(1002, '3', true)],
    ];
    const flow = new Flows(packets, PORTS).of({ ...ends, atMs: 1003 });
    if (!flow) throw new Error('the connection is there');
    const whole = new Lookups(packets).before(flow, 'a.test');
    expect(whole.times).toMatchObject({ dns: 4, total: 25, connect: 1 });
    expect(whole.startMs).toBe(990);
    expect(new Lookups(packets).before(flow, 'c.test')).toBe(flow);
  });

  it('last from the first question to the answer, and an answer alone is none', () => {
    const packets = [
      dns(1, '1', false),
      dns(3, '1', false),
      dns(5, '1', true),
      dns(6, '1', true),
      ...http1(1000),
    ];
    const flow = new Flows(packets, PORTS).of({ ...ends, atMs: 1003 });
    expect(flow && new Lookups(packets).before(flow, 'a.test').times.dns).toBe(4);
  });
});
