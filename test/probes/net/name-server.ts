/** A name server on loopback with a table of answers: delays, failures and silence on request. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameAnswer {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number;
  readonly delayMs?: number;
  readonly silent?: boolean;
}

export interface NameServer {
  /** `127.0.0.1:port`, for `nameServers`. */
  readonly address: string;
  /** Every question asked, as `A name` or `AAAA name`. */
  readonly questions: string[];
  close(): void;
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };

/** A function in the table is called for each question: its answer may change from one to the next. */
export async function startNameServer(
  table: Readonly<Record<string, NameAnswer | (() => NameAnswer)>>,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (message, peer) => {
    const { name, type, end } = question(message);
    questions.push(`${TYPES[type] ?? type} ${name}`);
    const entry = table[name];
    const answer = typeof entry === 'function' ? entry() : (entry ?? { rcode: 3 });
    if (answer.silent) return;
    const reply = encode(message, end, type, answer);
    setTimeout(() => socket.send(reply, peer.port, peer.address, () => undefined), answer.delayMs ?? 0);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => socket.close() };
}

function question(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function encode(query: Buffer, end: number, type: number, answer: NameAnswer): Buffer {
  const addresses = (type === 28 ? answer.aaaa : answer.a) ?? [];
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(0x8180 | (answer.rcode ?? 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const data = type === 28 ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...records]);
}

function ipv6Bytes(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [groups(left), groups(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
