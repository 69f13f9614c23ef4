/** ICMP echo by the system's own `ping`, which may open the sockets that this process may not. */
import { isIPv6 } from 'node:net';
import { platform } from 'node:os';
import { runProgram } from '../net/run-program.ts';
import type { Failure } from '../outcome.ts';
import { PING_LIMITS, type PingParams } from './params.ts';
import type { Pings } from './replies.ts';

/** Undefined where the host does not allow it. `address` must have passed the address policy. Never throws. */
export async function pingIcmp(
  address: string,
  { count, intervalMs, waitMs }: PingParams,
  signal: AbortSignal,
): Promise<Pings | undefined> {
  // Elsewhere the same flags mean other things.
  if (platform() !== 'linux') return undefined;
  const seconds = (ms: number) => String(ms / 1000);
  const args = ['-n', '-c', String(count), '-i', seconds(intervalMs), '-W', seconds(waitMs), address];
  const end = await runProgram('ping', [isIPv6(address) ? '-6' : '-4', ...args], {
    signal,
    timeoutMs: count * intervalMs + waitMs + intervalMs,
    maxBytes: PING_LIMITS.outputBytes.value,
  });
  if (!end.ran) return undefined;
  const pings = readPing(end.stdout, end.stderr, address, count);
  // Killed before it said anything: it had begun, and nobody had answered.
  return pings ?? (end.exitCode === null ? { sent: count, rttsMs: [] } : undefined);
}

/** What `ping` printed; undefined when it could not begin. `count` stands in for a summary that a killed one does not print. */
export function readPing(stdout: string, stderr: string, address: string, count: number): Pings | undefined {
  const replies = new Map<number, number>();
  for (const [, seq, ms] of stdout.matchAll(/icmp_seq=(\d+) .*?time[=<]([\d.]+) ?ms(?! *\(DUP!\))/g)) {
    if (!replies.has(Number(seq))) replies.set(Number(seq), Number(ms));
  }
  const summary = /(\d+) packets transmitted/.exec(stdout);
  const unreachable =
    /(Destination [A-Za-z ]*(?:Unreachable|Prohibited)|Packet filtered|Time to live exceeded)/i.exec(stdout);
  const noRoute = /(Network is unreachable|No route to host)/i.exec(stderr);
  if (!summary && replies.size === 0 && !noRoute && stderr.trim() !== '') return undefined;
  if (!stdout.startsWith('PING') && !noRoute) return undefined;
  const why = unreachable?.[1] ?? noRoute?.[1];
  const ttl = /\bttl=(\d+)/.exec(stdout)?.[1];
  return {
    sent: summary ? Number(summary[1]) : count,
    rttsMs: [...replies].sort(([a], [b]) => a - b).map(([, ms]) => ms),
    ...(why === undefined ? {} : { failure: unreachableFailure(address, why) }),
    ...(ttl === undefined ? {} : { ttl: Number(ttl) }),
  };
}

function unreachableFailure(address: string, why: string): Failure {
  return {
    layer: 'connect',
    blame: 'network',
    code: 'unreachable',
    message: `No ping to ${address} was answered: ${why}.`,
  };
}
