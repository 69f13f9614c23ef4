/**
 * The messages of `grpc.health.v1.Health/Check`, and how gRPC frames them. Each has one field, so that the codec is a few lines and
 * needs no library.
 */

export const HEALTH_PATH = '/grpc.health.v1.Health/Check';

/** `HealthCheckResponse.ServingStatus`. */
export const SERVING_STATUSES = ['unknown', 'serving', 'not_serving', 'service_unknown'] as const;
export type ServingStatus = (typeof SERVING_STATUSES)[number];

const PREFIX_BYTES = 5;

/** `HealthCheckRequest { string service = 1 }`, uncompressed, with its length before it. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Undefined when it is no such answer. Fields that are not known yet are passed over, as protobuf has it. */
export function decodeHealthResponse(frame: Buffer): ServingStatus | undefined {
  if (frame.length < PREFIX_BYTES || frame[0] !== 0) return undefined;
  const end = PREFIX_BYTES + frame.readUInt32BE(1);
  if (frame.length !== end) return undefined;
  let status = 0;
  for (let at = PREFIX_BYTES; at < end; ) {
    const key = readVarint(frame, at);
    if (!key) return undefined;
    const value = (key.value & 7) === 0 || (key.value & 7) === 2 ? readVarint(frame, key.end) : undefined;
    const fixed = { 1: 8, 5: 4 }[key.value & 7];
    if (fixed !== undefined) at = key.end + fixed;
    else if (!value) return undefined;
    else if ((key.value & 7) === 2) at = value.end + value.value;
    else {
      if (key.value >> 3 === 1) status = value.value;
      at = value.end;
    }
    if (at > end) return undefined;
  }
  return SERVING_STATUSES[status] ?? 'unknown';
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function readVarint(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}
