/**
 * What the kernel knows of a TCP connection (Linux, `TCP_INFO` of tcp(7), 1 µs a reading): what the peer has acknowledged,
 * and what held sending back. Below TLS, and of the next hop: through a proxy the peer is the proxy.
 */
import type { Socket } from 'node:net';
import { arch, endianness, platform } from 'node:os';

/** One reading. Counters run from the start of the connection, and count the bytes of TLS. */
export interface TcpInfo {
  /** Acknowledged by the peer. */
  readonly ackedBytes: number;
  /** Written by us and not acknowledged, whether sent or not: `SIOCOUTQ` of tcp(7). */
  readonly pendingBytes: number;
  /** Of them, those that the peer has already, behind a gap: in whole segments, so an estimate. */
  readonly sackedBytes: number;
  /** All that was written is sent, and more could be: neither the congestion window nor anything else holds it back. */
  readonly isStarved: boolean;
  /** What is pending is under way for the first time, and no more than a segment: a peer may wait with its acknowledgement (RFC 9293 §3.8.6.3). */
  readonly isLoneSegment: boolean;
  /** Sent, those sent again included, and those that our own interface dropped. */
  readonly sentBytes: number;
  readonly retransBytes: number;
  /** Since the last segment that acknowledged anything, also what was known before; in steps of 1 to 10 ms. */
  readonly sinceAckMs: number;
  /** Since the peer last sent data, or since the start of the connection; steps as above. */
  readonly sinceDataMs: number;
  /** Smoothed. */
  readonly rttMs: number;
  /** Absent before the first measurement. */
  readonly minRttMs?: number;
  readonly deliveryRateBps: number;
  /** There was something to send or to be acknowledged. */
  readonly busyMs: number;
  /** Of it, held back by the receive window of the peer. */
  readonly rwndLimitedMs: number;
  /** Of it, held back by our send buffer. */
  readonly sndbufLimitedMs: number;
}

/** Undefined when the connection is closed or the system does not tell. */
export type TcpInfoReader = (socket: Socket) => TcpInfo | undefined;

/** Linux 4.19 and later: up to `tcpi_bytes_retrans`. Newer kernels append fields. */
const LENGTH_MIN = 216;
const LENGTH = 280;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Of asm-generic/ioctls.h; other architectures have another number for it. */
const SIOCOUTQ = 0x5411;
const GENERIC_ARCHITECTURES = ['x64', 'ia32', 'arm64', 'arm', 'riscv64', 'loong64'];
const UNKNOWN_RTT = 0xffffffff;

let loading: Promise<TcpInfoReader | undefined> | undefined;

/** Undefined where there is no `TCP_INFO`, or no way to it: `koffi` is an optional dependency. Never throws. */
export function loadTcpInfo(): Promise<TcpInfoReader | undefined> {
  loading ??= load();
  return loading;
}

async function load(): Promise<TcpInfoReader | undefined> {
  if (platform() !== 'linux' || endianness() !== 'LE' || !GENERIC_ARCHITECTURES.includes(arch()))
    return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const libc = koffi.load(null);
    const getsockopt = libc.func(
      'int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)',
    );
    const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Out_ int *value)');
    const queued = [0];
    const bytes = Buffer.alloc(LENGTH);
    const length = [LENGTH];
    return (socket) => {
      const fd = descriptorOf(socket);
      if (fd === undefined) return undefined;
      length[0] = LENGTH;
      if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, length) !== 0) return undefined;
      if (ioctl(fd, SIOCOUTQ, queued) !== 0) return undefined;
      return parseTcpInfo(bytes.subarray(0, length[0]), queued[0] ?? 0);
    };
  } catch {
    // Not installed, or not for this machine.
    return undefined;
  }
}

/** Node does not tell it; both TCP and TLS sockets have it at their handle, which is gone with the connection. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/**
 * `struct tcp_info` of include/uapi/linux/tcp.h, which only ever grows; undefined when it is too short. `pendingBytes`: asked for by
 * itself, since its count of what was sent has what our own interface dropped twice in it.
 */
export function parseTcpInfo(bytes: Buffer, pendingBytes: number): TcpInfo | undefined {
  if (bytes.length < LENGTH_MIN) return undefined;
  // Six of eight bytes: more than any connection carries, and safe as a number.
  const long = (at: number) => bytes.readUIntLE(at, 6);
  const inFlightSegments = bytes.readUInt32LE(24);
  const segmentBytes = bytes.readUInt32LE(16);
  const notSentBytes = bytes.readUInt32LE(144);
  // The acknowledgement of the SYN counts as a byte, its sending does not.
  const ackedBytes = Math.max(0, long(120) - 1);
  const inFlightBytes = Math.max(0, pendingBytes - notSentBytes);
  const [sackedSegments, lostSegments, resentSegments] = [28, 32, 36].map((at) => bytes.readUInt32LE(at));
  const isFirstTime = sackedSegments === 0 && lostSegments === 0 && resentSegments === 0;
  const minRtt = bytes.readUInt32LE(148);
  return {
    ackedBytes,
    pendingBytes,
    sackedBytes: Math.min(inFlightBytes, (sackedSegments ?? 0) * segmentBytes),
    isLoneSegment: isFirstTime && notSentBytes === 0 && inFlightBytes > 0 && inFlightBytes <= segmentBytes,
    isStarved: notSentBytes === 0 && inFlightSegments < bytes.readUInt32LE(80),
    sentBytes: long(200),
    retransBytes: long(208),
    sinceAckMs: bytes.readUInt32LE(56),
    sinceDataMs: bytes.readUInt32LE(52),
    rttMs: bytes.readUInt32LE(68) / 1000,
    ...(minRtt === UNKNOWN_RTT ? {} : { minRttMs: minRtt / 1000 }),
    deliveryRateBps: long(160) * 8,
    busyMs: long(168) / 1000,
    rwndLimitedMs: long(176) / 1000,
    sndbufLimitedMs: long(184) / 1000,
  };
}
