import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DNS_LIMITS } from '../../../probes/dns/limits.ts';
import {
  decodeReply,
  encodeQuestion,
  isDnsName,
  isReplyTo,
  type Question,
} from '../../../probes/dns/message.ts';
import { RECORD_TYPES, type RecordType } from '../../../probes/dns/record-types.ts';
import { MalformedMessage } from '../../../probes/dns/wire-reader.ts';
import { encodeReply, ipv4, nameBytes, type Reply, text, u16 } from './dns-server.ts';

const question: Question = { name: 'video.test', type: 'A', recursive: true, dnssec: false };

function replied(reply: Reply, type: RecordType = 'A') {
  const asked = { ...question, type };
  const bytes = encodeQuestion(asked, 7);
  const wire = { id: 7, name: asked.name, type: RECORD_TYPES[type], bits: 0, via: 'udp' as const, bytes };
  return { asked, message: encodeReply(wire, reply) };
}

function decoded(reply: Reply, type: RecordType = 'A') {
  const { asked, message } = replied(reply, type);
  return decodeReply(message, asked);
}

describe('a question', () => {
  it('is the bytes of RFC 1035 with the record of RFC 6891', () => {
    expect(encodeQuestion(question, 0xabcd).toString('hex')).toBe(
      'abcd0100000100000000000105766964656f047465737400000100010000290' + '4d0000000000000',
    );
  });

  it('can ask for the root', () => {
    expect(
      encodeQuestion({ ...question, name: '.', type: 'NS' }, 1)
        .subarray(12, 17)
        .toString('hex'),
    ).toBe('0000020001');
  });

  it.each([
    ['a.test', true],
    ['_sip._tcp.a.test.', true],
    ['.', true],
    [`${'a'.repeat(63)}.test`, true],
    [`${'a'.repeat(64)}.test`, false],
    ['a..test', false],
    ['.test', false],
    ['', false],
    ['a b.test', false],
    ['ü.test', false],
    [`${'a.'.repeat(126)}a`, true],
    [`${'a.'.repeat(127)}a`, false],
  ])('may be for %j: %s', (name, may) => {
    expect(isDnsName(name)).toBe(may);
  });
});

describe('a reply', () => {
  it.each<[RecordType, Buffer, string]>([
    ['A', Buffer.from([192, 0, 2, 1]), '192.0.2.1'],
    ['AAAA', Buffer.from('20010db8000000000000000000000001', 'hex'), '2001:db8::1'],
    ['NS', nameBytes('NS1.Test'), 'ns1.test'],
    ['NS', Buffer.concat([Buffer.from('\x03ns2', 'latin1'), Buffer.from([0xc0, 12])]), 'ns2.video.test'],
    ['MX', Buffer.concat([u16(10), nameBytes('mx.test')]), '10 mx.test'],
    ['SRV', Buffer.concat([u16(1, 2, 443), nameBytes('sip.test')]), '1 2 443 sip.test'],
    ['TXT', Buffer.concat([text('v=spf1 '), text('-all')]), 'v=spf1 -all'],
    ['CAA', Buffer.concat([Buffer.from([0]), text('issue'), Buffer.from('ca.test')]), '0 issue "ca.test"'],
    [
      'SOA',
      Buffer.concat([nameBytes('a.test'), nameBytes('b.test'), u16(0, 1, 0, 2, 0, 3, 0, 4, 0, 5)]),
      'a.test b.test 1 2 3 4 5',
    ],
    [
      'NAPTR',
      Buffer.concat([u16(1, 2), text('S'), text('SIP+D2U'), text(''), nameBytes('sip.test')]),
      '1 2 "S" "SIP+D2U" "" sip.test',
    ],
    [
      'HTTPS',
      Buffer.concat([
        u16(1),
        nameBytes(''),
        u16(1, 6),
        text('h2'),
        text('h3'),
        u16(3, 2, 8443),
        u16(4, 4),
        Buffer.from([192, 0, 2, 1]),
        u16(9, 1),
        Buffer.from([7]),
      ]),
      '1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 key9=07',
    ],
    ['DS', Buffer.from('abcdef', 'hex'), '\\# 3 abcdef'],
  ])('has %s records as people write them (%#)', (type, data, value) => {
    expect(decoded({ answers: [{ type: RECORD_TYPES[type], data, ttl: 300 }] }, type).answers).toEqual([
      { name: 'video.test', type, ttlSeconds: 300, value },
    ]);
  });

  it('has its code and its flags by name, also the codes of EDNS', () => {
    expect(decoded({ rcode: 3, bits: 0x0400 | 0x0020 })).toEqual({
      rcode: 'NXDOMAIN',
      flags: ['aa', 'ad'],
      answers: [],
    });
    const { message } = replied({});
    message.writeUInt16BE(1, 10);
    const opt = Buffer.from([0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0]);
    expect(decodeReply(Buffer.concat([message, opt]), question).rcode).toBe('RCODE16');
  });

  it('takes a TTL with the upper bit for none', () => {
    expect(decoded({ answers: [{ ...ipv4('192.0.2.1'), ttl: 0x8000_0001 }] }).answers[0]?.ttlSeconds).toBe(0);
  });

  it('has signatures only when they were asked for', () => {
    const answers = [ipv4('192.0.2.1'), { type: 46, data: Buffer.from([1]) }];
    expect(decoded({ answers }).answers.map(({ type }) => type)).toEqual(['A']);
    expect(decoded({ answers }, 'RRSIG').answers.map(({ type }) => type)).toEqual(['A', 'RRSIG']);
  });
});

