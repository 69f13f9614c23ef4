/** Packets as tshark prints them, one a line, and what they carry. */

/** In the order of the columns. */
export const PACKET_FIELDS = [
  'frame.time_epoch',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.len',
  'tcp.flags.syn',
  'tcp.flags.fin',
  'tcp.flags.reset',
  'tls.handshake.type',
  'tls.alert_message.desc',
  'http.request.method',
  'http.response.code',
  'http2.type',
  'dns.id',
  'dns.qry.name',
  'dns.flags.response',
] as const;

interface Timed {
  /** Unix milliseconds, with a quarter of a microsecond. */
  readonly atMs: number;
}

export interface TcpPacket extends Timed {
  readonly protocol: 'tcp';
  readonly sourcePort: number;
  readonly targetPort: number;
  /** Of payload. */
  readonly bytes: number;
  readonly isSyn: boolean;
  /** Its sender sends no more. */
  readonly isLast: boolean;
  /** Handshake messages of TLS (RFC 8446 §4), in clear or decrypted. */
  readonly handshakes: readonly number[];
  readonly isHttp1Request: boolean;
  readonly isHttp1Answer: boolean;
  /** An alert of TLS, such as that its sender closes (RFC 8446 §6). */
  readonly isAlert: boolean;
  /** Frames of HTTP/2 (RFC 9113 §6). */
  readonly frames: readonly number[];
}

export interface DnsPacket extends Timed {
  readonly protocol: 'dns';
  readonly id: string;
  readonly name: string;
  readonly isAnswer: boolean;
}

export type Packet = TcpPacket | DnsPacket;

const MS_PER_S = 1000;

/** In the order of their times; lines of anything else are passed over. */
export function packetsOf(text: string): Packet[] {
  const packets: Packet[] = [];
  for (const line of text.split('\n')) {
    const packet = packetOf(line);
    if (packet) packets.push(packet);
  }
  return packets.sort((a, b) => a.atMs - b.atMs);
}

function packetOf(line: string): Packet | undefined {
  const columns = line.split('\t');
  const [time = '', from = '', to = '', bytes = '', syn, fin, reset, handshakes, alert, ask, answer, frames] =
    columns;
  const [id = '', name = '', isAnswer] = columns.slice(12);
  const atMs = Number(time) * MS_PER_S;
  if (time === '' || !Number.isFinite(atMs)) return undefined;
  if (id !== '') return { protocol: 'dns', atMs, id, name, isAnswer: isSet(isAnswer) };
  if (from === '' || to === '') return undefined;
  return {
    protocol: 'tcp',
    atMs,
    sourcePort: Number(from),
    targetPort: Number(to),
    bytes: Number(bytes),
    isSyn: isSet(syn),
    isLast: isSet(fin) || isSet(reset),
    handshakes: numbersOf(handshakes),
    isAlert: (alert ?? '') !== '',
    isHttp1Request: (ask ?? '') !== '',
    isHttp1Answer: (answer ?? '') !== '',
    frames: numbersOf(frames),
  };
}

/** Flags are printed as 1 or, by later versions, as True. */
function isSet(text: string | undefined): boolean {
  return text === '1' || text === 'True';
}

function numbersOf(text: string | undefined): readonly number[] {
  return text === undefined || text === '' ? [] : text.split(',').map(Number);
}
