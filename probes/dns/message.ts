/** DNS messages as bytes (RFC 1035 §4, EDNS by RFC 6891): questions are written, answers of strangers are read. */
import { DNS_LIMITS } from './limits.ts';
import { type Answer, readRecordData } from './record-data.ts';
import {
  FLAGS,
  type Flag,
  RECORD_TYPES,
  type RecordType,
  rcodeName,
  recordTypeName,
} from './record-types.ts';
import { MalformedMessage, WireReader } from './wire-reader.ts';

export interface Question {
  /** Without a trailing dot; the empty name is the root. */
  readonly name: string;
  readonly type: RecordType;
  /** Ask the server to look further than its own zones. */
  readonly recursive: boolean;
  /** Ask for signatures, and for the flag `ad` where they were checked (RFC 3225). */
  readonly dnssec: boolean;
}

/** What a name server answered. */
export interface DnsReply {
  /** `NOERROR`, `NXDOMAIN` … */
  readonly rcode: string;
  /** Those that are set. Absent where the way to the answer does not tell. */
  readonly flags?: readonly Flag[];
  /** The records of the answer section, in their order, signatures apart unless they were asked for. */
  readonly answers: readonly Answer[];
}

const HEAD_BYTES = 12;
const OPT = 41;
const CLASS_IN = 1;
const RD = 0x0100;
const QR = 0x8000;
const OPCODE = 0x7800;
const DO = 0x8000;

/** Whether a name can be asked for at all: labels of 1 to 63 bytes, 253 characters, ASCII. */
export function isDnsName(name: string): boolean {
  const bare = name.replace(/\.$/, '');
  if (bare === '') return name === '.';
  return bare.length <= 253 && bare.split('.').every((label) => /^[\x21-\x2d\x2f-\x7e]{1,63}$/.test(label));
}

/** `id` is 16 bits; 0 over HTTP (RFC 8484 §4.1). */
export function encodeQuestion(question: Question, id: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(id, 0);
  // `ad` in a question asks for it in the answer (RFC 6840 §5.7).
  head.writeUInt16BE((question.recursive ? RD : 0) | (question.dnssec ? FLAGS.ad : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(1, 10);
  const asked = Buffer.alloc(4);
  asked.writeUInt16BE(RECORD_TYPES[question.type], 0);
  asked.writeUInt16BE(CLASS_IN, 2);
  const edns = Buffer.alloc(11);
  edns.writeUInt16BE(OPT, 1);
  edns.writeUInt16BE(DNS_LIMITS.udpBytes.value, 3);
  edns.writeUInt16BE(question.dnssec ? DO : 0, 7);
  return Buffer.concat([head, encodeName(question.name), asked, edns]);
}

/** Whether a message is a reply to the question of this number: anybody can send a datagram. */
export function isReplyTo(message: Buffer, question: Question, id: number): boolean {
  if (message.length < HEAD_BYTES || message.readUInt16BE(0) !== id) return false;
  const bits = message.readUInt16BE(2);
  if ((bits & QR) === 0 || (bits & OPCODE) !== 0) return false;
  // A server that could not read the question need not repeat it.
  if (message.readUInt16BE(4) === 0) return (bits & 0x000f) !== 0;
  try {
    const reader = new WireReader(message, HEAD_BYTES);
    const name = reader.name();
    return name === plainName(question.name) && reader.u16() === RECORD_TYPES[question.type];
  } catch {
    return false;
  }
}

/** Throws `MalformedMessage` for what breaks the format, and never reads outside the message. */
export function decodeReply(message: Buffer, question: Question): DnsReply {
  const head = new WireReader(message, 0);
  head.skip(2);
  const bits = head.u16();
  const [questions, answers, authorities, additionals] = [head.u16(), head.u16(), head.u16(), head.u16()];
  if (answers > DNS_LIMITS.records.value) {
    throw new MalformedMessage(
      `it has ${answers} records, more than the limit of ${DNS_LIMITS.records.value}`,
    );
  }
  for (let at = 0; at < questions; at++) {
    head.name();
    head.skip(4);
  }
  const flags = (Object.keys(FLAGS) as Flag[]).filter((flag) => (bits & FLAGS[flag]) !== 0);
  const found = Array.from({ length: answers }, () => readAnswer(head));
  const wanted = found.filter(({ type }) => type !== 'RRSIG' || question.type === 'RRSIG');
  const high = flags.includes('tc') ? 0 : extendedRcode(head, authorities + additionals);
  return { rcode: rcodeName((high << 4) | (bits & 0x000f)), flags, answers: wanted };
}

/** The upper bits of the code lie in the OPT record (RFC 6891 §6.1.3). */
function extendedRcode(reader: WireReader, records: number): number {
  for (let at = 0; at < Math.min(records, DNS_LIMITS.records.value) && !reader.isAtEnd; at++) {
    reader.name();
    const type = reader.u16();
    reader.skip(2);
    const high = reader.u8();
    reader.skip(3);
    reader.skip(reader.u16());
    if (type === OPT) return high;
  }
  return 0;
}

function readAnswer(reader: WireReader): Answer {
  const name = reader.name();
  const type = recordTypeName(reader.u16());
  reader.skip(2);
  // The upper bit counts as none (RFC 2181 §8).
  const ttl = reader.u32();
  const ttlSeconds = ttl > 0x7fff_ffff ? 0 : ttl;
  const length = reader.u16();
  return { name, type, ttlSeconds, value: readRecordData(reader, type, length) };
}

function encodeName(name: string): Buffer {
  const labels = plainName(name).split('.');
  const parts = labels.filter(Boolean).map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from([part.length]), part]), Buffer.from([0])]);
}

function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
