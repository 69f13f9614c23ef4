/** The data of a record as people write it in zone files, so that assertions can name it. */
import ipaddr from 'ipaddr.js';
import type { WireReader } from './wire-reader.ts';
import { MalformedMessage } from './wire-reader.ts';

export interface Answer {
  /** Whose record it is: lower case, no trailing dot. */
  readonly name: string;
  /** `A`, `MX`, `TYPE99` … */
  readonly type: string;
  /** Absent where the way to the answer does not tell. */
  readonly ttlSeconds?: number;
  /** `192.0.2.1`, `10 mail.example.com`, `0 issue "ca.example"`; of unknown types `\# 3 abcdef` (RFC 3597 §5). */
  readonly value: string;
}

type Read = (reader: WireReader, length: number) => string;

const address =
  (bytes: 4 | 16): Read =>
  (reader, length) => {
    if (length !== bytes) throw new MalformedMessage(`an address in it has ${length} bytes`);
    return ipaddr.fromByteArray([...reader.bytes(length)]).toString();
  };

const READERS: Readonly<Record<string, Read>> = {
  A: address(4),
  AAAA: address(16),
  NS: (reader) => reader.name(),
  CNAME: (reader) => reader.name(),
  PTR: (reader) => reader.name(),
  MX: (reader) => `${reader.u16()} ${reader.name()}`,
  SRV: (reader) => `${reader.u16()} ${reader.u16()} ${reader.u16()} ${reader.name()}`,
  TXT: (reader, length) => texts(reader, length).join(''),
  SOA: (reader) => {
    const names = [reader.name(), reader.name()];
    return [...names, ...Array.from({ length: 5 }, () => reader.u32())].join(' ');
  },
  CAA: (reader, length) => {
    const end = reader.at + length;
    const flags = reader.u8();
    const tag = reader.text();
    return `${flags} ${tag} ${JSON.stringify(reader.bytes(end - reader.at).toString('latin1'))}`;
  },
  NAPTR: (reader) => {
    const order = [reader.u16(), reader.u16()];
    const strings = [reader.text(), reader.text(), reader.text()].map((text) => JSON.stringify(text));
    return [...order, ...strings, reader.name()].join(' ');
  },
  SVCB: service,
  HTTPS: service,
};

/** Reads exactly `length` bytes on. Throws `MalformedMessage` when the record says otherwise. */
export function readRecordData(reader: WireReader, type: string, length: number): string {
  const end = reader.at + length;
  const read = READERS[type] ?? generic;
  const value = read(reader, length);
  if (reader.at !== end) throw new MalformedMessage(`a ${type} record in it has not the length that it says`);
  return value;
}

function texts(reader: WireReader, length: number): string[] {
  const end = reader.at + length;
  const found: string[] = [];
  while (reader.at < end) found.push(reader.text());
  return found;
}

/** Priority, target and parameters (RFC 9460 §2.2); values of parameters that are not read here are hexadecimal. */
function service(reader: WireReader, length: number): string {
  const end = reader.at + length;
  const parts = [String(reader.u16()), reader.name() || '.'];
  while (reader.at < end) {
    const key = reader.u16();
    const value = reader.bytes(reader.u16());
    parts.push(serviceParameter(key, value));
  }
  return parts.join(' ');
}

function serviceParameter(key: number, value: Buffer): string {
  if (key === 1) {
    const names: string[] = [];
    for (let at = 0; at < value.length; at += 1 + (value[at] ?? 0)) {
      names.push(value.toString('latin1', at + 1, at + 1 + (value[at] ?? 0)));
    }
    return `alpn=${names.join(',')}`;
  }
  if (key === 3 && value.length === 2) return `port=${value.readUInt16BE(0)}`;
  const bytes = { 4: 4, 6: 16 }[key];
  if (bytes !== undefined && value.length > 0 && value.length % bytes === 0) {
    const addresses = Array.from({ length: value.length / bytes }, (_, at) =>
      ipaddr.fromByteArray([...value.subarray(at * bytes, (at + 1) * bytes)]).toString(),
    );
    return `${key === 4 ? 'ipv4hint' : 'ipv6hint'}=${addresses.join(',')}`;
  }
  return value.length === 0 ? `key${key}` : `key${key}=${value.toString('hex')}`;
}

function generic(reader: WireReader, length: number): string {
  return `\\# ${length} ${reader.bytes(length).toString('hex')}`.trimEnd();
}
