/** Connections that the kernel has asked for and that nobody has answered yet: from /proc/net/tcp, so on Linux alone. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const SYN_SENT = '02';

/** The inodes of sockets in SYN_SENT towards a port of 127.0.0.1. Throws where there is no /proc. */
export function waitingFor(port: number): number[] {
  return parseWaiting(readFileSync('/proc/net/tcp', 'utf8'), port);
}

/** proc_net_tcp of the kernel's documentation: local and remote address in hexadecimal, state, …, inode as the tenth field. */
export function parseWaiting(table: string, port: number): number[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to, state]) => to === remote && state === SYN_SENT)
    .map((fields) => Number(fields[9]));
}

/** The inodes of the sockets of this process. */
export function ownSockets(): Set<number> {
  const inodes = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]);
    } catch {
      // The one that listed the directory.
      return Number.NaN;
    }
  });
  return new Set(inodes.filter(Number.isFinite));
}