describe('a reply of a stranger', () => {
  const circle = (at: number) => Buffer.from([0xc0, at]);

  it.each<[string, Reply, RecordType, RegExp]>([
    ['whose name points at itself', { answers: [{ type: 2, data: circle(40) }] }, 'NS', /circle/],
    ['whose name points ahead', { answers: [{ type: 2, data: circle(255) }] }, 'NS', /circle/],
    [
      'with a label of no kind',
      { answers: [{ type: 2, data: Buffer.from([0x80, 0]) }] },
      'NS',
      /unknown kind/,
    ],
    ['with an address too short', { answers: [{ type: 1, data: Buffer.from([1, 2, 3]) }] }, 'A', /3 bytes/],
    ['with text past its end', { answers: [{ type: 16, data: Buffer.from([9, 65]) }] }, 'TXT', /middle/],
    ['with a record longer than it reads', { answers: [{ type: 15, data: u16(1, 0, 0) }] }, 'MX', /length/],
    ['with a tag past its end', { answers: [{ type: 257, data: Buffer.from([0, 200]) }] }, 'CAA', /middle/],
  ])('%s is malformed', (_what, reply, type, message) => {
    expect(() => decoded(reply, type)).toThrow(MalformedMessage);
    expect(() => decoded(reply, type)).toThrow(message);
  });

  it('with a name of more pointers than the limit is malformed, and takes no time', () => {
    // nameJumps: a chain of pointers, each to the one before it.
    const links = DNS_LIMITS.nameJumps.value + 2;
    const chain = Buffer.concat([
      nameBytes('a'),
      ...Array.from({ length: links }, (_, at) => {
        const goal = 40 + (at === 0 ? 0 : 1 + 2 * at);
        return Buffer.from([0xc0 | (goal >> 8), goal & 0xff]);
      }),
    ]);
    const { message } = replied({ answers: [{ type: 99, data: chain }] });
    const ended = Buffer.concat([message, Buffer.from([0xc0, message.length - 2])]);
    ended.writeUInt16BE(2, 6);
    expect(() => decodeReply(ended, question)).toThrow(/circle/);
  });

  it('with more records than the limit is malformed before any is read', () => {
    const { message } = replied({});
    message.writeUInt16BE(DNS_LIMITS.records.value + 1, 6);
    expect(() => decodeReply(message, question)).toThrow(/513 records/);
  });

  it('never does anything but decode or be malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { message } = replied({});
        message.writeUInt16BE(3, 6);
        try {
          decodeReply(Buffer.concat([message, bytes]), question);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
    );
  });

  it('is no reply unless number, direction, name and type are those of the question', () => {
    const { message } = replied({});
    expect(isReplyTo(message, question, 7)).toBe(true);
    expect(isReplyTo(message, { ...question, name: 'VIDEO.test.' }, 7)).toBe(true);
    expect(isReplyTo(message, question, 8)).toBe(false);
    expect(isReplyTo(message, { ...question, name: 'other.test' }, 7)).toBe(false);
    expect(isReplyTo(message, { ...question, type: 'AAAA' }, 7)).toBe(false);
    expect(isReplyTo(encodeQuestion(question, 7), question, 7)).toBe(false);
    expect(isReplyTo(message.subarray(0, 11), question, 7)).toBe(false);
  });

  it('may leave the question out only where it could not read it', () => {
    const bare = (rcode: number) => Buffer.from([0, 7, 0x80, rcode, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(isReplyTo(bare(1), question, 7)).toBe(true);
    expect(isReplyTo(bare(0), question, 7)).toBe(false);
  });
});
